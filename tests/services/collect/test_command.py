"""The command as an operator runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services.collect.collecting import Ours
from tests.services.collect.sending import Cloud, body

ROOT = Path(__file__).parents[3]


def configured(directory: Path, ours: Ours, **settings: str) -> Path:
    """A settings file for what collects as `ours` does."""
    lines = {"transport_url": ours.settings.transport_url, **settings}
    url = ours.engine.url.render_as_string(hide_password=False)
    path = directory / "reporting-pollster.conf"
    described = "\n".join(f"{name} = {value}".replace("$", "$$") for name, value in lines.items())
    path.write_text(f"[reporting]\nconnection = {url}\n[notifications]\n{described}\n")
    return path


def command(file: Path, *words: str) -> list[str]:
    program = "import sys; from reporting_pollster.cli import main; sys.exit(main())"
    return [sys.executable, "-c", program, "--config-file", str(file), "collect", *words]


def test_collects_what_there_is_and_tells_what_became_of_it(
    services: Cloud, ours: Callable[..., Ours], tmp_path: Path
) -> None:
    services.publish(body(1), body(1), body(2, "sandwich.eaten"), b"{")
    file = configured(tmp_path, ours())

    done = subprocess.run(command(file, "--once", "--format", "csv"), cwd=ROOT, capture_output=True, text=True)

    assert done.stdout.splitlines() == ["received,applied,ignored,unknown,parked,duplicates", "4,1,0,1,1,1"], done
    again = subprocess.run(command(file, "--replay", "--format", "csv"), cwd=ROOT, capture_output=True, text=True)
    assert again.stdout.splitlines() == ["applied,ignored,unknown,parked", "0,0,1,1"], again
    assert "Warning" not in done.stderr + again.stderr
    status = subprocess.run([*command(file)[:-1], "status"], cwd=ROOT, capture_output=True, text=True)
    assert "4 received, 1 applied, 0 ignored, 1 unknown, 1 parked, 1 duplicates." in status.stdout


def test_refuses_to_take_from_others(services: Cloud, ours: Callable[..., Ours], tmp_path: Path) -> None:
    file = configured(tmp_path, ours(), topics="notifications")

    done = subprocess.run(command(file), cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 2
    assert "would be lost to its other readers" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_loses_nothing(
    services: Cloud, ours: Callable[..., Ours], tmp_path: Path, number: signal.Signals, status: int
) -> None:
    services.publish(*(body(number) for number in range(1500)))
    running = subprocess.Popen(command(configured(tmp_path, ours())), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    try:
        while not ours().count("notification") and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(running.pid, number)
        _, said = running.communicate(timeout=20)
    finally:
        running.kill()  # it would go on with a database that another test gets

    assert running.returncode == status, said
    stored = ours().count("notification")
    waiting = services.left()
    assert 0 < stored < 1500
    if number == signal.SIGTERM:
        assert stored + waiting == 1500  # all that is stored was acknowledged
    ours().collect(waiting)
    assert ours().count("notification") == ours().count("instance_event") == 1500
