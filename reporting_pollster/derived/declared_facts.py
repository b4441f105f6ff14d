"""What clients of Almanach's API declared, before what a timeline makes of the facts of the sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Select, select

from reporting_pollster.derived.base import Facts, Row
from reporting_pollster.domain.timeline.declared import Declared, with_declared
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.events.almanach import AlmanachEntry

FACT = "declared"
Derive = Callable[[Facts, Any], Sequence[Period[Row]]]


def declared_rows(kind: str, columns: Sequence[str], region: str, ids: Sequence[str]) -> Select[Any]:
    """What was declared of some resources."""
    c = AlmanachEntry.__table__.c
    said = (c.id, c.started, c.ended, c.last_event, *(c[name] for name in columns))
    return select(*said).where(c.region == region, c.kind == kind, c.id.in_(ids))


def declared_first(
    derive: Derive, properties: Callable[[Row], Any], shown: Callable[[Any, Declared, Row | None], Row]
) -> Derive:
    """The same derivation, with what was declared before it; `shown` is given the context as well."""

    def derived(facts: Facts, context: Any) -> Sequence[Period[Row]]:
        found = derive(facts, context)
        if FACT not in facts:
            return found
        return with_declared(found, list(map(_declared, facts[FACT])), properties, partial(shown, context))

    return derived


def _declared(row: Row) -> Declared:
    _id, start, end, last_event, *values = row
    return Declared(_whole(start), end and _whole(end), _whole(last_event), tuple(values))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
