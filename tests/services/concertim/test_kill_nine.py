"""The command itself, killed while it waits for an answer."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import update

from reporting_pollster.store.engine import writing
from reporting_pollster.store.tables import Lease
from tests.concertim import Concertim
from tests.services.concertim.shown import NOON, Rows, service_of


def test_a_process_killed_in_the_middle_leaves_nothing_that_the_next_cannot_complete(
    rows: Rows, concertim: Concertim, tmp_path: Path
) -> None:
    for number in range(12):
        rows.put("instance", f"i{number}", name=f"w{number}")
    settings = tmp_path / "pollster.conf"
    settings.write_text(
        f"[reporting]\nconnection = {rows.engine.url}\n"
        f"[concertim]\nurl = {concertim.url}\nlogin = admin\npassword = {concertim.password}\n"
    )
    concertim.faults.add("delay", "POST .*/nodes", times=100)
    program = Path(sys.executable).with_name("reporting-pollster")
    command: list[str | Path] = [program, "--config-file", settings, "concertim", "sync"]

    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while len(concertim.installation.devices) < 4 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.2)  # what was under way is done
    left = len(concertim.installation.devices)
    with writing(rows.engine) as connection:
        connection.execute(update(Lease).values(expires=NOON))  # as after fifteen seconds
    result = service_of(rows.engine, concertim).sync()

    found = concertim.installation.by_openstack_id()
    assert process.returncode == -signal.SIGKILL
    assert 4 <= left < 12
    assert result.is_good
    assert {key: len(devices) for key, devices in found.items()} == {f"i{number}": 1 for number in range(12)}
