"""What nova's notifications tell of instances, alike in both formats."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from reporting_pollster.domain.notification import Hint, Malformed, Meaning, Told, meaning
from tests.domain.notification.samples import LEGACY, SERVER, VERSIONED, VOLUME, means, sent, with_payload

FLAVOUR = {"flavour_uuid", "flavour_name", "vcpus", "memory", "root", "ephemeral"}
LEGACY_FLAVOUR = {"flavour", *FLAVOUR}
HINT = Hint("instance", SERVER)
SENT = datetime(2026, 3, 1, 10, 0, 41)


def legacy(event: str, **changes: Any) -> Told:
    return only(means(LEGACY, f"compute.instance.{event}", **changes))


def versioned(event: str, **changes: Any) -> Told:
    return only(means(VERSIONED, f"instance.{event}", **changes))


def only(found: Meaning) -> Told:
    assert found.verdict == "applied"
    (told,) = found.told
    return told


def test_a_creation_tells_everything_from_its_beginning() -> None:
    found = means(LEGACY)

    values = {
        "project_id": "aa11",
        "created_by": "bb22",
        "name": "web1",
        "flavour": 7,
        "flavour_uuid": "2",
        "flavour_name": "m1.small",
        "vcpus": 1,
        "memory": 2048,
        "root": 20,
        "ephemeral": 0,
        "vm_state": "active",
        "host": "cmp1",
        "availability_zone": "az1",
        "image": "33aa",
        "image_meta": {"base_image_ref": "33aa", "os_distro": "debian"},
        "metadata": {"role": "web"},
        "created": datetime(2026, 3, 1, 10),
        "launched": datetime(2026, 3, 1, 10, 0, 40),
    }
    told = Told("instance", SERVER, datetime(2026, 3, 1, 10), "create", frozenset(values), values)
    assert found == Meaning("applied", (told,), (HINT,))


def test_a_confirmed_resize_changes_the_state_alone() -> None:
    found = means(VERSIONED)

    told = only(found)
    assert (told.event, told.at, told.exact) == ("confirm", datetime(2026, 3, 2, 9), {"vm_state"})
    assert told.values == {
        "project_id": "aa11",
        "created_by": "bb22",
        "name": "web1",
        "flavour_uuid": "3",
        "flavour_name": "m1.medium",
        "vcpus": 2,
        "memory": 4096,
        "root": 40,
        "ephemeral": 0,
        "vm_state": "active",
        "host": "cmp2",
        "availability_zone": "az1",
        "image": "33aa",
        "metadata": {},
        "created": datetime(2026, 3, 1, 10),
        "launched": datetime(2026, 3, 2, 8, 55),
    }
    assert found.hints == (HINT,)


# by the legacy name: the versioned name, our word, and what changes at the instant
EVENTS = [
    ("delete.end", "delete.end", "delete", {"deleted"}),
    ("finish_resize.end", "resize_finish.end", "resize", {*LEGACY_FLAVOUR, "host", "vm_state"}),
    ("resize.confirm.end", "resize_confirm.end", "confirm", {"vm_state"}),
    ("resize.revert.end", "resize_revert.end", "revert", {*LEGACY_FLAVOUR, "host", "vm_state"}),
    ("resize.prep.end", "resize_prep.end", "prepare", set()),
    ("resize.end", "resize.end", "prepare", set()),
    ("rebuild.end", "rebuild.end", "rebuild", {"image", "image_meta"}),
    ("shelve_offload.end", "shelve_offload.end", "state", {"vm_state", "host"}),
    ("unshelve.end", "unshelve.end", "state", {"vm_state", "host"}),
    ("live_migration.post.dest.end", "live_migration_post_dest.end", "move", {"vm_state", "host"}),
    ("live_migration._post.end", "live_migration_post.end", "move", set()),
    ("evacuate", "evacuate", "move", {"vm_state", "host"}),
    ("volume.attach", "volume_attach.end", "attach", set()),
    ("volume.detach", "volume_detach.end", "detach", set()),
    ("exists", "exists", "exists", set()),
    ("update", "update", "update", set()),
    *(
        (f"{name}.end", f"{name}.end", "state", {"vm_state"})
        for name in (
            *("soft_delete", "restore", "power_off", "power_on", "reboot", "shelve", "pause", "unpause"),
            *("suspend", "resume", "rescue", "unrescue"),
        )
    ),
]


@pytest.mark.parametrize(("old", "new", "event", "exact"), EVENTS)
def test_each_action_changes_what_it_changes(old: str, new: str, event: str, exact: set[str]) -> None:
    told, same = legacy(old), versioned(new)

    assert told.event == same.event == event
    assert told.exact == exact
    assert same.exact == exact - {"flavour", "image_meta"}
    assert told.at == SENT


SAME = {
    "tenant_id": "aa11",
    "user_id": "bb22",
    "display_name": "web1",
    "host": "cmp2",
    "availability_zone": "az1",
    "state": "resized",
    "metadata": {"role": "web"},
}
SAME_LEGACY = {
    **SAME,
    "created_at": "2026-03-01 10:00:00+00:00",
    "launched_at": "2026-03-02T08:55:00.000000",
    "instance_type": "m1.medium",
    "instance_flavor_id": "3",
    "vcpus": 2,
    "memory_mb": 4096,
    "root_gb": 40,
    "ephemeral_gb": 0,
}
END_LEGACY = {"terminated_at": "2026-03-03T07:00:00.100000", "deleted_at": "2026-03-03T07:00:01.900000"}
END = {"terminated_at": "2026-03-03T07:00:00Z", "deleted_at": "2026-03-03T07:00:01Z"}


@pytest.mark.parametrize(
    ("old", "new"), [("create.end", "create.end"), *((old, new) for old, new, *_rest in EVENTS if old != "delete.end")]
)
def test_both_formats_tell_the_same_but_for_what_one_lacks(old: str, new: str) -> None:
    told = only(meaning(with_payload(LEGACY, f"compute.instance.{old}", **SAME_LEGACY)))
    same = only(meaning(with_payload(VERSIONED, f"instance.{new}", **SAME)._replace(sent=sent(LEGACY).sent)))

    assert alike(told) == same


def test_both_formats_tell_the_same_of_an_end() -> None:
    told, same = legacy("delete.end", **SAME_LEGACY, **END_LEGACY), versioned("delete.end", **SAME, **END)

    assert alike(told) == same
    assert told.at == told.values["deleted"] == datetime(2026, 3, 3, 7, 0, 1)
    assert told.values["terminated"] == datetime(2026, 3, 3, 7)


def alike(told: Told) -> Told:
    lacking = {"flavour", "image_meta"}
    values = {name: value for name, value in told.values.items() if name not in lacking}
    return told._replace(exact=told.exact - lacking, values=values)


def test_an_end_without_a_time_is_when_it_was_told() -> None:
    told = legacy("delete.end", terminated_at="", deleted_at="", launched_at="", state="error")

    assert told.at == told.values["deleted"] == SENT
    assert "terminated" not in told.values
    assert "launched" not in told.values
    assert told.values["vm_state"] == "error"


def test_an_end_with_a_termination_only_is_then() -> None:
    assert legacy("delete.end", terminated_at="2026-03-01T10:00:30").at == datetime(2026, 3, 1, 10, 0, 30)


def test_a_resize_in_preparation_does_not_tell_the_flavour() -> None:
    new = {"new_instance_type": "m1.big", "new_instance_type_id": 9}
    told, same = legacy("resize.prep.end", **new), versioned("resize_prep.end", new_flavor={"nova_object.data": {}})

    assert not (LEGACY_FLAVOUR | {"host", "vm_state"}) & (told.values.keys() | same.values.keys())
    assert told.values["name"] == "web1"


def test_the_source_of_a_live_migration_does_not_tell_the_host() -> None:
    assert "host" not in legacy("live_migration._post.end").values
    assert legacy("live_migration.post.dest.end").values["host"] == "cmp1"


@pytest.mark.parametrize("host", [None, ""])
def test_an_offloaded_instance_has_no_host(host: str | None) -> None:
    told = legacy("shelve_offload.end", host=host, state="shelved_offloaded")

    assert told.values["host"] is None
    assert told.exact == {"vm_state", "host"}


def test_an_update_tells_what_changed() -> None:
    renamed = legacy("update", old_display_name="web0", old_state="active")
    stopped = legacy("update", old_state="active", state="stopped")

    assert (renamed.exact, renamed.values["name"]) == ({"name"}, "web1")
    assert (stopped.exact, stopped.values["vm_state"]) == ({"vm_state"}, "stopped")


@pytest.mark.parametrize("old", [None, "", "active", ["active"]])
def test_an_update_of_the_task_alone_changes_nothing(old: object) -> None:
    assert legacy("update", old_state=old, old_display_name="").exact == frozenset()


def test_a_versioned_update_tells_what_changed() -> None:
    def states(old: str, new: str) -> dict[str, Any]:
        return {"nova_object.data": {"old_state": old, "state": new, "old_task_state": None, "new_task_state": None}}

    renamed = versioned("update", old_display_name="web0", state_update=states("active", "active"))
    stopped = versioned("update", old_display_name=None, state_update=states("active", "stopped"))

    assert (renamed.exact, renamed.values["name"]) == ({"name"}, "web1")
    assert (stopped.exact, stopped.values["vm_state"]) == ({"vm_state"}, "stopped")


@pytest.mark.parametrize("event", ["compute.instance.exists", "compute.instance.update"])
def test_what_comes_of_a_deleted_instance_is_no_sign_of_life(event: str) -> None:
    assert means(LEGACY, event, **END_LEGACY, state="deleted") == Meaning("applied", (), (HINT,))


def test_a_soft_deleted_instance_is_not_gone() -> None:
    told = legacy("soft_delete.end", **END_LEGACY, state="soft-delete")

    assert told.values["vm_state"] == "soft-delete"
    assert not {"deleted", "terminated"} & told.values.keys()


def test_an_instance_without_an_image_says_so() -> None:
    assert legacy("rebuild.end", image_ref_url="http://img:9292/images/").values["image"] is None
    assert legacy("rebuild.end", image_ref_url="").values["image"] is None
    assert versioned("rebuild.end", image_uuid=None).values["image"] is None


def test_an_attachment_is_also_of_a_volume() -> None:
    hints = (HINT, Hint("volume", VOLUME))

    assert means(LEGACY, "compute.instance.volume.attach", volume_id=VOLUME).hints == hints
    assert means(VERSIONED, "instance.volume_detach.end", volume_id=VOLUME).hints == hints


def test_what_is_not_there_is_not_told() -> None:
    told = legacy("exists", vcpus=..., host=..., display_name=..., tenant_id=None)

    assert not {"vcpus", "host", "name", "project_id"} & told.values.keys()


def test_the_context_is_never_the_owner() -> None:
    context = {"_context_project_id": "other", "_context_user_id": "other", "_context_timestamp": "1999-01-01 00:00:00"}

    assert meaning(sent(LEGACY, **context)) == meaning(sent(LEGACY))


def test_words_that_are_too_long_are_cut_and_ids_are_not() -> None:
    assert legacy("exists", display_name="x" * 300).values["name"] == "x" * 255
    assert legacy("exists", display_name="a\0b\ud800").values["name"] == "ab\ufffd"
    assert legacy("exists", metadata={"a\0": "\ud800", "b": 1}).values["metadata"] == {"a": "\ufffd", "b": 1}
    with pytest.raises(Malformed, match="project_id is no id"):
        legacy("exists", tenant_id="x" * 65)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instance_id": ...}, "no instance id"),
        ({"instance_id": ""}, "no instance id"),
        ({"instance_id": None}, "no instance id"),
        ({"instance_id": 7}, "no id"),
        ({"instance_id": "hush" * 10}, "id is no id"),
        ({"created_at": "hush"}, "created is not a time"),
        ({"created_at": 7}, "created is not a time"),
        ({"created_at": "0001-01-01T00:00:00+01:00"}, "created is not a time"),
        ({"vcpus": -1}, "vcpus is less than 0"),
        ({"vcpus": 2**31}, "vcpus is more than 2147483647"),
        ({"vcpus": 10**400}, "vcpus is more than 2147483647"),
        ({"vcpus": 1.5}, "vcpus is not a whole number"),
        ({"vcpus": {"hush": 1}}, "vcpus is not a number"),
        ({"display_name": ["hush"]}, "name is not text"),
        ({"metadata": "hush"}, "metadata is not an object of plain values"),
        ({"metadata": {"hush": {}}}, "metadata is not an object of plain values"),
        ({"metadata": {"x": "hush" * 300_000}}, "metadata is too long"),
        ({"image_ref_url": {"hush": 1}}, "image_ref_url is not text"),
    ],
)
def test_a_payload_that_is_none_is_refused_without_its_content(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        means(LEGACY, **changes)

    assert caught.value.reason == reason
    assert caught.value.message_id == LEGACY["message_id"]
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_far_off_years_are_years(year: str) -> None:
    assert legacy("create.end", created_at=f"{year}-01-01 00:00:00").at.year == int(year)


@pytest.mark.parametrize(
    ("event_type", "tables"),
    [
        ("aggregate.create.end", ["aggregate", "aggregate_host"]),
        ("aggregate.addhost.end", ["aggregate", "aggregate_host"]),
        ("aggregate.add_host.end", ["aggregate", "aggregate_host"]),
        ("aggregate.updatemetadata.end", ["aggregate", "aggregate_host"]),
        ("aggregate.update_prop.end", ["aggregate", "aggregate_host"]),
        ("flavor.create", ["flavour"]),
        ("flavor.update", ["flavour"]),
        ("flavor.delete", ["flavour"]),
        ("service.create", ["service"]),
        ("service.update", ["service"]),
        ("service.delete", ["service"]),
    ],
)
def test_small_tables_are_read_again(event_type: str, tables: list[str]) -> None:
    assert means(VERSIONED, event_type) == Meaning("applied", (), tuple(Hint(table, None) for table in tables))
