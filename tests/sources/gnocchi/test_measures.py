"""Measures of many resources come with one request, and what goes wrong says so in one line."""

from __future__ import annotations

import math
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from reporting_pollster.config import GnocchiSettings
from reporting_pollster.errors import (
    MetricsForbidden,
    MetricsRefused,
    MetricsUnavailable,
    PollsterError,
    SettingsError,
)
from reporting_pollster.sources.gnocchi import Gnocchi, Question
from tests.servers.gnocchi import Gnocchi as Server
from tests.servers.wire import Asked, Said, Wire

pytestmark = pytest.mark.costly

START = datetime(2026, 11, 2, 9)
MINUTE = timedelta(minutes=1)


def reader(url: str, **settings: Any) -> Gnocchi:
    plain: dict[str, Any] = {"auth": "basic", "username": "admin", "endpoint": url, **settings}
    return Gnocchi(GnocchiSettings(**plain), "RegionOne")


def question(*resources: str, metrics: tuple[str, ...] = ("cpu",), aggregates: tuple[str, ...] = ("mean",)) -> Question:
    return Question("instance", resources, metrics, aggregates, MINUTE, START, START + timedelta(hours=1))


def test_one_request_brings_all(gnocchi: Server) -> None:
    policy = gnocchi.policy(60, methods=("mean", "max"))
    first, other = (gnocchi.resource("instance", {"cpu": policy, "memory.usage": policy}) for _ in range(2))
    gnocchi.measure_all(
        {
            first: {"cpu": [(START, 1), (START + timedelta(seconds=30), 3)], "memory.usage": [(START, 5)]},
            other: {"cpu": [(START + MINUTE, 7)]},
        }
    )

    found = reader(gnocchi.url).measures(
        question(first, other, metrics=("cpu", "memory.usage"), aggregates=("mean", "max"))
    )

    assert found[first] == {
        "cpu": {"mean": [(START, 2.0)], "max": [(START, 3.0)]},
        "memory.usage": {"mean": [(START, 5.0)], "max": [(START, 5.0)]},
    }
    assert found[other]["cpu"] == {"mean": [(START + MINUTE, 7.0)], "max": [(START + MINUTE, 7.0)]}
    assert not found[other].get("memory.usage", {}).get("mean")


def test_nobody_has_the_metric_is_an_empty_answer(gnocchi: Server) -> None:
    assert reader(gnocchi.url).measures(question(str(uuid.uuid4()), metrics=("unheard.of",))) == {}


def test_the_end_is_exclusive(gnocchi: Server) -> None:
    policy = gnocchi.policy(60, methods=("mean",))
    instance = gnocchi.resource("instance", {"cpu": policy})
    hour = timedelta(hours=1)
    gnocchi.measure(instance, "cpu", [(START - MINUTE, 0), (START, 1), (START + hour - MINUTE, 2), (START + hour, 3)])

    found = reader(gnocchi.url).measures(question(instance))

    assert found[instance]["cpu"]["mean"] == [(START, 1.0), (START + hour - MINUTE, 2.0)]


def test_a_metric_of_another_policy_is_refused_with_a_reason(gnocchi: Server) -> None:
    instance = gnocchi.resource("instance", {"cpu": gnocchi.policy(300, methods=("mean",))})

    with pytest.raises(MetricsRefused, match="Granularities are missing"):
        reader(gnocchi.url).measures(question(instance))
    with pytest.raises(MetricsRefused, match="unknown aggregation"):
        reader(gnocchi.url).measures(question(instance, aggregates=("max",)))


def test_a_bare_nan_is_read() -> None:
    body = b'{"measures": {"i": {"cpu": {"mean": [["2026-11-02T09:00:00+00:00", 60.0, NaN]]}}}}'

    with Wire(lambda _asked: Said(body)) as wire:
        ((_at, value),) = reader(wire.url).measures(question("i"))["i"]["cpu"]["mean"]

    assert math.isnan(value)


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        (Said(b"plain words", 400, "text/plain"), MetricsRefused, "plain words"),
        (Said({"code": 400, "description": "a sentence"}, 400), MetricsRefused, "a sentence"),
        (Said({"code": 400, "description": {"cause": "why", "detail": [1]}}, 400), MetricsRefused, '"cause": "why"'),
        (Said(b"<html>oh</html>", 200, "text/html"), MetricsRefused, "is not Gnocchi"),
        (Said(b"<html>oh</html>", 500, "text/html"), MetricsUnavailable, "status=500"),
        (Said({"code": 503, "description": ""}, 503), MetricsUnavailable, "status=503"),
        (Said({"code": 401, "description": ""}, 401), MetricsForbidden, "status=401"),
        (Said({"code": 403, "description": ""}, 403), MetricsForbidden, "status=403"),
        (None, MetricsUnavailable, "does not answer"),
    ],
)
def test_whatever_goes_wrong_is_one_line_and_is_asked_once(
    said: Said | None, kind: type[PollsterError], text: str
) -> None:
    def script(_asked: Asked) -> Said | None:
        return said

    with Wire(script) as wire, pytest.raises(kind) as caught:
        reader(wire.url).measures(question("i"))

    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(wire.asked) == 1


def test_a_server_that_hangs_is_left_in_time() -> None:
    def script(_asked: Asked) -> Said:
        time.sleep(3)
        return Said([])

    began = time.monotonic()
    with Wire(script) as wire, pytest.raises(MetricsUnavailable, match="does not answer"):
        reader(wire.url, timeout=1).measures(question("i"))

    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    ("settings", "missing"),
    [({"auth": "basic"}, "endpoint"), ({"auth": "noauth", "endpoint": "http://g"}, "username"), ({}, "auth_url")],
)
def test_what_is_not_set_is_named(settings: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingsError, match=rf"\[gnocchi\] {missing} is not set"):
        Gnocchi(GnocchiSettings(**settings), "RegionOne")  # type: ignore[arg-type]
