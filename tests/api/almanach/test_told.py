"""Entries that follow from what OpenStack tells, and what becomes of them when a client writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reporting_pollster.config.settings import AlmanachSettings
from reporting_pollster.services.almanach import Almanach
from reporting_pollster.services.derive import follow
from reporting_pollster.sources.cloud import Cloud
from tests.api.almanach.day import Day
from tests.api.asking import Asking
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse, at
from tests.services.notified.test_told import LARGE, LIFE, SERVER, VOLUME, Told, server, volume
from tests.stores import engine_of

CREATE, DELETE = LIFE[0], LIFE[-1]


class Cloudy(Day):
    """A client of a cloud that tells of itself by notifications, in March 2026."""

    def __init__(self, ask: Asking, url: str) -> None:
        super().__init__(ask)
        self._told = Told(url)

    def hear(self, *bodies: bytes) -> None:
        """What the bodies tell is believed."""
        self._told.hear(bodies)
        self.derive()

    def derive(self) -> None:
        follow(Cloud(REGION, {}, {}), self._told.engine)

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        return sorted(self._told.rows(table, known_to=None, **where), key=lambda row: row["valid_from"])

    @staticmethod
    def short(answer: Any, *names: str) -> list[tuple[Any, ...]]:
        def brief(text: str | None) -> str | None:
            return text and text.removeprefix("2026-03-").removesuffix("+00:00")

        return [(brief(each["start"]), brief(each["end"]), *(each[name] for name in names)) for each in answer.json]


@pytest.fixture
def cloudy(ask: Asking, store: str) -> Cloudy:
    return Cloudy(ask, store)


def date(text: str) -> str:
    return f"2026-03-{text.replace(' ', 'T')}.0Z"


def test_states_and_hosts_do_not_split_entries(cloudy: Cloudy) -> None:  # 29
    cloudy.hear(*LIFE)

    assert cloudy.entries(SERVER, "flavor", "project_id", "name") == [
        ("01 10:00:00", "02 09:00:00", "m1.small", "aa11", "web1"),
        ("02 09:00:00", "03 08:00:00", "m1.large", "aa11", "web1"),
    ]


@pytest.mark.parametrize("heard", [(CREATE, CREATE, DELETE), (DELETE, CREATE), (DELETE, DELETE, CREATE, CREATE)])
def test_repeats_and_inversions_leave_one_closed_entry(cloudy: Cloudy, heard: Sequence[bytes]) -> None:  # 22, 23
    for body in heard:
        cloudy.hear(body)

    entries = cloudy.entries(SERVER)
    assert (entries[0][0], entries[-1][1]) == ("01 10:00:00", "03 08:00:00")
    assert all(end is not None and start < end for start, end in entries)


def test_a_resize_before_the_beginning_never_ends_before_it_begins(cloudy: Cloudy) -> None:  # 24
    cloudy.hear(CREATE, server("compute.instance.resize.confirm.end", "01 09:00:00", **LARGE))

    assert all(end is None or start < end for start, end in cloudy.entries(SERVER))
    assert [end for _start, end in cloudy.entries(SERVER)].count(None) == 1


def test_the_end_of_a_build_that_failed_tells_of_nothing(cloudy: Cloudy) -> None:  # 25
    never = {"launched_at": "", "terminated_at": "2026-03-01T10:01:00.000000"}
    cloudy.hear(server("compute.instance.delete.end", "01 10:01:00", state="error", **never))

    assert cloudy("GET", f"/v1/entity/{SERVER}").status_code == 404
    assert cloudy("GET", "/v1/info").json["database"] == {"all_entities": 0, "active_entities": 0}


def test_a_volume_is_renamed_without_another_entry(cloudy: Cloudy) -> None:  # 26
    cloudy.hear(volume("volume.update.end", "01 10:00:00", volume_id="unknown-volume", display_name="x"))
    cloudy.hear(volume("volume.create.end", "01 11:00:04"))
    cloudy.hear(volume("volume.update.end", "01 12:00:00", display_name="renamed"))
    cloudy.hear(volume("volume.exists", "01 13:00:00", display_name="renamed"))

    assert cloudy.entries(VOLUME, "name", "volume_type") == [("01 11:00:00", None, "renamed", "77ee")]


def test_a_volume_tells_its_instances(cloudy: Cloudy) -> None:
    held = [{"id": "a1", "volume_id": VOLUME, "instance_uuid": SERVER, "attach_status": "attached"}]
    cloudy.hear(
        volume("volume.create.end", "01 11:00:04"),
        volume("volume.attach.end", "01 12:00:00", status="in-use", volume_attachment=held),
        volume("volume.detach.end", "01 13:00:00"),
    )

    assert cloudy.entries(VOLUME, "attached_to") == [
        ("01 11:00:00", "01 12:00:00", []),
        ("01 12:00:00", "01 13:00:00", [SERVER]),
        ("01 13:00:00", None, []),
    ]


def test_only_allowed_properties_are_told(cloudy: Cloudy, store: str) -> None:
    settings = AlmanachSettings(instance_image_meta=("os_distro",), instance_metadata=("stage",))
    cloudy.hear(
        server("compute.instance.create.end", "01 10:00:41", metadata={"stage": "test", "secret": "x"}),
        server("compute.instance.rebuild.end", "01 12:00:00", image_meta={"os_distro": "ubuntu", "other": 1}),
    )

    whole = Almanach(engine_of(store), REGION, settings).entity(SERVER)
    plain = Almanach(engine_of(store), REGION, AlmanachSettings()).entity(SERVER)

    assert [(entry.image_meta, entry.metadata.get("secret")) for entry in whole] == [
        ({"os_distro": "debian"}, None),
        ({"os_distro": "ubuntu"}, None),
    ]
    assert [(entry.image_meta, entry.metadata) for entry in plain] == [({}, {})]


def test_a_write_changes_what_openstack_told(cloudy: Cloudy) -> None:
    cloudy.hear(*LIFE[:3])

    cloudy.good("PUT", f"/v1/instance/{SERVER}/resize", 200, date=date("02 07:00:00"), flavor="tiny")

    written = [("01 10:00:00", "02 07:00:00", "m1.small"), ("02 07:00:00", None, "tiny")]
    assert cloudy.entries(SERVER, "flavor") == written
    cloudy.derive()
    assert cloudy.entries(SERVER, "flavor") == written
    said = [
        (row["state"], row["flavour_name"], row["vcpus"], row["valid_from_origin"])
        for row in cloudy.rows("instance_period", id=SERVER)
    ]
    assert said == [
        ("building", "m1.small", 1, "declared"),
        ("active", "m1.small", 1, "notification"),
        ("stopped", "m1.small", 1, "notification"),
        ("active", "m1.small", 1, "notification"),
        ("active", "tiny", None, "declared"),
    ]


def test_what_the_sources_tell_later_goes_on(cloudy: Cloudy) -> None:
    cloudy.hear(*LIFE[:3])
    cloudy.good("PUT", f"/v1/instance/{SERVER}/resize", 200, date=date("02 07:00:00"), flavor="tiny")

    cloudy.hear(*LIFE[3:])

    assert cloudy.entries(SERVER, "flavor") == [
        ("01 10:00:00", "02 07:00:00", "m1.small"),
        ("02 07:00:00", "02 09:00:00", "tiny"),
        ("02 09:00:00", "03 08:00:00", "m1.large"),
    ]


def test_what_only_a_client_told_has_periods_and_use(cloudy: Cloudy, warehouse: Warehouse) -> None:
    warehouse.put("flavour", {"id": 7, "name": "small", "vcpus": 2, "memory": 4096, "root": 10, "ephemeral": 0})
    warehouse.put("flavour", {"id": 8, "name": "large", "vcpus": 4, "memory": 8192, "root": 10, "ephemeral": 0})
    warehouse.put("flavour", {"id": 9, "name": "large", "vcpus": 8, "memory": 8192, "root": 10, "ephemeral": 0})
    day = Day(cloudy.ask)
    day.instance()
    day.good(
        "PUT", "/v1/instance/0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40001/resize", 200, date="2024-03-02T10:00Z", flavor="large"
    )
    day.volume(attached_to=[SERVER])

    cloudy.derive()

    periods = cloudy.rows("instance_period")
    assert [(row["valid_from"], row["valid_to"], row["state"], row["in_use"]) for row in periods] == [
        (at("03-01 10:00"), at("03-02 10:00"), "active", True),
        (at("03-02 10:00"), None, "active", True),
    ]
    assert [(row["flavour_name"], row["vcpus"], row["memory"]) for row in periods] == [
        ("small", 2, 4096),
        ("large", None, None),  # two flavours have this name
    ]
    [row] = cloudy.rows("volume_period")
    assert (row["state"], row["in_use"], row["size"], row["attached"]) == ("in-use", True, 1, True)
    used = cloudy._told.rows("usage_day", kind="instance", project_id="aa11bb22", day=at("03-01 00:00").date())
    assert [(each["type"], each["seconds"], each["vcpu_seconds"]) for each in used] == [("small", 14 * 3600, 28 * 3600)]


def test_the_first_build_takes_what_clients_told(cloudy: Cloudy) -> None:
    Day(cloudy.ask).instance()
    cloudy.hear(volume("volume.create.end", "01 11:00:04"))  # of another kind

    cloudy.derive()

    assert len(cloudy.rows("instance_period")) == 1


def test_a_window_finds_entries_by_any_of_their_periods(cloudy: Cloudy) -> None:
    cloudy.hear(*LIFE)

    def listed(start: str, end: str, **query: object) -> list[tuple[Any, ...]]:
        span = {"start": f"2026-03-{start}.0", "end": f"2026-03-{end}.0", **query}
        return cloudy.short(cloudy("GET", "/v1/project/aa11/instances", query_string=span))

    first, second = ("01 10:00:00", "02 09:00:00"), ("02 09:00:00", "03 08:00:00")
    assert listed("01 12:30:00", "01 12:40:00") == [first]
    assert listed("02 09:00:00", "02 10:00:00") == [first, second]
    assert listed("03 08:00:00", "04 00:00:00") == [second]
    assert listed("03 08:00:01", "04 00:00:00") == []


def test_pages_have_all_entries_of_so_many_resources(
    warehouse: Warehouse, store: str, asking: Callable[..., Asking]
) -> None:
    for number in range(5):
        own = {"id": f"i{number}", "project_id": "p1", "flavour_name": "small"}
        half = {"valid_from": at("01-01 00:00"), "valid_to": at("01-02 00:00")}
        warehouse.put("instance_period", own | half, own | {"valid_from": at("01-02 00:00"), "flavour_name": "large"})
    day = Day(asking(store, max_page_rows=3))
    span = {"start": "2024-01-01 00:00:00.0", "end": "2024-02-01 00:00:00.0"}

    def page(**query: object) -> list[str]:
        answer = day("GET", "/v1/project/p1/entities", query_string={**span, **query})
        return [each["entity_id"] for each in answer.json]

    assert page(limit=2) == ["i0", "i0", "i1", "i1"]
    assert page(limit=2, marker="i1") == ["i2", "i2", "i3", "i3"]
    assert page(marker="i3") == ["i4", "i4"]
    assert len(page()) == 10
    for wrong in ("0", "4", "x", "²", "1" * 50):
        assert day("GET", "/v1/project/p1/entities", query_string={**span, "limit": wrong}).status_code == 400


def test_a_volume_type_of_cinder_cannot_be_deleted_here(warehouse: Warehouse, ask: Asking) -> None:
    day = Day(ask)
    warehouse.put("volume_type", {"id": "t1", "name": "ssd"}, {"id": "t2", "name": "old", "active": False})
    own = {"id": "v1", "project_id": "p1", "size": 2, "attached": False, "valid_from": at("01-01 00:00")}
    warehouse.put("volume_period", {**own, "volume_type": "t2"}, {**own, "id": "v2", "volume_type": "t3"})

    def names() -> list[str]:
        return [each["volume_type_name"] for each in day("GET", "/v1/volume_types").json]

    assert names() == ["ssd"]
    assert day("GET", "/v1/volume_type/t2").json["volume_type_name"] == "old"
    assert day("GET", "/v1/entity/v1").json[0]["volume_type"] == "old"
    assert day("GET", "/v1/entity/v2").json[0]["volume_type"] == "t3"
    assert day("DELETE", "/v1/volume_type/t1").status_code == 404
    day.good("POST", "/v1/volume_type", 201, type_id="t1", type_name="nvme")
    assert names() == ["nvme"]
    assert day("DELETE", "/v1/volume_type/t1").status_code == 202
    assert names() == ["ssd"]


def test_rows_tell_which_instances_had_a_volume(warehouse: Warehouse, ask: Asking) -> None:
    whole = {"volume_id": "v1", "created": at("01-02 00:00"), "status": "attached", "active": True}
    held = {"attached": at("01-02 00:00"), "detached": at("01-03 00:00"), "active": False, "status": "detached"}
    warehouse.put(
        "volume_attachment",
        {**whole, "id": "a1", "instance_id": "s1", **held},
        {**whole, "id": "a2", "instance_id": "s2", "created": at("01-02 12:00")},
        {**whole, "id": "a3", "instance_id": "s3", "status": "reserved"},
        {**whole, "id": "a4", "instance_id": None},
    )
    own = {"id": "v1", "project_id": "p1", "size": 2, "valid_from": at("01-01 00:00"), "attached": False}
    warehouse.put("volume_period", own)

    answer = ask("/v1/entity/v1")

    assert [(each["start"][5:16], each["attached_to"]) for each in answer.json] == [
        ("01-01 00:00", []),
        ("01-02 00:00", ["s1"]),
        ("01-02 12:00", ["s1", "s2"]),
        ("01-03 00:00", ["s2"]),
    ]


def test_info_counts_what_openstack_told_too(cloudy: Cloudy) -> None:
    cloudy.hear(*LIFE, volume("volume.create.end", "01 11:00:04"))

    assert cloudy("GET", "/v1/info").json["database"] == {"all_entities": 3, "active_entities": 1}


def test_what_was_never_of_use_has_no_entry(warehouse: Warehouse, ask: Asking) -> None:
    own = {"project_id": "p1", "valid_from": at("01-01 00:00"), "in_use": False}
    warehouse.put("instance_period", {**own, "id": "i1", "state": "error"})
    warehouse.put("volume_period", {**own, "id": "v1", "state": "error", "attached": False})
    span = {"start": "2024-01-01 00:00:00.0", "end": "2024-02-01 00:00:00.0"}

    assert ask("/v1/project/p1/entities", query_string=span).json == []
    assert ask("/v1/entity/i1").status_code == 404
    assert ask("/v1/info").json["database"] == {"all_entities": 0, "active_entities": 0}
