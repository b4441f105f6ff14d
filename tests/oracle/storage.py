"""A day of volumes, snapshots, images and floating IPs: rows as the services write them, messages, and the truth.

The day has slots with a poll after each. In a slot at most one thing is done to a resource, and that may go on over
the poll; then nothing more is done to it before the next one. So whatever becomes of a message, the row tells the same.

What counts as the truth is what the messages say: a change is at the time of its message, a creation, first launch or
end where the payload has its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from tests.openstack import Cloud
from tests.oracle.journal import at
from tests.oracle.wire import body

SLOT = 5 * 3600
SLOTS = 5
TYPES = ("c0ffee00-0000-0000-0000-000000000001", "c0ffee00-0000-0000-0000-000000000002")
PROJECTS = ("a" * 32, "b" * 32)
GIB = 2**30

Being = tuple[Any, ...]
Write = Callable[[Cloud], object]


class Message(NamedTuple):
    """A body, and when it was sent."""

    sent: datetime
    body: bytes


class Resource:
    """One resource: what is written, sent and true of it, in order of time."""

    table = ""

    def __init__(self, number: int, random: Random, *, renamed: bool) -> None:
        self.renamed = renamed
        self.id = str(UUID(int=int.from_bytes(self.table.encode(), "big") % 2**64 * 2**32 + number))
        self.random = random
        self.writes: list[tuple[int, Write]] = []
        self.messages: list[Message] = []
        self.truth: list[tuple[int, Being]] = []
        self.ended: int | None = None
        self.is_there = False
        self.row: dict[str, Any] = {}
        self.second = 0

    def live(self) -> None:
        """One thing in each slot, but for those in which the last thing goes on, and some rest."""
        for slot in range(SLOTS):
            begin = slot * SLOT
            if self.second >= begin or self.random.random() < 0.15:
                continue
            self.second = begin + self.random.choice(
                (self.random.randint(60, SLOT - 600), SLOT - self.random.randint(1, 20))
            )
            if not self.is_there and self.ended is None:
                self.is_there = True
                self.begin()
            elif self.ended is None:
                self.random.choice([*self._possible(), *self._possible(), self.end])()

    def begin(self) -> None:
        raise NotImplementedError

    def steps(self) -> list[Callable[[], None]]:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def being(self) -> Being:
        raise NotImplementedError

    # -- helpers

    def _possible(self) -> list[Callable[[], None]]:
        return [each for each in self.steps() if self.renamed or each.__name__ != "rename"]

    def work(self, most: int = 30) -> None:
        """It takes a while."""
        self.second += self.random.randint(1, most)

    def write(self, database: str, table: str, **values: Any) -> None:
        """A save of its row."""
        sets = ", ".join(f"`{name}` = %s" for name in values)
        known = (*values.values(), self.id)
        sql = f"UPDATE `{table}` SET {sets} WHERE id = %s"
        self.writes.append((self.second, lambda cloud: cloud.execute(database, sql, known)))

    def send(self, event: str, payload: Any) -> None:
        """A message, up to two seconds after what was done; the truth follows it."""
        sent = self.second + self.random.choice((0, 0, 1, 2))
        publisher = f"{event.split('.')[0]}.host"
        moment = at(sent) + timedelta(microseconds=self.random.randrange(10**6))
        self.messages.append(Message(moment, body(event, moment, payload, publisher=publisher)))
        self.become(sent)

    def become(self, second: int) -> None:
        self.truth.append((second, self.being()))

    def spans(self) -> list[tuple[datetime, datetime | None, Being]]:
        """The truth, as periods tell it."""
        found: list[tuple[int, Being]] = []
        for second, being in sorted(self.truth, key=lambda each: each[0]):
            if not found or found[-1][1] != being:
                found.append((second, being))
        ends = [*(second for second, _being in found[1:]), self.ended]
        return [
            (at(begin), None if end is None else at(end), being)
            for (begin, being), end in zip(found, ends, strict=True)
        ]  # fmt: skip


class VolumeLife(Resource):
    table = "volume"

    def begin(self) -> None:
        self.row = {
            "project_id": self.random.choice(PROJECTS), "user_id": "u" * 32, "size": 10, "status": "creating",
            "attach_status": "detached", "display_name": "data", "availability_zone": "az1", "deleted": 0,
            "created_at": at(self.second), "volume_type_id": TYPES[0], "launched_at": None, "use_quota": 1,
        }  # fmt: skip
        self.attached: str | None = None
        self._attachments = 0
        first = dict(self.row)
        self.writes.append((self.second, lambda cloud: cloud.insert("cinder", "volumes", id=self.id, **first)))
        created = self.second
        self.work()
        self.save(status="available", launched_at=at(self.second))
        launched = self.second
        self.send("volume.create.end", self.payload())
        self.truth[-1:] = [(created, ("creating", *self.being()[1:])), (launched, self.being())]

    def steps(self) -> list[Callable[[], None]]:
        return [self.detach if self.attached else self.attach, self.extend, self.retype, self.transfer, self.rename]

    def attach(self) -> None:
        self._attachments += 1
        key = self.attached = str(UUID(int=UUID(self.id).int + self._attachments * 2**16))
        self.save(status="attaching")
        row = {"instance_uuid": str(UUID(int=1)), "attach_status": "reserved", "created_at": at(self.second)}
        self.writes.append((
            self.second,
            lambda cloud: cloud.insert("cinder", "volume_attachment", id=key, volume_id=self.id, deleted=0, **row),
        ))  # fmt: skip
        self.work()
        self._attachment(attach_status="attached", attach_time=at(self.second), updated_at=at(self.second))
        self.save(status="in-use", attach_status="attached")
        self.send("volume.attach.end", self.payload())

    def detach(self) -> None:
        self.save(status="detaching")
        self.work()
        now = at(self.second)
        self._attachment(attach_status="detached", detach_time=now, deleted_at=now, deleted=1, updated_at=now)
        self.attached = None
        self.save(status="available", attach_status="detached")
        self.send("volume.detach.end", self.payload())

    def extend(self) -> None:
        before = self.row["status"]
        self.save(status="extending")
        self.work()
        self.save(status=before, size=self.row["size"] + self.random.randint(1, 50))
        self.send("volume.resize.end", self.payload())

    def retype(self) -> None:
        before = self.row["status"]
        self.save(status="retyping")
        self.work()
        self.save(status=before, volume_type_id=TYPES[self.row["volume_type_id"] == TYPES[0]])
        self.send("volume.retype", self.payload())

    def transfer(self) -> None:
        if self.attached:
            self.extend()
            return
        self.save(status="awaiting-transfer")
        stale = {**self.payload(), "status": "available"}
        moment = at(self.second)
        self.messages.append(Message(moment, body("volume.transfer.create.end", moment, stale, publisher="volume.c")))
        self.work()
        self.save(status="available", project_id=PROJECTS[self.row["project_id"] == PROJECTS[0]])
        self.send("volume.transfer.accept.end", {**self.payload(), "status": "awaiting-transfer"})

    def rename(self) -> None:
        self.save(display_name=f"data {self.second}")
        self.send("volume.update.end", self.payload())

    def end(self) -> None:
        if self.attached:
            self.detach()
            return
        self.save(status="deleting", terminated_at=at(self.second))
        self.work()
        self.save(status="deleted", deleted=1, deleted_at=at(self.second), saved=False)
        self.row["status"] = "deleting"
        last = self.being()
        self.send("volume.delete.end", self.payload())
        self.ended = self.truth.pop()[0]
        assert self.truth[-1][1] == last

    def save(self, *, saved: bool = True, **values: Any) -> None:
        self.row.update(values)
        updated = {"updated_at": at(self.second)} if saved else {}
        self.write("cinder", "volumes", **values, **updated)

    def _attachment(self, **values: Any) -> None:
        sets = ", ".join(f"`{name}` = %s" for name in values)
        known = (*values.values(), self.attached)
        sql = f"UPDATE volume_attachment SET {sets} WHERE id = %s"
        self.writes.append((self.second, lambda cloud: cloud.execute("cinder", sql, known)))

    def payload(self) -> dict[str, Any]:
        held = [{"id": self.attached, "instance_uuid": str(UUID(int=1)), "attach_status": "attached"}]
        return {
            "tenant_id": self.row["project_id"], "user_id": self.row["user_id"], "availability_zone": "az1",
            "volume_id": self.id, "volume_type": self.row["volume_type_id"], "display_name": self.row["display_name"],
            "created_at": f"{self.row['created_at'].isoformat()}+00:00", "size": self.row["size"],
            "launched_at": f"{(self.row['launched_at'] or at(self.second)).isoformat()}+00:00",
            "status": self.row["status"], "volume_attachment": held if self.attached else [],
        }  # fmt: skip

    def being(self) -> Being:
        state = "in-use" if self.attached else "available"
        row = self.row
        return state, True, row["size"], row["volume_type_id"], self.attached is not None, row["project_id"], "az1"


class SnapshotLife(Resource):
    table = "snapshot"

    def begin(self) -> None:
        self.row = {
            "project_id": PROJECTS[0], "user_id": "u" * 32, "volume_id": str(UUID(int=5)), "volume_size": 10,
            "status": "creating", "created_at": at(self.second), "deleted": 0, "volume_type_id": TYPES[0],
            "use_quota": 1,
        }  # fmt: skip
        first, created = dict(self.row), self.second
        self.writes.append((self.second, lambda cloud: cloud.insert("cinder", "snapshots", id=self.id, **first)))
        self.work()
        self.row["status"] = "available"
        self.write("cinder", "snapshots", status="available", updated_at=at(self.second))
        self.send("snapshot.create.end", self.payload())
        self.truth[-1:] = [(created, self.being())]

    def steps(self) -> list[Callable[[], None]]:
        return [self.rename]

    def rename(self) -> None:
        self.write("cinder", "snapshots", display_name=f"copy {self.second}", updated_at=at(self.second))
        self.send("snapshot.update.end", self.payload())

    def end(self) -> None:
        self.write("cinder", "snapshots", status="deleting", updated_at=at(self.second))
        self.work()
        self.write("cinder", "snapshots", status="deleted", deleted=1, deleted_at=at(self.second))
        self.row["status"] = "deleting"
        self.send("snapshot.delete.end", {**self.payload(), "deleted": ""})
        self.ended = self.truth.pop()[0]

    def payload(self) -> dict[str, Any]:
        return {
            "tenant_id": self.row["project_id"], "user_id": self.row["user_id"], "availability_zone": "az1",
            "volume_id": self.row["volume_id"], "snapshot_id": self.id, "volume_size": self.row["volume_size"],
            "display_name": "copy", "status": self.row["status"], "deleted": "", "metadata": "{}",
            "created_at": f"{self.row['created_at'].isoformat()}+00:00",
        }  # fmt: skip

    def being(self) -> Being:
        return "available", True, self.row["volume_size"], self.row["project_id"]


class ImageLife(Resource):
    table = "image"

    def begin(self) -> None:
        self.row = {
            "owner": self.random.choice(PROJECTS), "name": "deb", "size": None, "status": "queued", "deleted": 0,
            "created_at": at(self.second), "updated_at": at(self.second), "visibility": "private", "min_disk": 0,
            "min_ram": 0, "deleted_at": None,
        }  # fmt: skip
        first = dict(self.row)
        self.writes.append((self.second, lambda cloud: cloud.insert("glance", "images", id=self.id, **first)))
        created = self.second
        self.send("image.create", self.payload())
        self.second += 3
        self.work()
        self.row["size"] = self.random.randint(1, 9) * GIB
        self.truth[-1:] = [(created, self.being())]  # nobody tells that it had no size, and it is no use yet
        self.row["status"] = "active"
        self.write("glance", "images", size=self.row["size"], status="active", updated_at=at(self.second))
        sent = self.second + self.random.choice((0, 1, 2))
        for event in ("image.upload", "image.activate"):
            self.messages.append(Message(at(sent), body(event, at(sent), self.payload(), publisher="image.localhost")))
        self.become(sent)

    def steps(self) -> list[Callable[[], None]]:
        return [self.turn, self.rename]

    def turn(self) -> None:
        self.row["status"] = "deactivated" if self.row["status"] == "active" else "active"
        self.write("glance", "images", status=self.row["status"], updated_at=at(self.second))
        self.send("image.update", self.payload())

    def rename(self) -> None:
        self.write("glance", "images", name=f"deb {self.second}", updated_at=at(self.second))
        self.send("image.update", self.payload())

    def end(self) -> None:
        now = at(self.second)
        self.row |= {"deleted_at": now}
        self.write("glance", "images", deleted=1, deleted_at=now, updated_at=now)
        self.send("image.delete", {**self.payload(), "deleted": True, "status": "deleted"})
        self.truth.pop()
        self.ended = self.second

    def payload(self) -> dict[str, Any]:
        gone = self.row["deleted_at"]
        return {
            "id": self.id, "owner": self.row["owner"], "name": "deb", "size": self.row["size"], "is_public": False,
            "status": self.row["status"], "visibility": "private", "created_at": f"{self.row['created_at']}Z",
            "deleted": False, "deleted_at": None if gone is None else f"{gone}Z", "properties": {}, "tags": [],
        }  # fmt: skip

    def being(self) -> Being:
        used = self.row["status"] in {"active", "deactivated"}
        return self.row["status"], used, self.row["size"], self.row["owner"]


class AddressLife(Resource):
    table = "floating_ip"

    def begin(self) -> None:
        number = UUID(self.id).int % 2**30
        self.row = {"project_id": PROJECTS[0], "floating_ip_address": f"203.0.113.{number % 250}", "port_id": None}
        self._created, self._standard = at(self.second), number
        created, address = self._created, self.row["floating_ip_address"]

        def insert(cloud: Cloud) -> None:
            cloud.insert("neutron", "standardattributes", id=number, resource_type="floatingips", created_at=created,
                         updated_at=created)  # fmt: skip
            cloud.insert("neutron", "floatingips", id=self.id, project_id=PROJECTS[0], floating_ip_address=address,
                         floating_network_id=str(UUID(int=3)), floating_port_id=self.id, standard_attr_id=number,
                         status="DOWN")  # fmt: skip

        self.writes.append((self.second, insert))
        self.send("floatingip.create.end", {"floatingip": self.payload()})
        self.truth[-1:] = [((self.second), self.being())]

    def steps(self) -> list[Callable[[], None]]:
        return [self.turn]

    def turn(self) -> None:
        self.row["port_id"] = None if self.row["port_id"] else str(UUID(int=UUID(self.id).int + 1))
        self.write("neutron", "floatingips", fixed_port_id=self.row["port_id"])
        self._touch()
        self.send("floatingip.update.end", {"floatingip": self.payload()})

    def end(self) -> None:
        for table, key in (("floatingips", self.id), ("standardattributes", self._standard)):
            self.writes.append((self.second, _deletion("neutron", table, key)))
        self.send("floatingip.delete.end", {"floatingip_id": self.id, "floatingip": {}})
        self.ended = self.truth.pop()[0]

    def _touch(self) -> None:
        values = (at(self.second), self._standard)
        sql = "UPDATE standardattributes SET updated_at = %s WHERE id = %s"
        self.writes.append((self.second, lambda cloud: cloud.execute("neutron", sql, values)))

    def payload(self) -> dict[str, Any]:
        return {"id": self.id, **self.row, "tenant_id": self.row["project_id"], "status": "DOWN",
                "created_at": f"{self._created.isoformat()}Z"}  # fmt: skip

    def being(self) -> Being:
        attached = self.row["port_id"] is not None
        state = "attached" if attached else "reserved"
        return state, True, self.row["floating_ip_address"], attached, self.row["project_id"]


def _deletion(database: str, table: str, key: object) -> Write:
    return lambda cloud: cloud.execute(database, f"DELETE FROM `{table}` WHERE id = %s", (key,))


VALUES: Mapping[str, tuple[str, ...]] = {
    "volume": ("state", "in_use", "size", "volume_type", "attached", "project_id", "availability_zone"),
    "snapshot": ("state", "in_use", "size", "project_id"),
    "image": ("state", "in_use", "size", "project_id"),
    "floating_ip": ("state", "in_use", "address", "attached", "project_id"),
}


def storage(seed: int, *, each: int = 4, renamed: bool = False) -> Iterator[Resource]:
    """Some of each kind; they are `renamed` as well, which saves rows and changes nothing that periods tell."""
    random = Random(f"storage {seed}")
    for kind in (VolumeLife, SnapshotLife, ImageLife, AddressLife):
        for number in range(1, each + 1):
            resource = kind(number, random, renamed=renamed)
            resource.live()
            yield resource
