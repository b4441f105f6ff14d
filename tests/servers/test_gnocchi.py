"""The Gnocchi that other tests read from: it aggregates when it is told to, and not before."""

from datetime import datetime, timedelta

import pytest

from tests.servers.gnocchi import Gnocchi

pytestmark = pytest.mark.costly

START = datetime(2026, 11, 2, 9)


def test_measures_are_aggregated_at_once(gnocchi: Gnocchi) -> None:
    policy = gnocchi.policy(60, methods=("mean", "max"))
    instance = gnocchi.resource("instance", {"cpu": policy})

    gnocchi.measure(instance, "cpu", [(START, 10), (START + timedelta(seconds=30), 20)])

    found = gnocchi.call("GET", f"/v1/resource/instance/{instance}/metric/cpu/measures", aggregation="max")
    assert found == [["2026-11-02T09:00:00+00:00", 60.0, 20.0]]
