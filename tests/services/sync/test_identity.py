"""A service is known again by its rows, of which a small cloud may replace all."""

from __future__ import annotations

import pytest

from tests.pollster import Pollster
from tests.services.sync.life import BORN, Life


def _image(life: Life) -> str:
    key = life.name()
    life.cloud.insert("glance", "images", id=key, status="active", created_at=BORN, updated_at=BORN, deleted=0)
    return key


@pytest.mark.parametrize(("number", "outcome"), [(2, "done"), (3, "refused")])
def test_all_images_are_others_now(life: Life, pollster: Pollster, number: int, outcome: str) -> None:
    life.region()
    for _each in range(number):
        _image(life)
    pollster.sync()

    life.cloud.execute("glance", "DELETE FROM images")
    for _each in range(number):
        _image(life)

    results = pollster.attempt("image")
    assert [result.outcome for result in results if result.table == "image"] == [outcome]
