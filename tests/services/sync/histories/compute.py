"""What nova does to its rows, and its operators: instances, their actions and migrations, flavours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.services.sync.histories.world import Step, World
from tests.services.sync.life import flavour_text

LIVING = "SELECT uuid FROM instances WHERE deleted = 0 AND hidden = 0 ORDER BY id"
HOSTED = ("cell1", "cell2")


class Compute:
    """Random steps in nova_api and the cells. cell0 only holds instances that were never scheduled."""

    tables = ("instance", "instance_action", "migration", "flavour")

    def __init__(self, world: World) -> None:
        self._world = world
        self._life = world.life
        self._flavours = 1

    def steps(self) -> Iterator[tuple[int, Step]]:
        """All steps with how often they are taken."""
        yield 6, self._create
        yield 2, self._fail_to_create
        yield 5, self._save
        yield 3, self._change_silently
        yield 4, self._delete
        yield 2, self._delete_silently
        yield 2, self._delete_for_now
        yield 2, self._restore
        yield 3, self._resize
        yield 2, self._finish_resize
        yield 2, self._act
        yield 2, self._finish_action
        yield 2, self._archive
        yield 1, self._purge
        yield 1, self._vanish
        yield 2, self._move_to_another_cell
        yield 1, self._reuse_an_id
        yield 2, self._new_flavour
        yield 1, self._remake_flavour
        yield 1, self._drop_flavour
        yield 3, self._create_late
        yield 2, self._save_late
        yield 1, self._delete_late

    # -- instances

    def _create(self, cell: str | None = None) -> None:
        cell = cell or self._world.random.choice(HOSTED)
        at = self._world.stamp()
        key = self._life.instance(
            cell=cell, created=at, project_id=self._world.project(), instance_type_id=self._flavour()
        )
        self._world.touched("instance", key, at=at)
        self._begin_action(cell, key, "create", at)

    def _fail_to_create(self) -> None:
        at = self._world.stamp()
        key = self._life.instance(
            cell="cell0", created=at, updated_at=at, vm_state="error", host=None, node=None, availability_zone=None
        )
        self._world.touched("instance", key, at=at)

    def _save(self) -> None:
        if found := self._living():
            cell, key = found
            at = self._world.stamp()
            state = self._world.random.choice(("active", "stopped", "error", "shelved_offloaded"))
            name = self._world.random.choice(("web", "Web", "web ", "wéb", "db"))
            self._life.save(key, at, cell=cell, vm_state=state, display_name=name, launched_at=at)
            self._world.touched("instance", key, at=at)

    def _change_silently(self) -> None:
        """As an operator's UPDATE, or a write to metadata."""
        if found := self._living():
            cell, key = found
            self._life.silently(key, cell=cell, display_name=f"renamed {self._world.random.randrange(3)}")
            self._world.touched("instance", key)

    def _delete(self) -> None:
        if found := self._living():
            cell, key = found
            at = self._world.stamp()
            self._life.delete(key, at, cell=cell)
            self._world.touched("instance", key, at=at)

    def _delete_silently(self) -> None:
        """As it was building, or in cell0: no save before, no terminated_at."""
        if found := self._living():
            cell, key = found
            self._life.delete(key, self._world.stamp(), cell=cell, silent=True)
            self._world.touched("instance", key, at=self._world.clock.now)  # by the counts

    def _delete_for_now(self) -> None:
        if found := self._living():
            cell, key = found
            at = self._world.stamp()
            self._life.save(key, at, cell=cell, vm_state="soft-delete", deleted_at=at)
            self._world.touched("instance", key, at=at)

    def _restore(self) -> None:
        for cell in HOSTED:
            key = self._world.choose(
                "instance", f"nova_{cell}",
                "SELECT uuid FROM instances WHERE deleted = 0 AND vm_state = 'soft-delete' ORDER BY id",
            )  # fmt: skip
            if key:
                at = self._world.stamp()
                self._life.save(key, at, cell=cell, vm_state="active", deleted_at=None)
                self._world.touched("instance", key, at=at)

    def _vanish(self) -> None:
        """As an operator's DELETE, or a restored database."""
        if found := self._living():
            cell, key = found
            self._life.vanish(key, cell=cell)
            self._world.lost("instance", key)

    def _reuse_an_id(self) -> None:
        """The youngest vanishes, the server forgets its counter at a restart, and the next one takes the id."""
        cell = self._world.random.choice(HOSTED)
        name = f"nova_{cell}"
        (last,) = self._world.rows(
            name,
            "SELECT MAX(id) AS id, (SELECT MAX(id) FROM shadow_instances) AS archived FROM instances",
        )
        key = self._world.choose(
            "instance", name, f"SELECT uuid FROM instances WHERE id = {last['id'] or 0} AND deleted = 0 AND hidden = 0"
        )
        if key is None or (last["archived"] or 0) >= last["id"] or self._world.open:
            return
        self._life.vanish(key, cell=cell)
        self._world.lost("instance", key)
        at = self._world.stamp()
        self._world.touched("instance", self._life.instance(cell=cell, created=at, id=last["id"]), at=at)

    # -- resizes, and moves from cell to cell

    def _resize(self) -> None:
        if found := self._living(HOSTED):
            cell, key = found
            at, flavour = self._world.stamp(), self._flavour()
            number = self._world.cloud.insert(
                f"nova_{cell}", "migrations", uuid=self._life.name(), instance_uuid=key, status="migrating",
                migration_type="resize", old_instance_type_id=1, new_instance_type_id=flavour, created_at=at,
                deleted=0, source_compute="compute1", dest_compute="compute2",
            )  # fmt: skip
            self._world.touched("migration", number, cell, at=at)
            self._begin_action(cell, key, "resize", at)

    def _finish_resize(self) -> None:
        for cell in HOSTED:
            number = self._world.choose(
                "migration", f"nova_{cell}", "SELECT id FROM migrations WHERE status = 'migrating' ORDER BY id"
            )
            if number is None:
                continue
            at = self._world.stamp()
            self._world.cloud.execute(
                f"nova_{cell}",
                "UPDATE migrations SET status = 'confirmed', updated_at = %s WHERE id = %s",
                (at, number),
            )
            self._world.touched("migration", number, cell, at=at)
            key = self._world.choose(
                "instance", f"nova_{cell}",
                "SELECT uuid FROM instances WHERE deleted = 0 AND hidden = 0 AND uuid ="
                " (SELECT instance_uuid FROM migrations WHERE id = %s)", number,
            )  # fmt: skip
            if key:
                flavour = self._flavour()
                self._world.cloud.execute(
                    f"nova_{cell}", "UPDATE instance_extra SET flavor = %s, updated_at = %s WHERE instance_uuid = %s",
                    (flavour_text(flavour, f"m1.{flavour}"), at, key),
                )  # fmt: skip
                self._life.save(key, at, cell=cell, vcpus=4, memory_mb=4096, instance_type_id=flavour, host="compute2")
                self._world.touched("instance", key, at=at)

    def _move_to_another_cell(self) -> None:
        """A cross-cell resize: a hidden copy appears; then it is the instance, and the old one is deleted outright."""
        there, here = self._world.random.sample(HOSTED, 2)
        copies = {row["uuid"] for row in self._world.rows(f"nova_{there}", "SELECT uuid FROM instances WHERE hidden")}
        key = self._world.choose("instance", f"nova_{here}", LIVING)
        waiting = [key for key in copies if self._is_living(here, key)]
        at = self._world.stamp()
        if waiting:
            key = min(waiting)
            self._life.silently(key, cell=here, hidden=1)
            self._life.save(key, at, cell=there, hidden=0, vm_state="resized", host="compute9")
            self._life.vanish(key, cell=here)
            self._world.touched("instance", key)
        elif key is not None and key not in copies:
            self._life.instance(cell=there, uuid=key, created=at, hidden=1, host="compute9")

    def _is_living(self, cell: str, key: str) -> bool:
        name = f"nova_{cell}"
        taken = any(("instance", (key,)) in one.rows for one in self._world.open)
        return not taken and bool(
            self._world.rows(name, "SELECT id FROM instances WHERE uuid = %s AND deleted = 0 AND hidden = 0", key)
        )

    # -- actions

    def _begin_action(self, cell: str, key: str, action: str, at: datetime) -> None:
        number = self._world.cloud.insert(
            f"nova_{cell}", "instance_actions", instance_uuid=key, action=action, request_id=f"req-{key[:8]}",
            start_time=at, created_at=at, deleted=0, project_id="a" * 32,
        )  # fmt: skip
        self._world.touched("instance_action", number, cell, at=at)

    def _act(self) -> None:
        if found := self._living(HOSTED):
            self._begin_action(*found, self._world.random.choice(("stop", "start", "reboot")), self._world.stamp())

    def _finish_action(self) -> None:
        for cell in HOSTED:
            number = self._world.choose(
                "instance_action",
                f"nova_{cell}",
                "SELECT id FROM instance_actions WHERE finish_time IS NULL ORDER BY id",
            )
            if number is not None:
                at = self._world.stamp()
                self._world.cloud.execute(
                    f"nova_{cell}", "UPDATE instance_actions SET finish_time = %s, updated_at = %s WHERE id = %s",
                    (at, at, number),
                )  # fmt: skip
                self._world.touched("instance_action", number, cell)

    # -- what operators do

    def _archive(self) -> None:
        self._life.archive(cell=self._world.random.choice(("cell0", *HOSTED)))

    def _purge(self) -> None:
        self._life.purge(cell=self._world.random.choice(("cell0", *HOSTED)))

    # -- flavours

    def _flavour(self) -> int:
        """One that is there, or was."""
        return self._world.random.choice((1, *range(1, self._flavours + 1), 99))

    def _new_flavour(self) -> None:
        self._flavours += 1
        self._put_flavour(self._flavours, f"m1.{self._flavours}")

    def _remake_flavour(self) -> None:
        """What nova's panel calls editing: a new one of the same name."""
        row = self._any_flavour()
        if row is not None:
            self._drop(row["id"])
            self._flavours += 1
            self._put_flavour(self._flavours, row["name"], vcpus=8)

    def _drop_flavour(self) -> None:
        row = self._any_flavour()
        if row is not None:
            self._drop(row["id"])

    def _any_flavour(self) -> dict[str, object] | None:
        found = self._world.rows("nova_api", "SELECT id, name FROM flavors WHERE id > 1 ORDER BY id")
        return self._world.random.choice(found) if found else None

    def _put_flavour(self, number: int, name: str, vcpus: int = 2) -> None:
        put, at = self._world.cloud.insert, self._world.stamp()
        put("nova_api", "flavors", id=number, flavorid=f"uuid-{number}", name=name, memory_mb=2048, vcpus=vcpus,
            root_gb=20, ephemeral_gb=0, is_public=1, created_at=at)  # fmt: skip
        put("nova_api", "flavor_extra_specs", flavor_id=number, key="hw:cpu_policy", value="dedicated", created_at=at)

    def _drop(self, number: object) -> None:
        self._world.cloud.execute("nova_api", "DELETE FROM flavor_extra_specs WHERE flavor_id = %s", (number,))
        self._world.cloud.execute("nova_api", "DELETE FROM flavors WHERE id = %s", (number,))

    # -- transactions that stay open

    def _create_late(self) -> None:
        cell = self._world.random.choice(HOSTED)
        with self._world.late(f"nova_{cell}"):
            self._create(cell)

    def _save_late(self) -> None:
        if found := self._living():
            cell, key = found
            at = self._world.stamp()
            with self._world.late(f"nova_{cell}"):
                self._life.save(key, at, cell=cell, vm_state="paused")
                self._world.touched("instance", key, at=at)

    def _delete_late(self) -> None:
        if found := self._living():
            cell, key = found
            with self._world.late(f"nova_{cell}"):
                self._life.delete(key, self._world.stamp(), cell=cell)
                self._world.touched("instance", key)

    # -- choices

    def _living(self, cells: tuple[str, ...] = ("cell0", *HOSTED)) -> tuple[str, str] | None:
        for cell in self._world.random.sample(cells, len(cells)):
            key = self._world.choose("instance", f"nova_{cell}", LIVING)
            if key is not None:
                return cell, key
        return None
