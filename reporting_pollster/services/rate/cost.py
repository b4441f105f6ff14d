"""Tells what use costs, by one price list or by two that are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from sqlalchemy import Connection, Engine

from reporting_pollster.domain.rates import KINDS, RESOURCES, PriceList, money
from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Asked
from reporting_pollster.reports.consumption import pieces
from reporting_pollster.reports.cost import AMOUNT_OF, COST, IN_TIME, Piece, money_columns, use
from reporting_pollster.services.permit import UNLIMITED, Permit
from reporting_pollster.services.rate.bills import Bills, Group, Line, Owners, bills_of_month
from reporting_pollster.services.report.knowledge import Knowledge
from reporting_pollster.services.report.request import ReportRequest
from reporting_pollster.services.report.result import ReportResult, Row
from reporting_pollster.services.report.run import knowledge_notes, parameters_of, reaching, resolved
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import utc_now
from reporting_pollster.store.limit import reading_at_most

_STREAMED: Mapping[str, Any] = {"stream_results": True, "max_row_buffer": 2000}
_GROUPS: Mapping[str, Callable[[Line], Group]] = {
    "project": lambda line: line.owner.project_id,
    "domain": lambda line: line.owner.domain_id or "",
    "resource": lambda line: line.resource.name,
    "flavour": lambda line: line.use.type if line.resource.kind == "instance" else "",
    "volume-type": lambda line: line.use.type if line.resource.kind in ("volume", "snapshot") else "",
    "zone": lambda line: line.use.zone,
    "state": lambda line: line.use.state,
    "day": lambda line: line.day,
    "month": lambda line: f"{line.day:%Y-%m}",
}


@contextmanager
def run_cost(
    engine: Engine,
    region: str,
    request: ReportRequest,
    rates: PriceList,
    other: PriceList | None = None,
    *,
    permit: Permit = UNLIMITED,
) -> Iterator[ReportResult]:
    """What use costs by `rates`; with another list also by that, and the difference."""
    if other is not None and (other.currency, other.places) != (rates.currency, rates.places):
        raise WrongParameter(
            f"cannot compare {rates.currency} with {other.currency}", hint="both lists need the same currency"
        )
    whole_metadata()  # queries name tables of earlier versions
    with reading_at_most(engine, permit.seconds()) as connection:
        knowledge = Knowledge(connection, region, COST.tables)
        asked = resolved(COST, region, request, knowledge, utc_now(connection))
        permit.require_span(asked.begin, asked.end)
        asked = reaching(connection, asked, permit)
        told = _Told.of(connection, asked, [rates] if other is None else [rates, other])
    lists = {"rates": rates.name} if other is None else {"rates": rates.name, "compare": other.name}
    yield ReportResult(
        name="cost",
        title=COST.title,
        parameters={**dict(parameters_of(COST, asked, request)), **lists},
        columns=(*COST.by[asked.by], *money_columns(rates.currency, KINDS, asked.by, other is not None)),
        rows=told.rows(asked.by),
        notes=(*knowledge_notes(COST, asked, knowledge), *told.notes()),
        charts=tuple(COST.charts(asked.by)),
        begin=asked.begin,
        end=asked.end,
        as_known_at=asked.known_at,
    )


@dataclass(frozen=True)
class _Told:
    """The bills by each list, added up by what was asked."""

    by_list: list[Bills]
    owners: Owners
    amounts: Mapping[str, int]

    @classmethod
    def of(cls, connection: Connection, asked: Asked, lists: list[PriceList]) -> _Told:
        owners = Owners(connection, asked)
        by_list = [Bills(rates, _GROUPS[asked.by]) for rates in lists]
        amounts = dict.fromkeys(RESOURCES, 0)
        for begin, end in pieces(asked.begin, asked.end, "month"):
            parts = cut(begin, end, lists)
            rows = connection.execute(use(asked, parts, asked.by == "day"), execution_options=_STREAMED)
            for owner, lines in bills_of_month(rows, parts, owners):
                for bills in by_list:
                    bills.add(owner, lines)
                for line in lines:
                    amounts[line.resource.name] += line.amount
        return cls(by_list, owners, amounts)

    def rows(self, by: str) -> Iterator[Row]:
        """A row for each group: in order of time, else those that cost most first."""
        groups: set[Group] = reduce(or_, (bills.coins.keys() for bills in self.by_list), set())
        first = self.by_list[0].coins
        for group in sorted(groups, key=lambda group: (0 if by in IN_TIME else -sum(first[group]), group)):
            yield (*self._named(by, group), *self._money(by, group))

    def _named(self, by: str, group: Group) -> Row:
        if by == "project":
            owner = self.owners[group]
            return group, owner.project, owner.domain
        if by == "domain":
            return group, self.owners.domain(group)
        if by == "resource":
            resource = RESOURCES[group]
            return group, AMOUNT_OF[resource.kind, resource.amount].column.unit, self.amounts[group]
        return (group,)

    def _money(self, by: str, group: Group) -> Row:
        places = self.by_list[0].rates.places
        costs = [sum(bills.coins[group]) for bills in self.by_list]
        if len(costs) == 2:
            costs.append(costs[1] - costs[0])
        elif by != "resource":
            costs = [*self.by_list[0].coins[group], *costs]
        return tuple(money(each, places) for each in costs)

    def notes(self) -> Iterator[str]:
        """Which prices these are, and what has none."""
        for bills in self.by_list:
            yield f"Prices: {bills.rates.name}, in {bills.rates.currency}."
            yield from bills.unpriced.notes()


def cut(begin: datetime, end: datetime, lists: list[PriceList]) -> list[Piece]:
    """A span cut where any of the lists changes a price."""
    changes = {at for rates in lists for at in rates.changes(begin, end)}
    return list(pairwise((begin, *sorted(changes), end)))
