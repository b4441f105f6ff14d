"""Resizes and cold migrations: confirmed, reverted, left alone, tried twice, failed; within a cell and across."""

from __future__ import annotations

from tests.oracle.journal import Key, at
from tests.oracle.server import SIZES, Server, Size

OTHER_CELL = {"cell1": "cell2", "cell2": "cell1"}


class Resize:
    """One that is under way or waits for its confirmation."""

    def __init__(self, server: Server, *, cross_cell: bool = False) -> None:
        self.server, self.cross_cell = server, cross_cell
        self.before, self.host_before, self.state_before = server.size, server.host, server.state
        self.is_migration = not cross_cell and server.random.random() < 0.25
        self.after = server.size if self.is_migration else self._another_size()
        self.action: Key
        self.migration: Key
        self.source: tuple[Key, Key, Key] | None = None  # instance, extra and migration in the cell that it leaves

    def run(self) -> None:
        """Until it waits for confirmation."""
        server = self.server
        server.save(task_state="resize_prep")
        self.action = server.request("migrate" if self.is_migration else "resize")
        while server.random.random() < 0.15:  # a host that can't; there will be another
            self._try()
            server.set_status(self.migration, "error")
            server.event(self.action)
        self._try()
        for status in ("migrating", "post-migrating"):
            server.pass_time(0, 120)
            server.set_status(self.migration, status)
        if self.cross_cell:
            self._copy_to_other_cell()
        server.move(self.dest)
        if not self.is_migration:
            server.take_size(self.after)
        server.pass_time(1, 30)
        server.set_status(self.migration, "finished")
        server.launch(vm_state="resized", task_state=None)
        if self.source:
            self._swap(self.source[0], server.instance)
        server.settle()
        server.finish(self.action)
        server.truth.become(server.second, flavour=self.after.id)

    def confirm(self) -> None:
        """By the user, or by the host's periodic task, which asks for the same."""
        server = self.server
        server.set_status(self.migration, "confirming")
        action = server.request("confirmResize")
        server.pass_time(1, 20)
        server.set_status(self.migration, "confirmed")
        server.save(vm_state=self.state_before, task_state=None)
        if self.source:
            for key in self.source:
                server.journal.delete(server.second, key)
        server.settle()
        server.finish(action)

    def revert(self) -> None:
        server = self.server
        server.save(task_state="resize_reverting")
        server.set_status(self.migration, "reverting")
        action = server.request("revertResize")
        server.pass_time(2, 60)
        if self.source:
            action = self._go_back(action)
        server.move(self.host_before)
        if not self.is_migration:
            server.take_size(self.before)
        server.pass_time(1, 30)
        server.launch(task_state=None)
        server.set_status(self.migration, "reverted")
        server.save(vm_state=self.state_before, task_state=None)
        server.settle()
        server.finish(action)
        server.truth.become(server.second, flavour=self.before.id)

    def _another_size(self) -> Size:
        return self.server.random.choice([size for size in SIZES if size != self.server.size])

    def _try(self) -> None:
        server = self.server
        self.dest = server.host if server.random.random() < 0.1 and not self.cross_cell else server.other_host()
        self.migration = server.migration(
            "migration" if self.is_migration else "resize", "pre-migrating", self.after, self.dest,
            cross_cell_move=int(self.cross_cell),
        )  # fmt: skip
        server.pass_time(0, 10)

    # -- from cell to cell

    def _copy_to_other_cell(self) -> None:
        """A hidden copy of the instance, its migration and its actions; of these `updated_at` goes astray."""
        server, journal = self.server, self.server.journal
        self.source = (server.instance, server.extra, self.migration)
        here, server.cell = server.cell, OTHER_CELL[server.cell]
        server.instance = self._copy(server.instance, hidden=1)
        server.extra = self._copy(server.extra)
        self.migration = self._copy(self.migration)
        for key in journal.keys("instance_actions"):
            row = journal.current(key)
            if key[0] == here and row["instance_uuid"] == server.uuid:
                copied = self._copy(key, updated_at=row["start_time"])
                if key == self.action:
                    self.action = copied

    def _go_back(self, action: Key) -> Key:
        """The copy is deleted outright, and the revert goes on in the cell that the instance came from."""
        server = self.server
        assert self.source is not None
        gone = (server.instance, server.extra, self.migration)
        server.cell = self.source[0][0]
        copied = self._copy(action)
        self._swap(server.instance, self.source[0])
        server.instance, server.extra, self.migration = self.source
        server.set_status(self.migration, "reverting")
        for key in gone:
            server.journal.delete(server.second, key)
        self.source = None
        return copied

    def _copy(self, key: Key, **changes: object) -> Key:
        row = {name: value for name, value in self.server.journal.current(key).items() if name != "id"}
        return self.server.journal.insert(self.server.second, self.server.cell, key[1], **{**row, **changes})

    def _swap(self, hide: Key, show: Key) -> None:
        now = {"updated_at": at(self.server.second)}
        self.server.journal.update(self.server.second, show, hidden=0, **now)
        self.server.journal.update(self.server.second, hide, hidden=1, **now)
