"""What cinder's notifications tell of volumes and snapshots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from reporting_pollster.domain.notification import Hint, Malformed, Meaning, Told, meaning
from tests.domain.notification.samples import ATTACH, SERVER, SNAPSHOT, VOLUME, means, sent

SENT = datetime(2026, 3, 1, 11, 5, 9)
CREATED = datetime(2026, 3, 1, 11)
OTHER = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40099"
HINT = Hint("volume", VOLUME)


def volume(event: str, **changes: Any) -> Told:
    (told,) = means(ATTACH, f"volume.{event}", **changes).told
    return told


def snapshot(event: str, **changes: Any) -> Told:
    (told,) = means(SNAPSHOT, f"snapshot.{event}", **changes).told
    return told


def test_an_attachment_names_the_instances() -> None:
    values = {
        "project_id": "aa11",
        "created_by": "bb22",
        "name": "data1",
        "status": "in-use",
        "size": 20,
        "volume_type": "77ee",
        "availability_zone": "nova",
        "attached_to": [SERVER],
        "created": CREATED,
    }
    told = Told("volume", VOLUME, SENT, "attach", frozenset({"attached_to", "status"}), values)

    assert means(ATTACH) == Meaning("applied", (told,), (HINT, Hint("volume_attachment", "a1")))


@pytest.mark.parametrize("event", ["create.end", "manage_existing.end"])
def test_a_creation_tells_everything_from_its_beginning(event: str) -> None:
    told = volume(event, volume_attachment=[], status="available")

    assert (told.event, told.at, told.exact) == ("create", CREATED, frozenset(told.values))
    assert told.values["launched"] == datetime(2026, 3, 1, 11, 0, 3)
    assert told.values["attached_to"] == []


@pytest.mark.parametrize("event", ["delete.end", "unmanage.end"])
def test_an_end_is_when_it_was_told(event: str) -> None:
    told = volume(event, status="deleted")

    assert (told.event, told.at, told.exact) == ("delete", SENT, {"deleted"})
    assert told.values["deleted"] == SENT


@pytest.mark.parametrize(
    ("event", "word", "exact"),
    [
        ("resize.end", "resize", {"size"}),
        ("retype", "retype", {"volume_type"}),
        ("detach.end", "detach", {"attached_to", "status"}),
        ("update.end", "update", {"name"}),
        ("revert.end", "state", {"status"}),
        ("reset_status.end", "state", {"status"}),
        ("transfer.create.end", "transfer", set()),
        ("transfer.delete.end", "transfer", set()),
        ("transfer.accept.end", "transfer", {"project_id", "created_by"}),
        ("exists", "exists", set()),
    ],
)
def test_each_action_changes_what_it_changes(event: str, word: str, exact: set[str]) -> None:
    told = volume(event)

    assert (told.event, told.at, told.exact) == (word, SENT, exact)
    assert "launched" not in told.values


def test_a_transfer_tells_the_new_owner_and_not_the_old_status() -> None:
    told = volume("transfer.accept.end", tenant_id="cc33", user_id="dd44", status="awaiting-transfer")

    assert (told.values["project_id"], told.values["created_by"]) == ("cc33", "dd44")
    assert "status" not in told.values


def test_a_retype_to_nothing_tells_that_there_is_none() -> None:
    assert volume("retype", volume_type=None).values["volume_type"] is None


AUDITED = {"audit_period_beginning": "2026-02-01 09:00:00", "audit_period_ending": "2026-02-01 09:00:00"}
THEN = datetime(2026, 2, 1, 9)


def test_a_repeated_end_is_when_it_really_was() -> None:
    told = volume("delete.end", **AUDITED, status="deleted")

    assert told.at == told.values["deleted"] == THEN


def test_a_repeated_creation_tells_nothing_but_its_time() -> None:
    told = volume("create.end", **AUDITED, created_at="2026-02-01T09:00:00+00:00", size=99, status="deleted")

    assert (told.at, told.exact, told.values) == (THEN, {"created"}, {"created": THEN})


def test_the_period_of_an_audit_is_no_time_of_what_exists() -> None:
    assert volume("exists", **AUDITED).at == SENT


def test_what_an_audit_finds_deleted_is_no_sign_of_life() -> None:
    assert means(ATTACH, "volume.exists", status="deleted", **AUDITED) == Meaning("applied", (), (HINT,))
    assert means(SNAPSHOT, "snapshot.exists", deleted="True").told == ()
    assert len(means(SNAPSHOT, "snapshot.exists", deleted="").told) == 1


def attachment(instance: str | None, status: str | None) -> dict[str, Any]:
    return {"id": f"of {instance}"[:36], "instance_uuid": instance, "attach_status": status}


def test_only_instances_that_are_attached_count() -> None:
    several = [
        attachment(SERVER, "attached"),
        attachment(OTHER, None),
        attachment("reserving", "reserved"),
        attachment("detaching", "detached"),
        attachment(None, "attached"),
    ]

    assert volume("attach.end", volume_attachment=several).values["attached_to"] == [SERVER, OTHER]
    assert volume("detach.end", volume_attachment=[]).values["attached_to"] == []


def test_old_payloads_name_one_instance() -> None:
    assert volume("attach.end", volume_attachment=..., instance_uuid=SERVER).values["attached_to"] == [SERVER]
    assert volume("detach.end", volume_attachment=..., instance_uuid=None).values["attached_to"] == []
    assert "attached_to" not in volume("attach.end", volume_attachment=...).values


def test_a_snapshot_is_told() -> None:
    values = {
        "project_id": "aa11",
        "created_by": "bb22",
        "name": "before",
        "volume_id": VOLUME,
        "size": 20,
        "status": "available",
        "created": datetime(2026, 3, 1, 12),
    }
    told = Told("snapshot", "ss1", datetime(2026, 3, 1, 12), "create", frozenset(values), values)

    assert means(SNAPSHOT) == Meaning("applied", (told,), (Hint("snapshot", "ss1"),))


def test_a_snapshot_ends_when_it_was_told() -> None:
    told = snapshot("delete.end", deleted="True", status="deleted")

    assert (told.exact, told.at, told.values["deleted"]) == ({"deleted"}, *[datetime(2026, 3, 1, 12, 0, 9)] * 2)


@pytest.mark.parametrize(
    ("event", "exact"), [("update.end", {"name"}), ("reset_status.end", {"status"}), ("revert.end", {"status"})]
)
def test_a_snapshot_changes(event: str, exact: set[str]) -> None:
    assert snapshot(event).exact == exact


TYPE = {"volume_types": {"id": "77ee", "name": "ssd", "is_public": True, "description": "", "extra_specs": {}}}


@pytest.mark.parametrize("event", ["volume_type.create", "volume_type.update", "volume_type.delete"])
def test_types_are_read_again_unless_it_failed(event: str) -> None:
    done, failed = (sent(ATTACH, event, payload=TYPE, priority=priority) for priority in ("INFO", "ERROR"))

    assert meaning(done) == Meaning("applied", (), (Hint("volume_type", None),))
    assert meaning(failed) == Meaning("ignored")


def test_a_backup_is_read_again() -> None:
    assert means(ATTACH, "backup.create.end", backup_id="b1") == Meaning("applied", (), (Hint("backup", "b1"),))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"volume_id": None}, "no volume id"),
        ({"volume_attachment": "hush"}, "volume_attachment is not a list of objects"),
        ({"volume_attachment": ["hush"]}, "volume_attachment is not a list of objects"),
        ({"volume_attachment": [{"instance_uuid": ["hush"]}]}, "no attached_to"),
        ({"volume_attachment": [{"instance_uuid": SERVER, "id": 5}]}, "no attachment id"),
        ({"size": "hush"}, "size is not a number"),
        ({"audit_period_ending": "hush"}, "audit_period_ending is not a time"),
    ],
)
def test_a_payload_that_is_none_is_refused_without_its_content(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        means(ATTACH, **changes)

    assert caught.value.reason == reason
    assert "hush" not in str(caught.value)
