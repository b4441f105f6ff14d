"""One instance of the sample cloud, and the marks that nova leaves of what happens to it.

Every save moves `updated_at`; the soft delete, which marks the children too, does not. Actions are never deleted,
only archived.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from reporting_pollster.demo.table import Database, Row
from reporting_pollster.demo.world import World

CHILDREN = (
    "instance_extra",
    "instance_metadata",
    "instance_system_metadata",
    "instance_faults",
    "block_device_mapping",
    "migrations",
)
"""Tables whose rows go with their instance, by instance_uuid."""


class Guest:
    """An instance in the cell that it is in."""

    def __init__(self, world: World, cell: str, row: Row) -> None:
        self.world = world
        self.dice = world.dice
        self.cell = cell
        self.row = row
        self.turn = 0

    @property
    def db(self) -> Database:
        """The database of its cell."""
        return self.world[self.cell]

    @property
    def uuid(self) -> str:
        """Its identifier everywhere outside its cell."""
        return str(self.row["uuid"])

    @property
    def extra(self) -> Row:
        """Its row in instance_extra."""
        return self.db["instance_extra"].where("instance_uuid", self.uuid)[0]

    def save(self, **values: object) -> None:
        """Write columns, as nova's objects do: `updated_at` moves, whatever was written."""
        self.db["instances"].change(self.row, updated_at=self.world.now, **values)

    def save_extra(self, **values: object) -> None:
        """The same for instance_extra."""
        self.db["instance_extra"].change(self.extra, updated_at=self.world.now, **values)

    def begin(self, action: str, begun: datetime | None = None) -> Row:
        """Somebody asks for something."""
        begun = begun or self.world.now
        return self.db["instance_actions"].insert(
            created_at=begun,
            updated_at=begun,
            action=action,
            instance_uuid=self.uuid,
            request_id=f"req-{self.dice.uuid()}",
            user_id=self.row["user_id"],
            project_id=self.row["project_id"],
            start_time=begun,
            deleted=0,
        )

    def finish(self, action: Row, *events: str, failed: bool = False, host: str | None = None) -> None:
        """It is done, or has failed: nova says so in the events alone, and the action's own finish_time stays empty."""
        now = self.world.now
        for event in events:
            self.db["instance_actions_events"].insert(
                created_at=action["start_time"],
                updated_at=now,
                event=event,
                action_id=action["id"],
                start_time=action["start_time"],
                finish_time=now,
                result="Error" if failed else "Success",
                host=host or self.row["host"] or f"ctrl-{self.cell}.demo.example",
                deleted=0,
            )
        message = "Error" if failed else None
        self.db["instance_actions"].change(action, updated_at=now, message=message)

    def record(self, action: str, *events: str, seconds: tuple[float, float] = (1, 15), failed: bool = False) -> None:
        """An action that ends now."""
        self.finish(self.begin(action, self.world.now - self.dice.seconds(*seconds)), *events, failed=failed)

    def unfinished(self, action: str) -> Row:
        """The last action of this name: the one that is still running."""
        rows = self.db["instance_actions"].where("instance_uuid", self.uuid)
        return next(row for row in reversed(rows) if row["action"] == action)

    def fault(self, code: int, message: str) -> None:
        """What went wrong."""
        self.db["instance_faults"].insert(
            created_at=self.world.now,
            instance_uuid=self.uuid,
            code=code,
            message=message,
            details="",
            host=self.row["host"],
            deleted=0,
        )

    def note(self, table: str, **pairs: str | None) -> None:
        """Write metadata of the user's or the system's."""
        for key, value in pairs.items():
            self.db[table].insert(created_at=self.world.now, instance_uuid=self.uuid, key=key, value=value, deleted=0)

    def vanish(self, delay: timedelta = timedelta()) -> None:
        """Soft-delete the instance and its children; no save, so `updated_at` stays."""
        when = self.world.now + delay
        for name in CHILDREN:
            for row in self.db[name].where("instance_uuid", self.uuid):
                if not row["deleted"]:
                    self.db[name].change(row, deleted=row["id"], deleted_at=when)
        for row in self.db["instance_id_mappings"].where("uuid", self.uuid):
            self.db["instance_id_mappings"].change(row, deleted=row["id"], deleted_at=when)
        self.db["instances"].change(self.row, deleted=self.row["id"], deleted_at=when)
