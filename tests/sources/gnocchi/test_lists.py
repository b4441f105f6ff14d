"""What there is at Gnocchi: each thing once, however the pages come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from reporting_pollster.config import GnocchiSettings
from reporting_pollster.sources.gnocchi import Gnocchi
from tests.servers.gnocchi import Gnocchi as Server
from tests.servers.wire import Asked, Said, Wire

pytestmark = pytest.mark.costly

LONG_AGO = datetime(2026, 1, 1)
NOON = datetime(2026, 11, 2, 12)


def reader(url: str, **settings: Any) -> Gnocchi:
    return Gnocchi(GnocchiSettings(auth="basic", username="admin", endpoint=url, **settings), "RegionOne")


def test_each_resource_is_listed_once_however_many_pages_there_are(gnocchi: Server) -> None:
    made = {gnocchi.resource("volume", {}) for _ in range(45)}

    found = [each.id for each in reader(gnocchi.url).resources("volume", LONG_AGO)]

    assert len(found) == len(set(found))
    assert made <= set(found)


def test_each_metric_is_listed_once_with_its_policy(gnocchi: Server) -> None:
    made = {gnocchi.resource("volume", {"listed": "low"}) for _ in range(30)}
    made_otherwise = gnocchi.resource("volume", {"listed": "high"})

    found = list(reader(gnocchi.url).metrics("listed"))

    assert len(found) == 31
    assert dict(found) == {**dict.fromkeys(made, "low"), made_otherwise: "high"}


def test_repeated_rows_and_pages_without_end_do_no_harm() -> None:
    pages = {None: ["a", "b"], "b": ["b", "c"], "c": ["b", "c"]}

    def script(asked: Asked) -> Said:
        marker = asked.query.get("marker", [None])[0]
        return Said([{"id": each, "project_id": None, "ended_at": None} for each in pages[marker]])

    with Wire(script) as wire:
        found = [each.id for each in reader(wire.url).resources("volume", LONG_AGO)]

    assert found == ["a", "b", "c"]


def test_what_ended_long_ago_is_not_listed(gnocchi: Server) -> None:
    old, recent, living = (gnocchi.resource("instance", {}, started_at="2026-11-01T00:00:00") for _ in range(3))
    gnocchi.call("PATCH", f"/v1/resource/instance/{old}", {"ended_at": "2026-11-01T10:00:00"})
    gnocchi.call("PATCH", f"/v1/resource/instance/{recent}", {"ended_at": "2026-11-02T13:00:00"})

    found = {each.id: each for each in reader(gnocchi.url).resources("instance", NOON)}

    assert old not in found
    assert found[recent].ended == datetime(2026, 11, 2, 13)
    assert found[living].ended is None


def test_what_belongs_to_an_instance_says_to_which(gnocchi: Server) -> None:
    instance = gnocchi.resource("instance", {}, project="project7")
    disk = gnocchi.resource("instance_disk", {}, project="project7", instance_id=instance)

    (found,) = (each for each in reader(gnocchi.url).resources("instance_disk", LONG_AGO) if each.id == disk)

    assert (found.instance_id, found.project_id) == (instance, "project7")


def test_policies_are_understood(gnocchi: Server) -> None:
    name = gnocchi.policy(60, 3600, methods=("mean", "rate:mean"), back_window=3)

    found = reader(gnocchi.url).policies()

    assert found[name].methods == {"mean", "rate:mean"}
    assert [archive.granularity for archive in found[name].archives] == [timedelta(minutes=1), timedelta(hours=1)]
    assert found[name].back_window == 3
    assert {"low", "medium", "high"} <= found.keys()
