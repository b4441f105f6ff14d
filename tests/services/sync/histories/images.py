"""What glance does to its rows: every change moves updated_at, also a deletion; a purge is no change of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.services.sync.histories.world import Step, World

LIVING = "SELECT id FROM images WHERE deleted = 0 ORDER BY id"


class Images:
    """Random steps in glance."""

    tables = ("image",)

    def __init__(self, world: World) -> None:
        self._world = world

    def steps(self) -> Iterator[tuple[int, Step]]:
        """All steps with how often they are taken."""
        yield 4, self._queue
        yield 3, self._activate
        yield 2, self._share
        yield 3, self._delete
        yield 1, self._purge
        yield 1, self._vanish
        yield 2, self._queue_late

    def _queue(self) -> None:
        at, key = self._world.stamp(), self._world.life.name()
        self._world.cloud.insert(
            "glance", "images", id=key, name="debian", owner=self._world.project(), size=None, status="queued",
            created_at=at, updated_at=at, deleted=0, visibility="shared", min_disk=0, min_ram=0,
        )  # fmt: skip
        self._world.touched("image", key, at=at)

    def _activate(self) -> None:
        self._change(status="active", size=self._world.random.choice((1, 2**31, 2**40)), checksum="c" * 32)

    def _share(self) -> None:
        self._change(visibility=self._world.random.choice(("private", "public", "community")), protected=1)

    def _delete(self) -> None:
        at = self._world.stamp()
        self._change(at=at, deleted=1, deleted_at=at)

    def _purge(self) -> None:
        """glance-manage db purge_images_table."""
        for row in self._world.rows("glance", "SELECT id FROM images WHERE deleted = 1"):
            self._world.cloud.execute("glance", "DELETE FROM images WHERE id = %s", (row["id"],))
            self._world.loud.discard(("image", (row["id"],)))

    def _vanish(self) -> None:
        key = self._world.choose("image", "glance", LIVING)
        if key is not None:
            self._world.cloud.execute("glance", "DELETE FROM images WHERE id = %s", (key,))
            self._world.lost("image", key)

    def _queue_late(self) -> None:
        with self._world.late("glance"):
            self._queue()

    def _change(self, at: Any = None, **columns: Any) -> None:
        key = self._world.choose("image", "glance", LIVING)
        if key is not None:
            at = at or self._world.stamp()
            sets = ", ".join(f"{name} = %s" for name in ("updated_at", *columns))
            self._world.cloud.execute("glance", f"UPDATE images SET {sets} WHERE id = %s", (at, *columns.values(), key))
            self._world.touched("image", key, at=at)
