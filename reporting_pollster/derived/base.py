"""What a timeline is: a table of periods, the facts that they follow from, and the function that makes them.

Periods are bitemporal. `valid_*` is when something was so, `known_*` when we believed it: a correction ends what was
known and adds what is known instead, and nothing is ever edited. So a report can be repeated as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.domain.timeline.period import Change, Period
from reporting_pollster.entities.base import Reporting, big_id, ident

Row = tuple[Any, ...]
Facts = Mapping[str, Sequence[Row]]


class PeriodColumns:
    """Columns that every table of periods has besides its own."""

    period_id: Mapped[int] = mapped_column(
        big_id(), primary_key=True, autoincrement=True, sort_order=-20, comment="Counter"
    )
    region: Mapped[str] = mapped_column(ident(64), sort_order=-19, comment="Region")
    id: Mapped[str] = mapped_column(ident(36), sort_order=-18, comment="UUID of the resource")
    project_id: Mapped[str | None] = mapped_column(ident(), sort_order=-17, comment="Project that owned it")
    valid_from: Mapped[datetime] = mapped_column(
        sort_order=-16, comment="Start, UTC; of an estimate the likely time, by default the latest possible"
    )
    valid_to: Mapped[datetime | None] = mapped_column(sort_order=-15, comment="End (exclusive), UTC; empty: it goes on")
    state: Mapped[str] = mapped_column(String(32), sort_order=-14, comment="State (active, stopped, error, …)")
    in_use: Mapped[bool] = mapped_column(sort_order=-13, comment="Counts as use: neither being built nor deleted")
    known_from: Mapped[datetime] = mapped_column(sort_order=900, comment="Since when this is known, UTC")
    known_to: Mapped[datetime | None] = mapped_column(
        sort_order=901, comment="When it was superseded, UTC; empty: this is what is known now"
    )
    valid_from_origin: Mapped[str] = mapped_column(
        String(16),
        sort_order=902,
        comment="What tells the start: declared, notification, action, migration, row or estimate",
    )
    valid_from_earliest: Mapped[datetime | None] = mapped_column(
        sort_order=903, comment="Earliest possible start of an estimate, UTC"
    )
    valid_from_latest: Mapped[datetime | None] = mapped_column(
        sort_order=904, comment="Latest possible start of an estimate, UTC"
    )
    valid_to_origin: Mapped[str | None] = mapped_column(String(16), sort_order=905, comment="What tells the end")
    valid_to_earliest: Mapped[datetime | None] = mapped_column(
        sort_order=906, comment="Earliest possible end of an estimate, UTC"
    )
    valid_to_latest: Mapped[datetime | None] = mapped_column(
        sort_order=907, comment="Latest possible end of an estimate, UTC"
    )


def period_indexes(table: str) -> tuple[Index, ...]:
    """By resource; by project, for usage; and what was valid at some time, the living among them."""
    return (
        Index(f"ix_{table}_resource", "id", "known_to"),
        Index(f"ix_{table}_project", "project_id", "known_to", "valid_to"),
        Index(f"ix_{table}_valid", "known_to", "valid_to", "valid_from"),
    )


@dataclass(frozen=True)
class Timeline:
    """The periods of one kind of resource.

    `feeds` are the reporting tables that facts come from, each with the column that names the resource. `facts` are
    queries for some resources of a region, whose first column is the resource's id; `context` are queries for a region
    whose rows all resources share. `derive` makes periods of the facts of one resource and of what `prepare` made of
    the context; their values are in the order of `columns`. `usage` tells how they are added up. `stock` are columns,
    or sums of columns, that historical_usage tells for the end of each day, by its own columns. `also` are further
    tables whose ids may be those of such resources.
    """

    table: type[Reporting]
    resource: str
    feeds: Mapping[str, str]
    facts: Mapping[str, Callable[[str, Sequence[str]], Select[Any]]]
    derive: Callable[[Facts, Any], Sequence[Period[Row]]]
    columns: tuple[str, ...]
    usage: Usage
    context: Mapping[str, Callable[[str], Select[Any]]] = field(default_factory=dict)
    prepare: Callable[[Facts], Any] = dict
    stock: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also: tuple[type[Reporting], ...] = ()

    @property
    def name(self) -> str:
        return str(self.table.__tablename__)

    @property
    def target(self) -> Table:
        assert isinstance(self.table.__table__, Table)
        return self.table.__table__

    @property
    def further(self) -> tuple[Table, ...]:
        """The tables of `also`."""
        return tuple(each.__table__ for each in self.also if isinstance(each.__table__, Table))

    @property
    def row_columns(self) -> tuple[str, ...]:
        """Columns of `row`, in order."""
        return (*self.columns, *_BOUNDS)

    def row(self, period: Period[Row]) -> Row:
        """What the table says of a period, but for whose it is and when it is known."""
        return (*period.values, period.start, period.end, *_told(period.began), *_ended(period.finished))


_BOUNDS = (
    *("valid_from", "valid_to", "valid_from_origin", "valid_from_earliest", "valid_from_latest"),
    *("valid_to_origin", "valid_to_earliest", "valid_to_latest"),
)


@dataclass(frozen=True)
class Usage:
    """How use is added up: amounts per second, told apart by type and zone.

    `select` gives of periods the columns project_id, type, zone, state, valid_from, valid_to and one factor for each of
    `amounts`, which are columns of usage_day.
    """

    select: Callable[[], Select[Any]]
    amounts: tuple[str, ...]


def _told(change: Change) -> tuple[str, datetime | None, datetime | None]:
    return change.origin, change.earliest, change.latest


def _ended(change: Change | None) -> tuple[str | None, datetime | None, datetime | None]:
    return (None, None, None) if change is None else _told(change)
