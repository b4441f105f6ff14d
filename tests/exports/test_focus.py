"""FOCUS: rows are as the specification wants them, and add up to the bills and to what was used."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow.parquet
import pytest

from reporting_pollster.domain.rates import RESOURCES
from reporting_pollster.exports.focus import COLUMNS
from reporting_pollster.exports.focus.columns import SKUS
from reporting_pollster.reports.cost import COST
from reporting_pollster.services.rate import run_cost
from reporting_pollster.services.report import read_request
from tests.exports import focus_requirements
from tests.exports.exporting import Exporter
from tests.exports.focus_requirements import violations
from tests.pollster import REGION
from tests.services.rate.rated import BEGIN, END, LIST, PERIODS, bills, rates

SPAN = {"from_": BEGIN.isoformat(), "to": END.isoformat()}
MONTHS = ("2024-09", "2024-10", "2024-11")
HEADER = [column.name for column in COLUMNS]
Rows = list[dict[str, Any]]
on_sqlite = pytest.mark.parametrize("store_server", ["sqlite"], indirect=True)  # where the server makes no difference


def exported(exporter: Exporter, format_name: str = "csv", **words: str) -> Rows:
    exports = exporter("focus", format_name, **{**SPAN, **words})
    return [row for export in exports for row in exporter.rows("focus", export.month, format_name)]


def test_rows_satisfy_the_specification(exporter: Exporter) -> None:
    rows = exported(exporter)

    assert len(rows) > 100
    assert {row["ChargeCategory"] for row in rows} == {"Usage", "Adjustment"}
    assert {row["ServiceCategory"] for row in rows} == {"Compute", "Storage", "Networking", "Other"}
    assert list(violations(list(rows[0]), rows)) == []


def test_rows_add_up_to_the_bills(exporter: Exporter) -> None:
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)

    for row in exported(exporter):
        sums[row["SubAccountId"], row["BillingPeriodStart"][:7]] += Decimal(row["BilledCost"])
        assert row["BilledCost"] == row["EffectiveCost"] == row["ContractedCost"]

    assert dict(sums) == bills(BEGIN, END)


def test_rows_add_up_to_the_cost_report_exactly(exporter: Exporter) -> None:
    rows = exported(exporter)

    for by, column in {"project": "SubAccountId", "domain": "x_DomainId", "month": "BillingPeriodStart"}.items():
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            sums[row[column][:7] if by == "month" else row[column]] += Decimal(row["BilledCost"])
        assert dict(sums) == reported(exporter, by)


def reported(exporter: Exporter, by: str) -> dict[str, Decimal]:
    request = read_request(COST, {"from": SPAN["from_"], "to": SPAN["to"], "by": by})
    with run_cost(exporter.warehouse.engine, REGION, request, rates()) as result:
        place = [column.name for column in result.columns].index("cost")
        return {str(row[0]): row[place] for row in result.rows}  # type: ignore[misc]


def test_what_was_consumed_is_what_was_used(exporter: Exporter) -> None:
    rows = exported(exporter)
    (used,) = exporter.warehouse.ask("usage", by="month", from_="2024-10-01", to="2024-11-01")

    def consumed(meter: str) -> int:
        of_october = (row for row in rows if row["BillingPeriodStart"].startswith("2024-10"))
        return sum(int(row["ConsumedQuantity"]) for row in of_october if row["SkuMeter"] == meter)

    assert consumed("vCPU") == used["vcpu_seconds"] > 0
    assert consumed("Memory") == used["memory_mb_seconds"] > 0
    assert consumed("Volume capacity") == used["volume_gb_seconds"] > 0
    assert consumed("Floating IP") == used["floating_ip_seconds"] > 0


@on_sqlite
def test_a_row_is_about_one_price_and_no_longer_than_its_period(exporter: Exporter) -> None:
    rows = [row for row in exported(exporter) if row["SkuMeter"] == "vCPU"]

    for row in rows:
        before = row["ChargePeriodStart"] < "2024-10-16"
        assert row["ChargePeriodEnd"] <= "2024-10-16T00:00:00Z" if before else True
        weight = {"stopped": Decimal("0.5"), "shelved_offloaded": Decimal(0)}.get(row["x_State"], Decimal(1))
        assert Decimal(row["ListUnitPrice"]) == weight * Decimal("0.0123" if before else "0.0137")
    assert {row["ResourceId"] for row in rows} == {
        used.row["id"]
        for used in PERIODS
        if used.kind == "instance" and used.row["in_use"] and used.seconds(BEGIN, END)
    }


@on_sqlite
def test_a_discount_shows_between_list_and_contract(exporter: Exporter) -> None:
    rows = [row for row in exported(exporter) if row["ChargeCategory"] == "Usage"]

    shares = {"p1": Decimal("0.875"), "p2": Decimal("0.5")}
    for row in rows:
        share = shares.get(row["SubAccountId"], Decimal(1))
        assert Decimal(row["ContractedUnitPrice"]) == Decimal(row["ListUnitPrice"]) * share


@on_sqlite
def test_other_formats_say_the_same(exporter: Exporter) -> None:
    expected = exported(exporter)

    for format_name in ("jsonl", "parquet"):
        assert [plain(row) for row in exported(exporter, format_name)] == expected


def plain(row: dict[str, Any]) -> dict[str, str]:
    def text(value: Any) -> str:
        match value:
            case None:
                return ""
            case Decimal():
                return f"{value.normalize():f}"
            case str():
                return value
        return str(value.strftime("%Y-%m-%dT%H:%M:%SZ"))

    return {name: text(value) for name, value in row.items()}


@on_sqlite
def test_parquet_has_the_types_of_the_specification(exporter: Exporter) -> None:
    exporter("focus", "parquet", month="2024-10")

    schema = pyarrow.parquet.read_schema(exporter.directory / "focus" / "month=2024-10" / "focus.parquet")

    for name, demand in focus_requirements.COLUMNS.items():
        field = schema.field(name)
        wanted = {"S": "string", "D": "decimal128", "T": "timestamp[us, tz=UTC]"}[demand.kind]
        assert str(field.type).startswith(wanted), name
        assert field.nullable or not demand.nullable, name


@on_sqlite
def test_what_has_no_price_is_named_and_not_exported(exporter: Exporter) -> None:
    without = LIST[: LIST.index('[[price]]\nresource = "volume"')] + LIST[LIST.index("[states") :]

    exports = exporter("focus", prices=rates(without), **SPAN)

    notes = [note.partition(":")[0] for note in exports[1].notes]
    assert notes == ["No price for floating_ip", "No price for volume", "No price for volume of ssd"]
    assert {row["ServiceCategory"] for row in exporter.rows("focus", "2024-10")} == {"Compute", "Other"}
    assert exporter.manifest()["exports"][1]["notes"] == [*exports[1].notes]


def test_every_resource_has_a_sku() -> None:
    assert SKUS.keys() == RESOURCES.keys()


GOOD: dict[str, str] = {
    **dict.fromkeys(HEADER, ""),
    **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), "0.5"),
    "BillingAccountId": "a",
    "BillingCurrency": "AUD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodStart": "2026-10-05T01:02:03Z",
    "ChargePeriodEnd": "2026-11-01T00:00:00Z",
    "ConsumedQuantity": "3600",
    "ConsumedUnit": "GiB-Seconds",
    "ContractedUnitPrice": "0.5",
    "InvoiceIssuerName": "P",
    "ListUnitPrice": "0.5",
    "PricingCategory": "Standard",
    "PricingQuantity": "1",
    "PricingUnit": "GiB-Hours",
    "ProviderName": "P",
    "PublisherName": "P",
    "ServiceCategory": "Storage",
    "ServiceName": "S",
    "ServiceSubcategory": "Block Storage",
    "SkuId": "volume",
    "SkuMeter": "Volume",
    "SkuPriceId": "volume/1",
}


def test_the_check_accepts_what_is_right() -> None:
    assert list(violations(HEADER, [GOOD])) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"BilledCost": ""}, "BilledCost is null"),
        ({"BilledCost": "1e3"}, "BilledCost has the form of no D"),
        ({"BilledCost": "+1"}, "BilledCost has the form of no D"),
        ({"ChargePeriodStart": "2026-10-05 01:02:03"}, "ChargePeriodStart has the form of no T"),
        ({"ChargeCategory": "usage"}, "ChargeCategory may not be usage"),
        ({"ServiceCategory": "Compute"}, "not of its ServiceCategory"),
        ({"ServiceCategory": "Cloud"}, "ServiceCategory may not be Cloud"),
        ({"BillingPeriodEnd": "2026-10-31T23:59:59Z"}, "no month"),
        ({"ChargePeriodEnd": "2026-11-01T00:00:01Z"}, "not within"),
        ({"ChargePeriodEnd": "2026-10-05T01:02:03Z"}, "empty"),
        ({"ConsumedQuantity": "0"}, "no consumed quantity"),
        ({"ConsumedUnit": ""}, "no consumed quantity"),
        ({"PricingUnit": "gb hours"}, "PricingUnit is written wrongly"),
        ({"PricingQuantity": ""}, "PricingQuantity is null"),
        ({"ListCost": "0.6"}, "ListCost is not ListUnitPrice by PricingQuantity"),
        ({"SkuPriceId": ""}, "SkuPriceId is null"),
        ({"SkuPriceDetails": '{"Colour": 1}'}, "unknown properties"),
        ({"SubAccountName": "n"}, "SubAccountName without SubAccountId"),
        ({"ResourceId": "r"}, "ResourceId without ResourceType"),
        ({"InvoiceIssuerName": "Q"}, "paid to somebody else"),
        ({"BillingCurrency": "$"}, "BillingCurrency is no code"),
        ({"ChargeCategory": "Adjustment"}, "consumed without usage"),
    ],
)
def test_the_check_finds_what_is_wrong(change: dict[str, str], named: str) -> None:
    found = list(violations(HEADER, [{**GOOD, **change}]))

    assert any(named in problem for problem in found), found


def test_the_check_finds_a_price_with_two_meanings_and_missing_columns() -> None:
    twice = [GOOD, {**GOOD, "ListUnitPrice": "0.25", "ListCost": "0.25"}]

    assert "SkuPriceId volume/1 means several things" in list(violations(HEADER, twice))
    assert "ListCost is missing" in list(violations([name for name in HEADER if name != "ListCost"], []))
    assert "Colour is not of FOCUS and has no x_" in list(violations([*HEADER, "Colour"], []))
