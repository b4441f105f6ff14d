"""What a report is: a query, the columns that it gives, and what may be asked of it.

Everything here is description. The report service resolves what was asked, runs the query and converts its rows, for
the command line and for the API alike; no report opens a connection.

Machines get amounts as exact integers in small units (vCPU·s); people get the same in large ones (vCPU-h), which are
rounded for display only. So parts add up to totals, whatever they are grouped by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select

from reporting_pollster.domain.reach import EVERYTHING, Reach

Kind = Literal["text", "integer", "decimal", "moment", "day", "flag"]
Extent = Literal["project", "domain", "everything"]

HOUR = 3600


@dataclass(frozen=True)
class Column:
    """One column of a result: `name` for machines, `title` for people, and the unit of its values.

    `per` is what people's unit holds of it (3600 when seconds are shown as hours). A column whose values may be added
    up over the rows has a `total`.
    """

    name: str
    title: str
    kind: Kind = "text"
    unit: str = ""
    per: int = 1
    total: bool = False


def text(name: str, title: str) -> Column:
    """A column of text."""
    return Column(name, title)


def number(name: str, title: str, unit: str = "", *, total: bool = True) -> Column:
    """A column of whole numbers."""
    return Column(name, title, "integer", unit, total=total)


def hours(name: str, title: str, unit: str, *, per: int = HOUR) -> Column:
    """A column of amounts times seconds, which people see as hours."""
    return Column(name, title, "integer", unit, per, total=True)


def moment(name: str, title: str) -> Column:
    """A column of times."""
    return Column(name, title, "moment", "UTC")


@dataclass(frozen=True)
class Option:
    """A number that may be given to a report besides the times."""

    name: str
    help: str
    default: int
    minimum: int = 1


@dataclass(frozen=True)
class Chart:
    """A picture of a result: a bar for each row, labelled by some columns, as long as another says.

    Of a result in order of time every row is drawn, of others those with the longest bars.
    """

    title: str
    label: tuple[str, ...]
    value: str
    in_time: bool = False


@dataclass(frozen=True)
class Asked:
    """What was asked, with all defaults filled in; times in UTC.

    A report of a time span is about [begin, end). What has no end yet is known to last until `known_until`, or what
    `until` says for its kind of resource. A report of a state is about the instant `as_of`. With `known_at` it tells
    what was known then.
    `projects` are the ids that `project` may stand for. `added_up_to` says of kinds of resources on which day usage_day
    ends. `reach` is whose data may be told; `versions.of_project` applies it.
    """

    region: str
    begin: datetime
    end: datetime
    known_until: datetime
    as_of: datetime
    by: str = ""
    project: str | None = None
    projects: tuple[str, ...] = ()
    known_at: datetime | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    until: Mapping[str, datetime] = field(default_factory=dict)
    added_up_to: Mapping[str, date] = field(default_factory=dict)
    reach: Reach = EVERYTHING

    def until_of(self, kind: str) -> datetime:
        """Until when a kind of resource is known."""
        return self.until.get(kind, self.known_until)

    @property
    def before(self) -> tuple[datetime, datetime]:
        """The span of the same length that ends where this one begins."""
        length: timedelta = self.end - self.begin
        return self.begin - length, self.begin


@dataclass(frozen=True)
class Report:
    """One report.

    `columns` follow those of `by`, which are told apart by what the rows are grouped by; the first is the default.
    `time` says what it is about: a span (--from, --to), the state at an instant (--as-of), or the state that was
    last read. `tables` are those whose sources limit what can be known. `remembers` says that it can tell what was
    known at an earlier instant. `told_to` is how much one must be allowed to see to be told any of it: a report that
    cannot be restricted to a project or a domain is for those who see everything, unless it says otherwise. `detailed`
    says that it has as many rows as resources had periods.
    """

    title: str
    description: str
    example: str
    columns: tuple[Column, ...]
    query: Callable[[Asked], Select[Any]]
    tables: tuple[str, ...]
    time: Literal["span", "instant", "now"] = "now"
    by: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    by_help: str = "What a row is of."
    options: tuple[Option, ...] = ()
    of_project: bool = False
    remembers: bool = False
    told_to: Extent = "everything"
    detailed: bool = False
    charts: Callable[[str], Sequence[Chart]] = lambda by: ()
    notes: Callable[[Asked], Sequence[str]] = lambda asked: ()

    def columns_by(self, by: str) -> tuple[Column, ...]:
        """The columns of a result that is grouped by something."""
        return (*self.by.get(by, ()), *self.columns)

    @property
    def default_by(self) -> str:
        return next(iter(self.by), "")
