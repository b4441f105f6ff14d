"""What a client sees at once is what is derived later, whatever it wrote and whatever OpenStack told in between."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from tests.api.almanach.test_told import Cloudy, date
from tests.api.asking import Asking
from tests.services.notified.test_told import LARGE, server

FLAVORS = ("m1.small", "m1.large", "tiny")


def moment(rand: random.Random) -> str:
    return f"{rand.randint(1, 6):02} {rand.randint(0, 23):02}:{rand.choice((0, 30)):02}:00"


def life(key: str, rand: random.Random) -> Sequence[bytes]:
    times = sorted(moment(rand) for _ in range(4))
    own: dict[str, Any] = {"instance_id": key, "created_at": f"2026-03-{times[0]}+00:00"}
    own["launched_at"] = own["created_at"]
    ended = {"terminated_at": f"2026-03-{times[3].replace(' ', 'T')}.000000", "state": "deleted"}
    return [
        server("compute.instance.create.end", times[0], **own),
        server("compute.instance.power_off.end", times[1], state="stopped", **own),
        server("compute.instance.finish_resize.end", times[2], **own, **LARGE),
        server("compute.instance.delete.end", times[3], **own, **ended, **LARGE),
    ][: rand.randint(1, 4)]


def write(cloudy: Cloudy, key: str, rand: random.Random) -> None:
    at = date(moment(rand))
    match rand.randint(0, 4):
        case 0:
            sent = {"created_at": at, "id": key, "name": "n", "flavor": rand.choice(FLAVORS), "os_distro": None}
            cloudy("POST", "/v1/project/aa11/instance", json={**sent, "os_version": None, "os_type": None})
        case 1:
            cloudy("DELETE", f"/v1/instance/{key}", json={"date": at})
        case 2:
            cloudy("PUT", f"/v1/entity/instance/{key}", json={"start_date": at, "flavor": rand.choice(FLAVORS)})
        case _:
            cloudy("PUT", f"/v1/instance/{key}/resize", json={"date": at, "flavor": rand.choice(FLAVORS)})


@pytest.mark.parametrize("seed", range(2))
def test_entries_stay_as_they_are_when_periods_follow(ask: Asking, store: str, seed: int) -> None:
    cloudy, rand = Cloudy(ask, store), random.Random(seed)
    keys = [f"instance-{number}" for number in range(8)]

    def seen() -> dict[str, list[tuple[Any, ...]]]:
        answers = {key: cloudy("GET", f"/v1/entity/{key}") for key in keys}
        return {
            key: cloudy.short(answer, "flavor", "project_id") if answer.status_code == 200 else []
            for key, answer in answers.items()
        }

    lives = {key: list(life(key, rand)) for key in keys}
    for _round in range(3):
        cloudy.hear(*(body for key in keys for body in lives[key][:2]))
        for key in keys:
            lives[key] = lives[key][2:]
            for _write in range(rand.randint(0, 3)):
                write(cloudy, key, rand)
        before = seen()

        cloudy.derive()

        assert seen() == before
        assert all(one[1] <= other[0] for entries in before.values() for one, other in pairwise(entries))
