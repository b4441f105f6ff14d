"""What views look up: months and weights, kept by every cycle."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, delete, select

from reporting_pollster.derived.calendar_month import CalendarMonth
from reporting_pollster.derived.state_weight import StateWeight
from reporting_pollster.domain.rates import PriceList
from reporting_pollster.domain.weights import DEFAULT_WEIGHTS, Weights, weights_of
from reporting_pollster.services.derive.lookups import keep_lookups
from reporting_pollster.store.engine import reading, writing
from reporting_pollster.store.lease import holding
from tests.stores import engine_of


def keep(engine: Engine, weights: Weights | None) -> None:
    with holding(engine) as held:
        keep_lookups(engine, held, weights)


def found(engine: Engine, table: Any) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [
            tuple(row) for row in connection.execute(select(table.__table__).order_by(*table.__table__.primary_key))
        ]


def test_every_month_is_there_without_a_gap(ready_store_url: str) -> None:
    engine = engine_of(ready_store_url)

    keep(engine, DEFAULT_WEIGHTS)

    months = found(engine, CalendarMonth)
    assert months[0][0] == "2010-01"
    assert all((later[1] - earlier[2]).days == 1 for earlier, later in itertools.pairwise(months))
    assert all(days == (last - first).days + 1 and seconds == days * 86_400 for _, first, last, days, seconds in months)
    assert {days for month, *_, days, _ in months if month == "2024-02"} == {29}


def test_what_is_missing_or_changed_is_written_again(ready_store_url: str) -> None:
    engine = engine_of(ready_store_url)
    keep(engine, DEFAULT_WEIGHTS)
    before = found(engine, CalendarMonth)
    with writing(engine) as connection:
        connection.execute(delete(CalendarMonth).where(CalendarMonth.month == "2024-02"))

    keep(engine, {("vcpu", "stopped"): 5000})
    keep(engine, None)

    assert found(engine, CalendarMonth) == before
    assert found(engine, StateWeight) == [("vcpu", "stopped", 5000)]


def test_weights_are_those_of_the_price_list_by_resource() -> None:
    weights = {
        ("instance", "stopped"): Decimal("0.5"),
        ("root", "stopped"): Decimal(1),
        ("volume", "error"): Decimal(0),
    }

    found = weights_of(PriceList("list", "AUD", (), weights=weights))

    assert found == {
        **{(name, "stopped"): 5000 for name in ("instance", "vcpu", "memory", "ephemeral")},
        ("volume", "error"): 0,
    }
