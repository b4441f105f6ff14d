"""A cloud of many lives, written into nova's own tables up to any instant; and what its operators do to old rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.openstack import Cloud
from tests.oracle.journal import Write
from tests.oracle.lifecycle import Lifecycle
from tests.services.sync.life import Life

Key = tuple[int, str, str, int]  # which life, cell, table, id there


class Replay:
    """Rows get their ids when they are written, as servers count, and keep them."""

    def __init__(self, cloud: Cloud, lives: Sequence[Lifecycle]) -> None:
        self._cloud = cloud
        self.life = Life(cloud)
        self.life.region()
        self._ids: dict[Key, int] = {}
        writes = [(write.second, number, write) for number, life in enumerate(lives) for write in life.journal.writes()]
        self._waiting: list[tuple[int, Write]] = [
            (number, write) for _second, number, write in sorted(writes, key=lambda each: each[0])
        ]

    def play(self, until: int) -> None:
        """Write what was written until the end of a second; of several writes to a row only the outcome."""
        changed: dict[Key, dict[str, Any] | None] = {}
        place = 0
        for number, write in self._waiting:
            if write.second > until:
                break
            place += 1
            key = (number, *write.key)
            before = changed.get(key) or {}
            changed[key] = None if write.values is None else {**before, **write.values}
        del self._waiting[:place]
        for key, row in changed.items():
            self._write(key, row)

    def archive(self) -> None:
        for cell in self.life.cells:
            self.life.archive(cell=cell)

    def purge(self) -> None:
        for cell in self.life.cells:
            self.life.purge(cell=cell)

    def _write(self, key: Key, row: dict[str, Any] | None) -> None:
        _number, cell, table, _id = key
        database, known = f"nova_{cell}", self._ids.get(key)
        if row is None:
            if known is not None:
                self._cloud.execute(database, f"DELETE FROM `{table}` WHERE id = %s", (known,))
            return
        values = {name: value for name, value in row.items() if name not in {"id", "deleted"}}
        if known is None:
            known = self._ids[key] = self._cloud.insert(database, table, **values, deleted=0)
        elif values:
            sets = ", ".join(f"`{name}` = %s" for name in values)
            self._cloud.execute(database, f"UPDATE `{table}` SET {sets} WHERE id = %s", (*values.values(), known))
        if row.get("deleted"):
            self._cloud.execute(database, f"UPDATE `{table}` SET deleted = id WHERE id = %s", (known,))
