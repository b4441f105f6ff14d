"""Costs: bills are exact, and whatever they are told by, the parts add up to them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reporting_pollster.domain.price_list import PriceListWrong
from reporting_pollster.domain.rates import PriceList
from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.cost import COST
from reporting_pollster.services.rate import read_price_list, run_cost
from reporting_pollster.services.report import FORMATS, read_request, write
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse, at
from tests.services.rate.rated import BEGIN, END, LIST, READ_AT, add_up, bills, fill, rates
from tests.stores import engine_of

Rows = list[dict[str, Any]]
on_sqlite = pytest.mark.parametrize("store_server", ["sqlite"], indirect=True)  # where the server makes no difference


@pytest.fixture
def warehouse(ready_store_url: str) -> Warehouse:
    """Return a warehouse with use that has prices."""
    filled = Warehouse(engine_of(ready_store_url))
    fill(filled)
    return filled


def asked(
    warehouse: Warehouse, prices: PriceList, other: PriceList | None = None, **words: object
) -> tuple[Rows, tuple[str, ...]]:
    given = {key.rstrip("_").replace("_", "-"): str(value) for key, value in words.items()}
    request = read_request(COST, given)
    with run_cost(warehouse.engine, REGION, request, prices, other) as result:
        names = [column.name for column in result.columns]
        return [dict(zip(names, row, strict=True)) for row in result.rows], result.notes


def span(begin: datetime, end: datetime) -> dict[str, str]:
    return {"from_": begin.isoformat(), "to": end.isoformat()}


def by_project(found: dict[tuple[str, str], Decimal]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (project, _month), cost in found.items():
        sums[project] += cost
    return sums


def test_bills_are_exact_and_the_same_from_days_and_from_periods(warehouse: Warehouse) -> None:
    begins = (BEGIN, at("10-03 17:11:13"))
    expected = [by_project(bills(begin, END)) for begin in begins]
    assert len(expected[0]) == 4

    from_periods = [asked(warehouse, rates(), **span(begin, END))[0] for begin in begins]
    add_up(warehouse, date(2024, 11, 8))
    from_days = [asked(warehouse, rates(), **span(begin, END))[0] for begin in begins]

    assert [{row["project_id"]: row["cost"] for row in rows} for rows in from_periods] == expected
    assert from_days == from_periods


def test_every_grouping_adds_up_to_the_same_costs_by_kind(warehouse: Warehouse) -> None:
    add_up(warehouse, date(2024, 11, 8))
    total = sum(bills(BEGIN, END).values())
    kinds = set()

    for by in COST.by:
        rows, _ = asked(warehouse, rates(), by=by, **span(BEGIN, END))
        assert sum(row["cost"] for row in rows) == total, by
        assert all(row["cost"] == round(row["cost"], 2) for row in rows)
        if by != "resource":
            columns = [name for name in rows[0] if name.endswith("_cost")]
            assert all(sum(row[name] for name in columns) == row["cost"] for row in rows)
            kinds.add(tuple(sum(row[name] for row in rows) for name in columns))

    assert len(kinds) == 1
    assert sum(next(iter(kinds))) == total


@on_sqlite
def test_months_are_billed_on_their_own(warehouse: Warehouse) -> None:
    expected = bills(BEGIN, END)

    rows, _ = asked(warehouse, rates(), by="month", **span(BEGIN, END))
    alone = {month: asked(warehouse, rates(), by="month", month=month)[0][0] for month in ("2024-10",)}

    for row in rows:
        assert row["cost"] == sum(cost for (_, month), cost in expected.items() if month == row["month"])
    assert [row for row in rows if row["month"] == "2024-10"] == [*alone.values()]


@on_sqlite
def test_a_project_costs_the_same_alone_as_among_others(warehouse: Warehouse) -> None:
    among, _ = asked(warehouse, rates(), **span(BEGIN, END))

    alone, _ = asked(warehouse, rates(), project="coffee", **span(BEGIN, END))

    assert alone == [row for row in among if row["project"] == "coffee"]
    assert alone[0]["domain"] == "Hall"


@on_sqlite
def test_another_list_is_compared_line_by_line(warehouse: Warehouse) -> None:
    dearer = rates(LIST.replace("0.0052", "0.0104"))

    rows, _ = asked(warehouse, rates(), dearer, by="resource", **span(BEGIN, END))

    by_resource = {row["resource"]: row for row in rows}
    assert all(row["difference"] == row["compared_cost"] - row["cost"] for row in rows)
    assert by_resource["vcpu"]["difference"] == 0
    address = by_resource["floating_ip"]
    assert address["difference"] > 0
    assert abs(address["compared_cost"] - 2 * address["cost"]) <= Decimal("0.10")


@on_sqlite
def test_lists_of_two_currencies_are_not_compared(warehouse: Warehouse) -> None:
    with pytest.raises(WrongParameter, match="AUD with EUR"):
        asked(warehouse, rates(), rates(LIST.replace("AUD", "EUR")), **span(BEGIN, END))


@on_sqlite
def test_what_has_no_price_is_named(warehouse: Warehouse) -> None:
    without = LIST[: LIST.index('[[price]]\nresource = "volume"')] + LIST[LIST.index("[states") :]
    later = without.replace("0.0041\nfrom = 2024-01-01", "0.0041\nfrom = 2024-10-16")

    _, complete = asked(warehouse, rates(), **span(BEGIN, END))
    _, notes = asked(warehouse, rates(later), **span(BEGIN, END))

    assert not any(note.startswith("No price") for note in complete)
    unpriced = [note for note in notes if note.startswith("No price")]
    assert [note.partition(":")[0] for note in unpriced] == [
        "No price for floating_ip",
        "No price for memory of large",
        "No price for memory of small",
        "No price for volume",
        "No price for volume of ssd",
    ]


def test_what_was_known_is_priced(warehouse: Warehouse) -> None:
    now, _ = asked(warehouse, rates(), **span(BEGIN, END))

    then, notes = asked(warehouse, rates(), as_known_at=READ_AT.isoformat(), **span(BEGIN, END))
    before, _ = asked(warehouse, rates(), as_known_at="2023-01-01", **span(BEGIN, END))

    assert [row["cost"] for row in then] == [row["cost"] for row in now]
    assert before == []
    assert "As known at 2024-11-10T13:07:11Z." in notes


@on_sqlite
def test_costs_come_in_every_format(warehouse: Warehouse) -> None:
    for name in FORMATS:
        with run_cost(warehouse.engine, REGION, read_request(COST, {"month": "2024-10"}), rates()) as result:
            assert b"".join(write(result, name))


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    with pytest.raises(PriceListWrong, match="cannot read"):
        read_price_list(path)

    path.write_text("[[price]\n")
    with pytest.raises(PriceListWrong, match="not TOML"):
        read_price_list(path)

    path.write_bytes(b"\xff")
    with pytest.raises(PriceListWrong, match="not UTF-8"):
        read_price_list(path)

    path.write_text(LIST)
    assert read_price_list(path) == rates()
