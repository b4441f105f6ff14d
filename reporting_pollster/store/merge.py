"""Brings staged rows into a table by set-based statements: what is new, what differs, what it was before.

Large plans live in the store, so that memory stays flat: the plan is a comparison of the staging table with the
current rows, and applying it is one upsert. The traps are the collations: MySQL takes 'Ä', 'a' and 'a ' for equal,
so texts are compared as bytes there, or a changed name would never be noticed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Insert,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from reporting_pollster.entities.base import BOOKKEEPING, EffectContext, Entity, moment
from reporting_pollster.store.companion import columns_of_source, history_of, key_of, stage_of
from reporting_pollster.store.engine import dialect_kind, reading
from reporting_pollster.store.scope import Scope

Key = tuple[Any, ...]
_BUFFER_ROWS = 5000
_GONE_ROWS = 200  # a condition per key: SQLite takes no deeper ones than a thousand


@dataclass(frozen=True)
class Plan:
    """What applying the staged rows would do, in rows.

    `ending` are rows that the source says are deleted and we hold as active; `gone` those that it no longer has.
    `living` is the number of active rows that we hold now.
    """

    new: int = 0
    changed: int = 0
    ending: int = 0
    gone: int = 0
    living: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.gone)

    @property
    def closing(self) -> int:
        """Active rows that would be active no more."""
        return self.ending + self.gone


def missing_keys(entity: Entity, scope: Scope, engine: Engine) -> Iterator[Key]:
    """Keys of the active rows of a source that were not staged, when the whole source was.

    Two sorted streams side by side, because no optimizer is good at 'not in' without an index; each on a connection
    of its own, because MySQL gives one unbuffered result at a time.
    """
    target, stage = entity.target, stage_of(entity.name)
    with reading(engine) as left, reading(engine) as right:
        active = and_(scope.rows_of(target), target.c.active == true())
        with (
            closing(_sorted_keys(left, entity, target, active)) as ours,
            closing(_sorted_keys(right, entity, stage, scope.rows_of(stage))) as staged,
        ):
            current = next(staged, None)
            for key in ours:
                while current is not None and current < key:
                    current = next(staged, None)
                if current != key:
                    yield key


def _sorted_keys(
    connection: Connection, entity: Entity, table: Table, where: ColumnElement[bool]
) -> Generator[Key, None, None]:
    columns = [table.c[name] for name in key_of(entity)]
    statement = select(*columns).where(where).order_by(*columns)
    rows = connection.execution_options(stream_results=True, max_row_buffer=_BUFFER_ROWS).execute(statement)
    with closing(rows):  # the driver warns of what is left unread
        for row in rows:
            yield tuple(row)


class Merge:
    """The statements of one entity for one source, on one connection."""

    def __init__(self, entity: Entity, scope: Scope, connection: Connection) -> None:
        self.entity, self.scope, self.connection = entity, scope, connection
        self.target, self.stage, self.history = entity.target, stage_of(entity.name), history_of(entity.name)
        self._kind = dialect_kind(connection)
        self._key = key_of(entity)
        self._columns = columns_of_source(entity)
        self._staged = scope.rows_of(self.stage)
        self._ours = scope.rows_of(self.target)
        self._same_key = and_(*(self.stage.c[name] == self.target.c[name] for name in self._key))

    def keep_latest(self) -> None:
        """Of rows that were staged several times, keep what was read last."""
        stage = self.stage.c
        order = func.row_number().over(partition_by=[stage[name] for name in self._key], order_by=stage.stage_id.desc())
        # one sort, whatever the server knows about the table; another cell may have the key as well
        numbered = select(stage.stage_id, order.label("number")).where(self._staged).subquery()
        late = select(numbered.c.stage_id).where(numbered.c.number > 1).subquery()  # MySQL wants it derived
        self.connection.execute(delete(self.stage).where(stage.stage_id.in_(select(late.c.stage_id))))

    def plan(self) -> Plan:
        """Compare the staged rows with the current ones; `gone` and `living` are left to the caller."""
        stage, target = self.stage, self.target
        new = self._count(self._pairs(select(func.count())).where(target.c[self._key[0]].is_(None)))
        ends = and_(target.c.active == true(), stage.c.active == false())
        changes = (
            select(func.count(), func.coalesce(func.sum(case((ends, 1), else_=0)), 0))
            .select_from(stage.join(target, self._same_key))
            .where(self._staged, self._differs(self._columns))
        )
        changed, ending = self.connection.execute(changes).one()
        return Plan(new=new, changed=int(changed), ending=int(ending))

    def living(self) -> int:
        """Active rows of this source that we hold."""
        return self._count(select(func.count()).where(self._ours, self.target.c.active == true()))

    def missing(self) -> int:
        """Active rows of this source that were not staged, when the whole source was."""
        target = self.target
        met = (
            select(func.count())
            .select_from(self.stage.join(target, self._same_key))
            .where(self._staged, self._ours, target.c.active == true())
        )
        return self.living() - self._count(met)

    def upsert(self, now: datetime) -> None:
        """Insert what is new and change what differs, keeping the versions before."""
        self._keep_versions(now, self.stage, and_(self._staged, self._same_key, self._differs(self.entity.history)))
        self.connection.execute(self._upsert(now))

    def fill(self, now: datetime) -> int:
        """First load: the staged rows into an empty table, in the order of the key; repeats are passed over.

        Other cells may be staged meanwhile, and only in part: their rows wait for their own turn.
        """
        columns = [self.stage.c[name] for name in self._columns]
        stamps = [literal(now, self.target.c.first_seen.type)] * 3
        rows = select(*columns, *stamps).where(self._staged).order_by(*(self.stage.c[name] for name in self._key))
        names = [*self._columns, "first_seen", "known_from", "changed_at"]
        if self._kind == "mysql":
            statement: Any = mysql.insert(self.target).from_select(names, rows)
            first = self._key[0]
            statement = statement.on_duplicate_key_update({first: self.target.c[first]})
        elif self._kind == "postgresql":
            statement = postgresql.insert(self.target).from_select(names, rows).on_conflict_do_nothing()
        else:
            statement = sqlite.insert(self.target).from_select(names, rows).on_conflict_do_nothing()
        statement = statement.execution_options(preserve_rowcount=True)  # psycopg forgets it with the cursor
        return self.connection.execute(statement).rowcount

    def close(self, keys: Sequence[Key], now: datetime, after: datetime | None, before: datetime) -> None:
        """Mark rows as vanished between two instants of the source's clock, or remove them."""
        for start in range(0, len(keys), _GONE_ROWS):
            self._close(keys[start : start + _GONE_ROWS], now, after, before)

    def touch_seen(self, now: datetime) -> None:
        """Say when the active rows were last seen, where the table has a column for it."""
        if self.entity.seen is not None:
            active = and_(self._ours, self.target.c.active == true())
            self.connection.execute(update(self.target).where(active).values({self.entity.seen: now}))

    def run_effects(self, now: datetime, *, first_load: bool) -> None:
        """Fill the columns that are derived from what was just written."""
        context = EffectContext(self.stage, self.scope.region, now, first_load)
        for effect in self.entity.effects:
            self.connection.execute(effect(context))

    def empty_stage(self) -> None:
        self.connection.execute(delete(self.stage).where(self._staged))

    # -- statements

    def _pairs(self, query: Select[Any]) -> Select[Any]:
        return query.select_from(self.stage.outerjoin(self.target, self._same_key)).where(self._staged)

    def _count(self, query: Select[Any]) -> int:
        return int(self.connection.execute(query).scalar_one())

    def _differs(self, names: Sequence[str]) -> ColumnElement[bool]:
        """True for a pair that differs in one of the columns; a row that had vanished and is back always does."""
        back = self.target.c.vanished_before.is_not(None)
        return or_(back, *(self._distinct(name) for name in names if name not in self._key or self._is_loose(name)))

    def _is_loose(self, name: str) -> bool:
        """Whether equal keys may differ: MySQL pays no heed to blanks at their end, whatever the collation."""
        constant = name in self.scope.constants()
        return self._kind == "mysql" and not constant and isinstance(self.target.c[name].type, String)

    def _distinct(self, name: str) -> ColumnElement[bool]:
        staged, current = self.stage.c[name], self.target.c[name]
        if self._kind == "mysql" and isinstance(current.type, String):
            # collations take different texts for equal; bytes never
            same: ColumnElement[bool] = cast(staged, mysql.BINARY()).op("<=>", is_comparison=True)(
                cast(current, mysql.BINARY())
            )
            return not_(same)
        differs: ColumnElement[bool] = staged.is_distinct_from(current)
        return differs

    def _is(self, name: str, value: Any) -> ColumnElement[bool]:
        column = self.target.c[name]
        same: ColumnElement[bool] = column == value
        if not self._is_loose(name):
            return same
        return and_(same, cast(column, mysql.BINARY()) == cast(literal(value, column.type), mysql.BINARY()))

    def _keep_versions(self, now: datetime, other: Table | None, where: ColumnElement[bool]) -> None:
        if self.history is None:
            return
        skipped = {"history_id", "known_from", "known_to"}
        names = [column.name for column in self.history.columns if column.name not in skipped]
        versions = select(
            *(self.target.c[name] for name in names), self.target.c.known_from, literal(now, moment())
        ).where(where)
        source = self.target if other is None else self.target.join(other, self._same_key)
        statement: Insert = insert(self.history).from_select(
            [*names, "known_from", "known_to"], versions.select_from(source)
        )
        self.connection.execute(statement)

    def _upsert(self, now: datetime) -> Any:
        target = self.target
        is_new = target.c[self._key[0]].is_(None)
        stamp = literal(now, target.c.first_seen.type)
        opens = or_(is_new, self._differs(self.entity.history or self._columns))
        rows = self._pairs(
            select(
                *(self.stage.c[name] for name in self._columns),
                func.coalesce(target.c.first_seen, stamp),
                case((opens, stamp), else_=target.c.known_from),
                stamp,
                null(),
                null(),
            )
        ).where(or_(is_new, self._differs(self._columns)))
        names = [*self._columns, *BOOKKEEPING]
        fixed = {"first_seen", *(name for name in self._key if not self._is_loose(name))}
        updated = [name for name in names if name not in fixed]
        if self._kind == "mysql":
            statement = mysql.insert(target).from_select(names, rows)
            return statement.on_duplicate_key_update({name: statement.inserted[name] for name in updated})
        make = postgresql.insert if self._kind == "postgresql" else sqlite.insert
        upsert = make(target).from_select(names, rows)
        return upsert.on_conflict_do_update(
            index_elements=list(self._key), set_={name: upsert.excluded[name] for name in updated}
        )

    def _close(self, keys: Sequence[Key], now: datetime, after: datetime | None, before: datetime) -> None:
        target = self.target
        these = or_(*(and_(*(self._is(n, v) for n, v in zip(self._key, key, strict=True))) for key in keys))
        these = and_(self._ours, these, target.c.active == true())  # a row may have moved to another source meanwhile
        self._keep_versions(now, None, these)
        if self.entity.gone == "remove":
            self.connection.execute(delete(target).where(these))
            return
        # in this order: MySQL already sees what was set before
        values: dict[str, Any] = {"vanished_after": self._seen_after(after, before), "vanished_before": before}
        values |= {**self.entity.closing, "active": False, "changed_at": now}
        if self.entity.history:
            values["known_from"] = now
        if "deleted" in target.c:
            values["deleted"] = func.coalesce(target.c.deleted, literal(before, target.c.deleted.type))
        ordered = [(target.c[name], value) for name, value in values.items()]
        self.connection.execute(update(target).where(these).ordered_values(*ordered))

    def _seen_after(self, after: datetime | None, before: datetime) -> ColumnElement[datetime | None]:
        """The later one of an instant at which all rows were there and the cycle that brought this version."""
        known_from = self.target.c.known_from
        is_later = known_from <= before if after is None else known_from.between(after, before)
        return case((is_later, known_from), else_=literal(after, moment()))
