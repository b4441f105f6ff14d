"""Periods that follow from notifications alone: every boundary is exact to the second, in whatever order they come."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from reporting_pollster.domain.notification import decode, meaning
from reporting_pollster.services.derive import follow
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.engine import utc_now, writing
from reporting_pollster.store.events import record
from tests.pollster import REGION, Pollster
from tests.stores import engine_of

SERVER, VOLUME, ADDRESS = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40001", "5b7e9d60-1111-4c0a-8d5b-b0a5b9a40002", "f1"
_numbers = itertools.count(1)


class Told(Pollster):
    """A reporting database that nothing is read into: notifications tell all."""

    def __init__(self, url: str) -> None:
        self.engine = engine_of(url)
        self.sources = Cloud(REGION, {}, {})

    def hear(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            notification = decode(body)
            said = [(notification.message_id, told) for told in meaning(notification).told]
            with writing(self.engine) as connection:
                record(connection, REGION, utc_now(connection), said)

    def periods(self, table: str, resource: str) -> list[tuple[Any, ...]]:
        follow(self.sources, self.engine)
        rows = sorted(self.rows(table, id=resource, known_to=None), key=lambda row: row["valid_from"])
        return [(f"{row['valid_from']:%d %H:%M:%S}", row["state"], row["valid_to"]) for row in rows]


@pytest.fixture
def told(ready_store_url: str) -> Iterator[Told]:
    told = Told(ready_store_url)
    yield told
    told.close()


def message(event: str, sent: str, payload: dict[str, Any], publisher: str = "compute.cmp1") -> bytes:
    inner = {
        "message_id": f"5d0c7b1e-0001-4b7e-9f00-{next(_numbers):012}", "publisher_id": publisher, "event_type": event,
        "priority": "INFO", "timestamp": f"2026-03-{sent}.500000", "payload": payload,
    }  # fmt: skip
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)}).encode()


def server(event: str, sent: str, **changes: Any) -> bytes:
    payload = {
        "tenant_id": "aa11", "user_id": "bb22", "instance_id": SERVER, "display_name": "web1", "hostname": "web1",
        "instance_type": "m1.small", "instance_type_id": 7, "instance_flavor_id": "2", "memory_mb": 2048, "vcpus": 1,
        "disk_gb": 20, "root_gb": 20, "ephemeral_gb": 0, "host": "cmp1", "node": "cmp1", "availability_zone": "az1",
        "created_at": "2026-03-01 10:00:00+00:00", "launched_at": "2026-03-01T10:00:40.000000", "terminated_at": "",
        "deleted_at": "", "image_ref_url": "http://img:9292/images/33aa", "state": "active", "state_description": "",
        "image_meta": {"os_distro": "debian"}, "metadata": {},
    }  # fmt: skip
    return message(event, sent, {**payload, **changes})


LARGE = {"instance_type": "m1.large", "instance_type_id": 9, "instance_flavor_id": "4", "memory_mb": 8192, "vcpus": 4}
LIFE = [
    server("compute.instance.create.end", "01 10:00:41"),
    server("compute.instance.power_off.end", "01 12:00:00", state="stopped"),
    server("compute.instance.power_on.end", "01 13:00:00"),
    server("compute.instance.finish_resize.end", "02 09:00:00", state="resized", host="cmp2", **LARGE),
    server("compute.instance.resize.confirm.end", "02 09:05:00", host="cmp2", **LARGE),
    server("compute.instance.exists", "02 12:00:00", host="cmp2", **LARGE),
    server(
        "compute.instance.delete.end", "03 08:00:02", host="cmp2", state="deleted",
        terminated_at="2026-03-03T08:00:00.000000", deleted_at="2026-03-03T08:00:01.000000", **LARGE,
    ),
]  # fmt: skip
PERIODS = [
    ("01 10:00:00", "building", "01 10:00:40"),
    ("01 10:00:40", "active", "01 12:00:00"),
    ("01 12:00:00", "stopped", "01 13:00:00"),
    ("01 13:00:00", "active", "02 09:00:00"),
    ("02 09:00:00", "active", "03 08:00:00"),
    ("03 08:00:00", "deleting", "03 08:00:01"),
]


def brief(periods: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(start, state, end and f"{end:%d %H:%M:%S}") for start, state, end in periods]


def test_a_server_lives_to_the_second(told: Told) -> None:
    told.hear(LIFE)

    assert brief(told.periods("instance_period", SERVER)) == PERIODS
    rows = sorted(told.rows("instance_period", known_to=None), key=lambda row: row["valid_from"])
    assert [row["vcpus"] for row in rows] == [1, 1, 1, 1, 4, 4]
    assert {row["valid_from_origin"] for row in rows} == {"notification"}
    assert {(row["project_id"], row["created_by"]) for row in rows} == {("aa11", "bb22")}
    assert [row["host"] for row in rows][1:] == ["cmp1", "cmp1", "cmp1", "cmp2", "cmp2"]


@pytest.mark.parametrize("seed", range(3))
def test_order_and_repeats_change_nothing(told: Told, seed: int) -> None:
    import random

    rand = random.Random(seed)
    bodies = [*LIFE, *rand.choices(LIFE, k=4)]
    rand.shuffle(bodies)
    for body in bodies:
        told.hear([body])
        told.periods("instance_period", SERVER)

    assert brief(told.periods("instance_period", SERVER)) == PERIODS


def test_a_creation_told_after_the_end_opens_nothing(told: Told) -> None:
    told.hear(LIFE[-1:])
    told.hear(LIFE[:1])

    *_others, last = told.periods("instance_period", SERVER)
    assert last[2] == datetime(2026, 3, 3, 8, 0, 1)


def test_what_only_a_heartbeat_shows_is_an_estimate(told: Told) -> None:
    told.hear([LIFE[0], LIFE[5]])  # the resize was lost

    told.periods("instance_period", SERVER)
    row = max(told.rows("instance_period", known_to=None), key=lambda row: row["valid_from"])
    assert (row["vcpus"], row["valid_from_origin"]) == (4, "estimate")
    assert row["valid_from_earliest"] == datetime(2026, 3, 1, 10, 0, 40)
    assert row["valid_from_latest"] == datetime(2026, 3, 2, 12, 0, 0)


def volume(event: str, sent: str, **changes: Any) -> bytes:
    payload = {
        "tenant_id": "aa11", "user_id": "bb22", "availability_zone": "nova", "volume_id": VOLUME, "size": 20,
        "volume_type": "77ee", "display_name": "data1", "launched_at": "2026-03-01T11:00:03+00:00",
        "created_at": "2026-03-01T11:00:00+00:00", "status": "available", "volume_attachment": [],
    }  # fmt: skip
    return message(event, sent, {**payload, **changes}, "volume.blk1@ceph")


def test_a_volume_is_attached_grows_moves_and_goes(told: Told) -> None:
    held = [{"id": "a1", "volume_id": VOLUME, "instance_uuid": SERVER, "attach_status": "attached"}]
    told.hear([
        volume("volume.create.end", "01 11:00:04"),
        volume("volume.attach.end", "01 12:00:00", status="in-use", volume_attachment=held),
        volume("volume.detach.end", "01 13:00:00"),
        volume("volume.resize.end", "01 14:00:00", size=40),
        volume("volume.transfer.accept.end", "01 15:00:00", size=40, tenant_id="cc33"),
        volume("volume.delete.end", "01 16:00:00", size=40, tenant_id="cc33", status="deleting"),
    ])  # fmt: skip

    told.periods("volume_period", VOLUME)
    rows = sorted(told.rows("volume_period", known_to=None), key=lambda row: row["valid_from"])
    said = [(row["valid_from"] - datetime(2026, 3, 1), row["size"], row["attached"], row["project_id"]) for row in rows]
    hours = [(timedelta(hours=11), 20, False, "aa11"), (timedelta(hours=11, seconds=3), 20, False, "aa11")]
    assert said == [
        *hours,
        (timedelta(hours=12), 20, True, "aa11"),
        (timedelta(hours=13), 20, False, "aa11"),
        (timedelta(hours=14), 40, False, "aa11"),
        (timedelta(hours=15), 40, False, "cc33"),
    ]
    assert rows[-1]["valid_to"] == datetime(2026, 3, 1, 16)
    assert rows[-1]["valid_to_origin"] == "notification"


def test_a_floating_ip_is_released_by_its_id_alone(told: Told) -> None:
    ip = {"id": ADDRESS, "project_id": "aa11", "floating_ip_address": "203.0.113.9", "port_id": None,
          "created_at": "2026-03-01T12:00:00Z"}  # fmt: skip
    told.hear([
        message("floatingip.create.end", "01 12:00:01", {"floatingip": ip}, "network.ctl1"),
        message("floatingip.delete.end", "04 12:00:00", {"floatingip_id": ADDRESS, "floatingip": {}}, "network.ctl1"),
    ])  # fmt: skip

    assert told.periods("floating_ip_period", ADDRESS) == [("01 12:00:00", "reserved", datetime(2026, 3, 4, 12))]


def test_a_volume_that_is_taken_over_and_let_go_begins_and_ends_here(told: Told) -> None:
    """A repeat that cinder-volume-usage-audit sends bears the time of the action, and changes nothing."""
    there = "2026-03-01T11:00:00+00:00"
    told.hear([
        volume("volume.manage_existing.end", "01 11:00:04", created_at=there),
        volume("volume.unmanage.end", "01 16:00:00", status="unmanaging"),
        volume(
            "volume.delete.end", "02 00:10:00", audit_period_beginning="2026-03-01 16:00:00",
            audit_period_ending="2026-03-01 16:00:00",
        ),
    ])  # fmt: skip

    *_others, last = told.periods("volume_period", VOLUME)
    assert last[2] == datetime(2026, 3, 1, 16)
    assert len(told.rows("volume_event", id=VOLUME)) == 3


def test_several_floating_ips_of_one_request_are_all_there(told: Told) -> None:
    ips = [
        {"id": f"f{number}", "project_id": "aa11", "floating_ip_address": f"203.0.113.{number}", "port_id": None,
         "created_at": "2026-03-01T12:00:00Z"}
        for number in range(3)
    ]  # fmt: skip
    told.hear([message("floatingip.create.end", "01 12:00:01", {"floatingips": ips}, "network.ctl1")])

    for ip in ips:
        assert told.periods("floating_ip_period", str(ip["id"])) == [("01 12:00:00", "reserved", None)]
