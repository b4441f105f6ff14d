"""What a client sees at once is what periods say later, whatever it wrote and whatever OpenStack told in between."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from tests.api.almanach.test_told import Cloudy, date
from tests.api.asking import Asking
from tests.services.notified.test_told import LARGE, SERVER, server, volume

FLAVORS = ("m1.small", "m1.large", "tiny")
Said = list[tuple[Any, ...]]


def moment(rand: random.Random) -> str:
    return f"{rand.randint(1, 6):02} {rand.randint(0, 23):02}:{rand.choice((0, 30)):02}:00"


def instance_life(key: str, rand: random.Random) -> Sequence[bytes]:
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


def volume_life(key: str, rand: random.Random) -> Sequence[bytes]:
    times = sorted(moment(rand) for _ in range(5))
    own: dict[str, Any] = {"volume_id": key, "created_at": f"2026-03-{times[0]}+00:00"}
    own["launched_at"] = own["created_at"]
    held = {"volume_attachment": [{"id": key, "instance_uuid": SERVER, "attach_status": "attached"}]}
    return [
        volume("volume.create.end", times[0], **own),
        volume("volume.attach.end", times[1], status="in-use", **own, **held),
        volume("volume.detach.end", times[2], **own),
        volume("volume.resize.end", times[3], size=40, **own),
        volume("volume.delete.end", times[4], size=40, status="deleting", **own),
    ][: rand.randint(1, 5)]


def write_instance(cloudy: Cloudy, key: str, rand: random.Random) -> None:
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


def write_volume(cloudy: Cloudy, key: str, rand: random.Random) -> None:
    at = date(moment(rand))
    match rand.randint(0, 4):
        case 0:
            sent = {"start": at, "volume_id": key, "volume_name": "n", "volume_type": None, "size": 3}
            cloudy("POST", "/v1/project/aa11/volume", json={**sent, "attached_to": []})
        case 1:
            cloudy("DELETE", f"/v1/volume/{key}", json={"date": at})
        case 2:
            cloudy("PUT", f"/v1/volume/{key}/resize", json={"date": at, "size": rand.randint(1, 3)})
        case 3:
            cloudy("PUT", f"/v1/volume/{key}/attach", json={"date": at, "attachments": [SERVER]})
        case _:
            cloudy("PUT", f"/v1/volume/{key}/detach", json={"date": at, "attachments": []})


def joined(parts: Iterable[tuple[Any, ...]]) -> Said:
    """Start, end and values, one of those that follow each other and say the same; none that lasts no time."""
    result: Said = []
    for start, end, *values in parts:
        if start == end:
            continue
        if result and result[-1][1] == start and list(result[-1][2:]) == values:
            result[-1] = (result[-1][0], end, *values)
        else:
            result.append((start, end, *values))
    return result


def entries_of(cloudy: Cloudy, kind: str, key: str) -> Said:
    names = ("project_id", "flavor") if kind == "instance" else ("project_id", "size", "attached_to")
    answer = cloudy("GET", f"/v1/entity/{key}")
    found = cloudy.short(answer, *names) if answer.status_code == 200 else []
    return joined((*entry[:-1], bool(entry[-1])) if kind == "volume" else entry for entry in found)


def periods_of(cloudy: Cloudy, kind: str, key: str) -> Said:
    names = ("project_id", "flavour_name") if kind == "instance" else ("project_id", "size", "attached")
    rows = cloudy.rows(f"{kind}_period", id=key)
    while kind == "instance" and rows and rows[-1]["state"] == "deleting":
        rows.pop()
    bounds = [[at and f"{at:%d %H:%M:%S}" for at in (row["valid_from"], row["valid_to"])] for row in rows]
    return joined((*bound, *(row[name] for name in names)) for bound, row in zip(bounds, rows, strict=True))


@pytest.mark.parametrize(
    ("kind", "life", "write"),
    [("instance", instance_life, write_instance), ("volume", volume_life, write_volume)],
    ids=["instance", "volume"],
)
def test_entries_are_what_periods_say_afterwards(ask: Asking, store: str, kind: str, life: Any, write: Any) -> None:
    cloudy, rand = Cloudy(ask, store), random.Random(kind)
    lives = {f"{kind}-{number}": list(life(f"{kind}-{number}", rand)) for number in range(10)}

    for _round in range(3):
        cloudy.hear(*(body for bodies in lives.values() for body in bodies[:2]))
        lives = {key: bodies[2:] for key, bodies in lives.items()}
        for key in lives:
            for _write in range(rand.randint(0, 3)):
                write(cloudy, key, rand)
        before = {key: entries_of(cloudy, kind, key) for key in lives}

        cloudy.derive()

        assert {key: periods_of(cloudy, kind, key) for key in lives} == before
        assert {key: entries_of(cloudy, kind, key) for key in lives} == before
