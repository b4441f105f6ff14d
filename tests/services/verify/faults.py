"""Single-row faults: a row inserted, changed, deleted, or with one wrong byte, in the store or at the source.

Each fault knows how it should be reported. Faults are put into different rows, so that none hides another.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    DateTime,
    Float,
    Integer,
    String,
    and_,
    delete,
    insert,
    update,
)

from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Entity
from reporting_pollster.store.companion import columns_of_source, key_of
from reporting_pollster.store.engine import writing
from tests.services.verify.sample import Sample

Row = dict[str, Any]


@dataclass(frozen=True, order=True)
class Report:
    """What verify should say of a fault."""

    table: str
    source: str
    key: str
    problem: str


# Where a row of ours comes from, for tables whose rows each come from one row there, and of which no other is made:
# database (a cell's is its name), table, our key there, and a text that a fault may change.
_ORIGINS = {
    "instance": (None, "instances", "uuid", "display_name"),
    "instance_action": (None, "instance_actions", "id", "request_id"),
    "migration": (None, "migrations", "id", "dest_compute"),
    "volume": ("cinder", "volumes", "id", "display_name"),
    "snapshot": ("cinder", "snapshots", "id", "display_name"),
    "backup": ("cinder", "backups", "id", "display_name"),
    "image": ("glance", "images", "id", "name"),
    "stack": ("heat", "stack", "id", "name"),
}
_ACCENTS = str.maketrans("aeiouAEIOU", "äéîõûÄÉÎÕÛ")


class Faults:
    """Puts faults into a sample cloud and its reporting database."""

    def __init__(self, sample: Sample, seed: int) -> None:
        self._sample = sample
        self._dice = random.Random(seed)
        self._serial = 1_000_000
        self.kinds: dict[str, int] = {}

    def inject(self, count: int, *, at_source: bool = True) -> set[Report]:
        """Damage so many different rows, and return what verify should find."""
        victims = [
            (entity, row)
            for entity in catalogue().values()
            for row in self._sample.rows(entity.name)
            if entity.name != "flavour" or row["active"]  # the others are known from instances alone
        ]
        self._dice.shuffle(victims)
        reports: set[Report] = set()
        with writing(self._sample.engine) as connection:
            for entity, row in victims:
                if len(reports) == count:
                    return reports
                report = self._damage(connection, entity, row, at_source)
                if report is not None:
                    reports.add(report)
        raise AssertionError(f"only {len(reports)} rows to damage")

    def _damage(self, connection: Connection, entity: Entity, row: Row, at_source: bool) -> Report | None:
        side = "source" if at_source and entity.name in _ORIGINS and self._dice.random() < 0.5 else "store"
        kind = self._dice.choice(("insert", "update", "delete", "byte", "byte"))
        hand: Any = (
            AtSource(self._sample, self, entity, row) if side == "source" else InStore(connection, self, entity, row)
        )
        report: Report | None = getattr(hand, kind)()
        if report is not None:
            self.kinds[f"{kind} in the {side}"] = self.kinds.get(f"{kind} in the {side}", 0) + 1
        return report

    # -- made-up values

    def choose(self, values: Sequence[Any]) -> Any:
        return self._dice.choice(values)

    def shuffled(self, values: Sequence[Any]) -> list[Any]:
        return self._dice.sample(values, len(values))

    def number(self) -> int:
        """A number that no row has."""
        self._serial += 1
        return self._serial

    def name(self) -> str:
        """An id that no row has."""
        return str(uuid.UUID(int=self._dice.getrandbits(128)))

    def damaged(self, text: str) -> str | None:
        """The text with one byte wrong that a sloppy collation would not see; None for a text without letters."""
        ways: list[Callable[[str, int], str]] = [
            lambda letter, _: letter.swapcase(),
            lambda letter, _: letter.translate(_ACCENTS),
            lambda letter, at: letter + " " if at == len(text) - 1 else letter,
        ]
        for way in self._dice.sample(ways, len(ways)):
            for at in self._dice.sample(range(len(text)), len(text)):
                changed = text[:at] + way(text[at], at) + text[at + 1 :]
                if changed != text and len(changed.upper()) == len(text.upper()) + (changed[-1:] == " "):
                    return changed
        return None


class _Hand:
    def __init__(self, faults: Faults, entity: Entity, row: Row) -> None:
        self.faults, self.entity, self.row = faults, entity, row
        self.source = row["cell_name"] if entity.source.per_cell else "region"

    def report(self, problem: str, row: Row | None = None) -> Report:
        constants = ("region", "cell_name") if self.entity.source.per_cell else ("region",)
        row = row or self.row
        key = ",".join(str(row[name]) for name in key_of(self.entity) if name not in constants)
        return Report(self.entity.name, self.source, key, problem)


class InStore(_Hand):
    """A fault in a row of ours."""

    def __init__(self, connection: Connection, faults: Faults, entity: Entity, row: Row) -> None:
        super().__init__(faults, entity, row)
        self._connection, self._target = connection, entity.target

    def insert(self) -> Report | None:
        if self.entity.gone == "keep":
            return None
        row = {**self.row, **self._new_key(), "active": True}
        self._connection.execute(insert(self._target).values(**row))
        return self.report("extra", row)

    def update(self) -> Report | None:
        for name in self._candidates():
            value = self._other(name, self.row[name])
            if value is not None:
                return self._change(name, value)
        return None

    def byte(self) -> Report | None:
        for name in self._candidates():
            column = self._target.c[name]
            if isinstance(column.type, String) and self.row[name]:
                value = self.faults.damaged(self.row[name])
                if value is not None and len(value) <= (column.type.length or 10**6):
                    return self._change(name, value)
        return None

    def delete(self) -> Report | None:
        self._connection.execute(delete(self._target).where(self._this()))
        return self.report("missing")

    def _change(self, name: str, value: Any) -> Report:
        self._connection.execute(update(self._target).where(self._this()).values({name: value}))
        return self.report("different")

    def _this(self) -> Any:
        return and_(*(self._target.c[name] == self.row[name] for name in key_of(self.entity)))

    def _candidates(self) -> list[str]:
        fixed = {*key_of(self.entity), "region", "cell_name"}
        return self.faults.shuffled([name for name in columns_of_source(self.entity) if name not in fixed])

    def _new_key(self) -> Row:
        name = next(name for name in key_of(self.entity) if name not in ("region", "cell_name"))
        kind = self._target.c[name].type
        return {name: self.faults.name()[: kind.length] if isinstance(kind, String) else self.faults.number()}

    def _other(self, name: str, value: Any) -> Any:
        kind = self._target.c[name].type
        if isinstance(kind, Boolean):
            return not value
        if isinstance(kind, Integer):
            return (value or 0) + 1
        if isinstance(kind, Float):
            return (value or 0) + 0.25
        if isinstance(kind, DateTime):
            return (value or datetime(2020, 1, 1)) + timedelta(seconds=1)
        if isinstance(kind, String):
            long = ("other" if value != "other" else "another")[: kind.length]
            return long if long != value else "?"
        return None


class AtSource(_Hand):
    """A fault in the row of the source that ours comes from; no time of change tells of it."""

    def __init__(self, sample: Sample, faults: Faults, entity: Entity, row: Row) -> None:
        super().__init__(faults, entity, row)
        database, self._table, self._key, self._text = _ORIGINS[entity.name]
        self._database = database or self.source
        self._sample = sample

    def insert(self) -> Report | None:
        found, _ = self._found()
        new = {self._key: self.faults.number() if isinstance(found[self._key], int) else self.faults.name()}
        if self.entity.name == "instance":
            new["id"] = self.faults.number()
        if "uuid" in found and self._key != "uuid":
            new["uuid"] = self.faults.name()
        row = {**found, **new}
        marks = ", ".join("?" * len(row))
        self._do(
            f"INSERT INTO `{self._table}` ({', '.join(f'`{name}`' for name in row)}) VALUES ({marks})", *row.values()
        )
        return self.report("missing", {**self.row, "id": new[self._key]})

    def update(self) -> Report | None:
        _, table = self._found()
        self._do(f"UPDATE `{table}` SET `{self._text}` = ? WHERE `{self._key}` = ?", "other", self.row["id"])
        return self.report("different")

    def byte(self) -> Report | None:
        found, table = self._found()
        value = self.faults.damaged(found[self._text] or "")
        if value is None:
            return None
        self._do(f"UPDATE `{table}` SET `{self._text}` = ? WHERE `{self._key}` = ?", value, self.row["id"])
        return self.report("different")

    def delete(self) -> Report | None:
        if self.entity.gone == "keep" or not self.row["active"]:
            return None  # what is forgotten there is history here
        _, table = self._found()
        self._do(f"DELETE FROM `{table}` WHERE `{self._key}` = ?", self.row["id"])
        return self.report("extra")

    def _found(self) -> tuple[Row, str]:
        for table in (self._table, f"shadow_{self._table}"):
            names = [row[1] for row in self._do(f"PRAGMA table_info(`{table}`)")]
            rows = self._do(f"SELECT * FROM `{table}` WHERE `{self._key}` = ?", self.row["id"]) if names else []
            for row in rows:
                return dict(zip(names, row, strict=True)), table
        raise AssertionError(f"{self.entity.name} {self.row['id']} is not at the source")

    def _do(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self._sample.execute(self._database, sql, parameters)
