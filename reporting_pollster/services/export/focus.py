"""FOCUS rows: one for each period of a resource and each thing of it that has a price.

A row is about as much of a period as lies in the month and has one price. Each project's rows of a month add up to its
bill, the one that the cost report makes: what rounding adds or takes is a row of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, null, select

from reporting_pollster.derived import timelines
from reporting_pollster.derived.base import Timeline
from reporting_pollster.domain.rates import RESOURCES, Charge, Owner, PriceList, Use, cost, rounded
from reporting_pollster.exports.field import Row
from reporting_pollster.exports.focus import FIELDS, Billing, Charged, rounding_row, usage_row
from reporting_pollster.exports.focus.columns import COST_PLACES
from reporting_pollster.reports.seconds import lies_in
from reporting_pollster.reports.versions import known, table
from reporting_pollster.services.export.month import Month, Part
from reporting_pollster.services.export.periods import seconds, within
from reporting_pollster.services.rate.bills import Line, Owners, Unpriced
from reporting_pollster.services.rate.cost import cut
from reporting_pollster.services.report.request import following_month

_NAMES = {"instance": "name", "image": "name", "floating_ip": "address"}  # others have a display_name


def focus(month: Month) -> Iterator[Part]:
    """The rows of a month."""
    assert month.rates is not None
    yield Part("focus", FIELDS, _Focus(month, month.rates).rows())


class _Focus:
    """Makes the rows and remembers of each project what it has to pay."""

    def __init__(self, month: Month, rates: PriceList) -> None:
        self._month = month
        self._rates = rates
        self._owners = Owners(month.connection, month.asked)
        self._billing = Billing(rates, month.asked.region, month.first, following_month(month.first))
        self._unpriced = Unpriced(rates)
        self._discounts: dict[Owner, Decimal] = {}
        self._charges: dict[tuple[Use, date, Decimal], Charge | None] = {}
        self._exact: defaultdict[str, int] = defaultdict(int)
        self._told: defaultdict[str, int] = defaultdict(int)

    def rows(self) -> Iterator[Row]:
        for timeline in timelines().values():
            for begin, end in cut(self._month.begin, self._month.end, [self._rates]):
                yield from self._of_kind(timeline, begin, end)
        yield from self._roundings()
        self._month.notes.extend(self._unpriced.notes())

    def _of_kind(self, timeline: Timeline, begin: datetime, end: datetime) -> Iterator[Row]:
        until = self._month.asked.until_of(timeline.resource)
        resources = [
            (resource, timeline.usage.amounts.index(resource.amount))
            for resource in RESOURCES.values()
            if resource.kind == timeline.resource
        ]
        for row in self._month.stream(self._query(timeline, begin, end, until)):
            resource_id, name, project_id, kind, zone, state, valid_from, valid_to, *factors = row
            start, stop = within(valid_from, valid_to, begin, end, until)
            owner, lasted = self._owners[project_id or ""], seconds(start, stop)
            for resource, place in resources:
                amount = lasted * int(factors[place])
                if amount:
                    use = Use(resource.name, kind, zone, state)
                    line = Line(owner, use, resource, amount, begin.date())
                    yield from self._charged(line, resource_id, name, start, stop)

    def _query(self, timeline: Timeline, begin: datetime, end: datetime, until: datetime) -> Any:
        period, asked = timeline.target.c, self._month.asked
        rows = timeline.usage.select()
        given = tuple(rows.selected_columns)
        return (
            rows.with_only_columns(period.id, self._name(timeline), *given)
            .where(period.region == asked.region, known(period, asked), period.in_use)
            .where(lies_in(period.valid_from, period.valid_to, begin, end, until))
            .order_by(period.period_id)
        )

    def _name(self, timeline: Timeline) -> ColumnElement[Any]:
        """What it is called now; names have no history, so what was known earlier has none."""
        if self._month.asked.known_at is not None:
            return null()
        period, named = timeline.target.c, table(timeline.resource).c
        name = named[_NAMES.get(timeline.resource, "display_name")]
        return select(name).where(named.id == period.id, named.region == period.region).scalar_subquery()

    def _charged(
        self, line: Line, resource_id: str, name: str | None, start: datetime, stop: datetime
    ) -> Iterator[Row]:
        charge = self._charge(line)
        if charge is None:
            self._unpriced.add(line)
            return
        charged = Charged(line.use, charge, line.amount, resource_id, name, start, stop)
        row, told = usage_row(self._billing, line.owner, charged)
        self._exact[line.owner.project_id] += cost(line.resource, line.amount, charge.contracted)
        self._told[line.owner.project_id] += told
        yield row

    def _charge(self, line: Line) -> Charge | None:
        discount = self._discounts.get(line.owner)
        if discount is None:
            discount = self._discounts[line.owner] = self._rates.discount_of(line.owner)
        key = (line.use, line.day, discount)
        if key not in self._charges:
            self._charges[key] = self._rates.charge(*key)
        return self._charges[key]

    def _roundings(self) -> Iterator[Row]:
        places = self._rates.places
        for project_id in sorted(self._exact):
            owner: Owner = self._owners[project_id]
            bill = rounded(self._exact[project_id], places) * 10 ** (COST_PLACES - places)
            missing = bill - self._told[project_id]
            if missing:
                yield rounding_row(self._billing, owner, missing, self._month.begin, self._month.end)
