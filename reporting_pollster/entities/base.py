"""What an entity is: a reporting table, where its rows come from, and how changes at the source are found.

Everything here is description. The sync service interprets it; no entity opens a connection. A row is a tuple in the
order of the query's labels, with times as text `YYYY-MM-DD HH:MM:SS` (UTC): both drivers and SQLite give text, every
store takes it, and no Python function per value is needed on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import BigInteger, Boolean, DateTime, Double, Executable, Integer, MetaData, Select, String, Table, Text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from reporting_pollster.entities.source import CELLS, SourceQuery, SourceTables

Row = tuple[Any, ...]

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def ident(length: int = 64) -> TypeEngine[str]:
    """An identifier or key: compared byte by byte in every store, so that keys which differ in case stay apart."""
    binary = mysql.VARCHAR(length, collation="utf8mb4_bin")
    return (
        String(length)
        .with_variant(binary, "mysql", "mariadb")
        .with_variant(String(length, collation="C"), "postgresql")
    )


def moment() -> TypeEngine[datetime]:
    """A time in UTC with whole seconds; SQLite keeps it as the text that sources give, so that texts compare right."""
    seconds = sqlite.DATETIME(truncate_microseconds=True)  # type: ignore[no-untyped-call]
    return DateTime().with_variant(seconds, "sqlite")


def instant() -> TypeEngine[datetime]:
    """A time in UTC with microseconds, for what others want to have back as they gave it."""
    return DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def document() -> TypeEngine[str]:
    """JSON as text: up to 16 MB on MySQL, whose TEXT would end at 64 KB."""
    return Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def big_id() -> TypeEngine[int]:
    """A counter of our own: 64 bits, except on SQLite, where only INTEGER counts by itself."""
    return BigInteger().with_variant(Integer(), "sqlite")


class Reporting(DeclarativeBase):
    """Base of every table in the reporting database."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as a class attribute)
        datetime: moment(),
        bool: Boolean(),
        str: String(255),
        float: Double(),
    }


class Tracked:
    """Columns that every table filled from a source has besides its own.

    `region` ends every primary key: several regions share one reporting database, and integer ids repeat among them.
    The other columns are bookkeeping of the pollster and no part of what the source says.
    """

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, sort_order=900, comment="Region of the source")
    active: Mapped[bool] = mapped_column(sort_order=901, comment="Present in the source and not deleted")
    first_seen: Mapped[datetime] = mapped_column(sort_order=902, comment="Cycle that brought the row, UTC")
    known_from: Mapped[datetime] = mapped_column(sort_order=903, comment="Cycle that brought this version, UTC")
    changed_at: Mapped[datetime] = mapped_column(sort_order=904, comment="Cycle that last changed the row, UTC")
    vanished_after: Mapped[datetime | None] = mapped_column(
        sort_order=905, comment="Last instant at which a row that is gone without a date was surely there, UTC"
    )
    vanished_before: Mapped[datetime | None] = mapped_column(
        sort_order=906, comment="First instant at which it was surely gone, UTC"
    )


BOOKKEEPING = ("first_seen", "known_from", "changed_at", "vanished_after", "vanished_before")


@dataclass(frozen=True)
class EntitySettings:
    """Settings that decide what rows say."""

    region: str
    personal_prefix: str = "pt-"
    default_availability_zone: str = "nova"


@dataclass(frozen=True)
class Inputs:
    """Rows of named queries, as named tuples; of a query that runs per cell, those of the cell at hand.

    `cell_name` is None for entities that are not read per cell. `present` names the queries whose database is
    configured, to tell an empty table from an absent service.
    """

    rows: Mapping[str, Sequence[Any]]
    settings: EntitySettings
    cell_name: str | None = None
    present: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.rows[name]


@dataclass(frozen=True)
class Whole:
    """A source that is read whole in every cycle and compared: small, or with no trace of changes (keystone).

    With one query and no `rows` function, the rows stream through as they are. With `rows`, all inputs are read
    into memory first and the function gives tuples in the order of `columns`.
    """

    inputs: Mapping[str, SourceQuery]
    rows: Callable[[Inputs], Iterable[Row]] | None = None
    columns: tuple[str, ...] = ()

    @property
    def databases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(query.database for query in self.inputs.values()))

    @property
    def per_cell(self) -> bool:
        return CELLS in self.databases


@dataclass(frozen=True)
class Since:
    """Cursor on an indexed time column of the paged table: `column >= watermark - overlap`.

    `living_only` adds `deleted = 0`, for indexes that begin with it.
    """

    column: str
    living_only: bool = False


@dataclass(frozen=True)
class Appended:
    """Cursor on an ascending integer key: rows beyond the highest id that was seen an overlap ago."""

    column: str = "id"


@dataclass(frozen=True)
class Unfinished:
    """Rows that we hold with an empty `column` (ours) are read again by key, the newest first, within bounds.

    `touched` is our column that tells their last change, and `since` their age where that is empty.
    """

    column: str
    touched: str
    since: str


@dataclass(frozen=True)
class Living:
    """Fingerprint of the living over a covering index: counts (and sums of integer keys) per group.

    `group` is the column at the source and `our_group` ours; with `by_day` its date is taken. A group that differs
    has its keys compared. Without a group the whole table is one.
    """

    group: str | None = None
    our_group: str | None = None
    by_day: bool = False
    sum_keys: bool = False


@dataclass(frozen=True)
class Paged:
    """A source that can be large: cursors and fingerprints find changes, a rolling walk along the key proves them.

    `table` is the table whose primary key `source_key` is walked; our column `key` holds it. `select` gives all
    columns and may join satellites. `context` rows are read beforehand and handed to `transform`, which returns a
    function from the query's row to the tuple of `columns`. `shadowed` says that nova keeps archived rows in
    shadow tables with the same ids.
    """

    database: str
    table: str
    select: Callable[[SourceTables], Select[Any]]
    source_key: str = "id"
    key: str = "id"
    cursors: tuple[Since | Appended | Unfinished, ...] = ()
    living: Living | None = None
    shadowed: bool = False
    context: Mapping[str, SourceQuery] = field(default_factory=dict)
    transform: Callable[[Inputs], Callable[[Row], Row]] | None = None
    columns: tuple[str, ...] = ()

    @property
    def databases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.database, *(query.database for query in self.context.values()))))

    @property
    def per_cell(self) -> bool:
        return self.database == CELLS


class EffectContext(NamedTuple):
    """What a follow-up statement may refer to: the staged rows, the region, the cycle's time, and if all is new."""

    stage: Table
    region: str
    now: datetime
    first_load: bool


Effect = Callable[[EffectContext], Executable]


@dataclass(frozen=True)
class Entity:
    """A reporting table with its source.

    `after` names tables that must be synced before (parents). A change in a `history` column keeps the version before
    it in `<table>_history`, with its `kept` columns, which cause none by themselves. `derived` columns are ours to
    fill, by the `effects` of this or another entity, which run in the transaction that applies a change. `closing`
    gives the values that a row takes when it is gone, besides `active` and `deleted`; with `gone="remove"` the row
    itself goes (its last version stays in the history), and with "keep" nothing happens: what was done remains done
    when its record is purged. `minimum` are lower bounds of numbers: what is below can't be true. `seen` names a
    column that takes the time of each cycle that saw the row. A table that can't lose its last row in a healthy cloud
    has `may_empty=False`. `identity` gives keys at the source (first column) of which at least one must be known in
    our `identity_column`: it tells that a database is still the one that it was, before anything is read from it.
    """

    table: type[Reporting]
    source: Whole | Paged
    after: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    closing: Mapping[str, Any] = field(default_factory=dict)
    gone: Literal["close", "remove", "keep"] = "close"
    minimum: Mapping[str, int] = field(default_factory=dict)
    seen: str | None = None
    may_empty: bool = True
    identity: SourceQuery | None = None
    identity_column: str = "id"

    @property
    def name(self) -> str:
        return str(self.table.__tablename__)

    @property
    def target(self) -> Table:
        assert isinstance(self.table.__table__, Table)
        return self.table.__table__

    @property
    def scope(self) -> tuple[str, ...]:
        """Columns that tell which rows belong to one source of this entity."""
        return ("region", "cell_name") if self.source.per_cell else ("region",)
