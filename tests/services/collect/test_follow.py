"""From a message to what reports read: without a sync, in the process that collects."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from reporting_pollster.app import Application
from reporting_pollster.config import load
from tests.services.collect.collecting import Ours
from tests.services.collect.sending import Cloud, body, instance, uuid
from tests.services.collect.test_command import configured


def test_a_period_is_there_within_seconds(services: Cloud, ours: Callable[..., Ours], tmp_path: Path) -> None:
    collecting = ours()
    app = Application(lambda: load([configured(tmp_path, collecting)]))
    stop = threading.Event()
    running = threading.Thread(target=app.collect, args=(stop,))
    running.start()

    services.publish(body(1), body(2, "compute.instance.delete.end", payload=instance(1, **_DELETED)))
    until = time.monotonic() + 20
    while (not collecting.count("instance_period") or collecting.count("hint")) and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    running.join(30)

    assert not running.is_alive()
    rows = [row for row in collecting.rows("instance_period") if row["known_to"] is None]
    assert {row["id"] for row in rows} == {uuid(1)}
    assert str(max(row["valid_to"] for row in rows)) == "2026-03-02 12:00:00"
    assert collecting.count("hint") == 0  # nothing is configured to be read again


_DELETED = {
    "state": "deleted",
    "terminated_at": "2026-03-02T12:00:00.000000",
    "deleted_at": "2026-03-02T12:00:00.000000",
}
