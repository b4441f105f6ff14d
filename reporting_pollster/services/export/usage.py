"""usage_day as it is: whole days only, and no more than are added up."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table, select

from reporting_pollster.derived.usage_day import UsageDay
from reporting_pollster.exports.field import fields_of
from reporting_pollster.services.export.month import Month, Part

_TABLE: Table = UsageDay.__table__  # type: ignore[assignment]
_COUNTER = "usage_id"  # another one whenever a day is added up anew
_FIELDS = fields_of(_TABLE, leave_out=(_COUNTER,))
_ORDER = ("day", "kind", "project_id", "type", "availability_zone", "state", _COUNTER)


def usage(month: Month) -> Iterator[Part]:
    """The days of a month."""
    day = _TABLE.c.day
    query = (
        select(*(_TABLE.c[field.name] for field in _FIELDS))
        .where(_TABLE.c.region == month.asked.region)
        .where(day >= month.begin.date(), day < month.end.date())
        .order_by(*(_TABLE.c[name] for name in _ORDER))
    )
    yield Part("usage", _FIELDS, (tuple(row) for row in month.stream(query)))
