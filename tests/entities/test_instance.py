import json
from typing import Any

from tests.entities.followed import Followed


def instance(followed: Followed, uuid: str = "i1", cell: str = "nova_cell1", **columns: Any) -> None:
    known = {
        "project_id": "p1",
        "user_id": "u1",
        "display_name": "web",
        "vm_state": "active",
        "deleted": 0,
        "hidden": 0,
    }
    sizes = {"vcpus": 2, "memory_mb": 4096, "root_gb": 30, "ephemeral_gb": 5, "instance_type_id": 3}
    followed.insert(cell, "instances", uuid=uuid, **{**known, **sizes, **columns})


def with_flavour(followed: Followed, uuid: str, text: str | None) -> None:
    followed.insert("nova_cell1", "instance_extra", instance_uuid=uuid, flavor=text, deleted=0)


def test_an_instance_brings_its_sizes_its_place_and_its_dates(followed: Followed) -> None:
    place = {"host": "cn1", "node": "cn1.example", "availability_zone": "north"}
    dates = {"created_at": "2024-01-01 10:00:00", "launched_at": "2024-01-01 10:01:00"}
    instance(
        followed, image_ref="img", key_name="key", hostname="web-1", power_state=1, task_state=None, **place, **dates
    )

    row = followed.one("instance", id="i1")

    assert (row["project_id"], row["created_by"], row["name"], row["cell_name"]) == ("p1", "u1", "web", "cell1")
    assert (row["vcpus"], row["memory"], row["root"], row["ephemeral"], row["flavour"]) == (2, 4096, 30, 5, 3)
    assert (row["host"], row["hypervisor"], row["availability_zone"]) == ("cn1", "cn1.example", "north")
    assert (row["created"], row["launched"]) == ("2024-01-01 10:00:00", "2024-01-01 10:01:00")
    assert (row["image"], row["key_name"], row["hostname"]) == ("img", "key", "web-1")
    assert (row["vm_state"], row["task_state"], row["power_state"]) == ("active", None, 1)
    assert (row["active"], row["deleted"]) == (1, None)


def test_the_flavour_is_that_of_the_instances_own_copy(followed: Followed) -> None:
    data = {"nova_object.data": {"flavorid": "two", "name": "m1.small"}}
    instance(followed, "i1")
    with_flavour(followed, "i1", json.dumps({"cur": data, "old": None, "new": None}))

    row = followed.one("instance", id="i1")

    assert (row["flavour_uuid"], row["flavour_name"]) == ("two", "m1.small")


def test_a_copy_that_cannot_be_read_leaves_the_flavour_open(followed: Followed) -> None:
    for uuid, text in (("i1", '{"cur": {"nova_obj'), ("i2", None), ("i3", "[]"), ("i4", '{"cur": null}')):
        instance(followed, uuid)
        with_flavour(followed, uuid, text)

    rows = followed.read("instance")

    assert [(row["flavour_uuid"], row["flavour_name"], row["vcpus"]) for row in rows] == [(None, None, 2)] * 4


def test_without_a_zone_of_its_own_it_is_in_that_of_its_host(followed: Followed) -> None:
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1")
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")
    for uuid, host in (("i1", "cn1"), ("i2", "cn2"), ("i3", None)):
        instance(followed, uuid, host=host, availability_zone=None)

    zones = {row["id"]: row["availability_zone"] for row in followed.read("instance")}

    assert zones == {"i1": "north", "i2": "nova", "i3": None}


def test_only_deleted_says_that_it_is_deleted(followed: Followed) -> None:
    gone = {"deleted_at": "2024-06-01 10:00:00"}
    instance(followed, "i1", deleted=1, vm_state="deleted", **gone)
    instance(followed, "i2", deleted=0, vm_state="soft-delete", **gone)
    instance(followed, "i3", deleted=0, vm_state="deleted", terminated_at="2024-06-01 10:00:00")
    instance(followed, "i4", deleted=4, vm_state="error", deleted_at=None, updated_at="2024-06-02 10:00:00")

    ends = {row["id"]: (row["active"], row["deleted"]) for row in followed.read("instance")}

    assert ends == {
        "i1": (0, "2024-06-01 10:00:00"),
        "i2": (1, None),
        "i3": (1, None),
        "i4": (0, "2024-06-02 10:00:00"),
    }


def test_the_hidden_copy_of_a_move_between_cells_is_no_instance(followed: Followed) -> None:
    instance(followed, "i1", cell="nova_cell0", hidden=1, display_name="copy")
    instance(followed, "i1", cell="nova_cell1", hidden=0)
    instance(followed, "i2", hidden=None)

    rows = followed.read("instance")

    assert [(row["id"], row["name"], row["cell_name"]) for row in rows] == [
        ("i1", "web", "cell1"),
        ("i2", "web", "cell1"),
    ]
