"""What glance's notifications tell of images."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from reporting_pollster.domain.notification import Hint, Malformed, Meaning, Told, meaning
from tests.domain.notification.samples import IMAGE, means, sent

CREATED = datetime(2026, 2, 1)
SENT = datetime(2026, 3, 3, 7)
LIVING = {"deleted": False, "deleted_at": None, "status": "queued"}


def image(event: str, **changes: Any) -> Told:
    (told,) = means(IMAGE, f"image.{event}", **LIVING | changes).told
    return told


def test_an_image_ends_with_its_deletion_date() -> None:
    found = means(IMAGE)

    (told,) = found.told
    assert (told.id, told.event, told.exact) == ("33aa", "delete", {"deleted"})
    assert told.at == told.values["deleted"] == datetime(2026, 3, 3, 6, 59, 59)
    assert told.values["project_id"] == "aa11"
    assert found.hints == (Hint("image", "33aa"),)


def test_an_end_without_a_date_is_when_it_was_told() -> None:
    (told,) = means(IMAGE, deleted_at=None).told

    assert told.at == told.values["deleted"] == SENT


def test_an_image_is_created_without_a_size_and_filled_later() -> None:
    created, uploaded = image("create", size=None), image("upload", size=2**40, status="saving")
    activated = image("activate", size=2**40, status="active")

    values = {"project_id": "aa11", "name": "deb12", "status": "queued", "visibility": "private", "created": CREATED}
    assert created == Told("image", "33aa", CREATED, "create", frozenset(values), values)
    assert (uploaded.exact, uploaded.at, uploaded.values["size"]) == ({"size"}, SENT, 2**40)
    assert (activated.exact, activated.values["status"]) == ({"status", "size"}, "active")


def test_an_update_says_not_what_changed() -> None:
    assert image("update").exact == frozenset()


def test_an_update_of_a_deleted_image_is_no_sign_of_life() -> None:
    assert means(IMAGE, "image.update") == Meaning("applied", (), (Hint("image", "33aa"),))


def test_the_text_of_a_failed_upload_is_ignored() -> None:
    for priority in ("ERROR", "INFO"):
        assert meaning(sent(IMAGE, "image.upload", payload="no space", priority=priority)) == Meaning("ignored")


@pytest.mark.parametrize("event", ["create", "update", "delete"])
def test_members_are_a_reason_to_read_the_image_again(event: str) -> None:
    shared = sent(IMAGE, f"image.member.{event}", payload={"image_id": "33aa", "member_id": "bb", "status": "pending"})

    assert meaning(shared) == Meaning("applied", (), (Hint("image", "33aa"),))


@pytest.mark.parametrize("event", ["image.send", "task.create", "metadef_namespace.update"])
def test_the_rest_is_not_needed(event: str) -> None:
    assert means(IMAGE, event) == Meaning("ignored")


def test_an_image_without_an_id_is_refused() -> None:
    with pytest.raises(Malformed, match="no image id"):
        means(IMAGE, id=None)
