"""Heat of the sample cloud: stacks with the stacks nested in them.

A deleted stack keeps its row and has nothing but `deleted_at` to show it. Nested ones belong to their owner and are not
the user's; a backup stack exists for as long as an update runs.
"""

from __future__ import annotations

from datetime import timedelta

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import World


class Stacks:
    """Heat's stacks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["heat"]

    def create(self, project_id: str, name: str, nested: int) -> Row:
        """A stack and those inside it."""
        top = self._add(project_id, name, None)
        for number in range(nested):
            self._add(project_id, f"{name}-nodes-{number}-{self.dice.hex(12)}", top)
        self.world.counts["stacks created"] += 1
        return top

    def update(self, stack: Row) -> None:
        """A stack is changed and gets one more stack inside."""
        self._add(stack["tenant"], f"{stack['name']}-nodes-{self.dice.hex(12)}", stack)
        self._set(stack, "UPDATE")

    def delete(self, stack: Row) -> None:
        """A stack goes with all that is in it."""
        for row in (*self.db["stack"].where("owner_id", stack["id"]), stack):
            if not row["deleted_at"]:
                self._set(row, "DELETE", deleted_at=self.world.now)
        self.world.counts["stacks deleted"] += 1

    def tops(self) -> list[Row]:
        """Living stacks of users."""
        rows = self.db["stack"].where("owner_id", None)
        return [row for row in rows if not row["deleted_at"] and not row["backup"]]

    def back_up(self, stack: Row) -> Row:
        """An update keeps the old resources in a second stack of the same name."""
        return self._add(stack["tenant"], f"{stack['name']}*", stack, backup=True)

    def _add(self, project_id: str, name: str, owner: Row | None, *, backup: bool = False) -> Row:
        asked = self.world.now - timedelta(seconds=self.dice.number(5, 50))
        template = self.db["raw_template"].insert(created_at=asked, template='{"heat_template_version": "2021-04-16"}')
        failed = self.dice.chance(0.04)
        return self.db["stack"].insert(
            id=self.dice.uuid(),
            created_at=asked,
            updated_at=self.world.now,
            name=name,
            raw_template_id=template["id"],
            owner_id=owner["id"] if owner else None,
            nested_depth=1 if owner else 0,
            action="CREATE",
            status="FAILED" if failed else "COMPLETE",
            status_reason="Resource CREATE failed: NoValidHost" if failed else "Stack CREATE completed successfully",
            timeout=60,
            tenant=project_id,
            disable_rollback=True,
            backup=backup,
            convergence=True,
        )

    def _set(self, stack: Row, action: str, **values: object) -> None:
        reason = f"Stack {action} completed successfully"
        self.db["stack"].change(
            stack, updated_at=self.world.now, action=action, status="COMPLETE", status_reason=reason, **values
        )
