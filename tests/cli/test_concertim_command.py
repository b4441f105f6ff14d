"""`concertim` as it is typed, against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Run
from tests.concertim import Concertim
from tests.servers import SQLite
from tests.services.concertim.shown import Rows
from tests.stores import Stores, engine_of

Command = Callable[..., Ended]


@pytest.fixture
def concertim() -> Iterator[Concertim]:
    """Return the stand-in, with a team that has no project yet."""
    with Concertim() as running:
        running.installation.owner("physics")
        yield running


@pytest.fixture
def command(run: Run, stores: Stores, in_memory: SQLite, concertim: Concertim, tmp_path: Path) -> Iterator[Command]:
    """Return what runs `concertim` for a cloud of one instance in each of two projects."""
    with stores.lent(in_memory) as url:
        rows = Rows(engine_of(url))
        rows.change("project", "p1", display_name="CM_physics")
        rows.put("instance", "i1")
        rows.put("instance", "i2", project_id="p2")
        (tmp_path / "password").write_text(f"{concertim.password}\n")
        (tmp_path / "pollster.conf").write_text(
            f"[reporting]\nconnection = {url}\n"
            f"[concertim]\nurl = {concertim.url}/\nlogin = admin\npassword_file = {tmp_path}/password\n"
            "team_project = CM_{name}\ntries = 1\n"
        )
        yield lambda *words: run("--quiet", "--config-file", tmp_path / "pollster.conf", "concertim", *words)


def test_a_plan_is_printed_and_then_done(command: Command, concertim: Concertim) -> None:
    command("sync")  # links the team
    planned = command("plan", "--format", "json")
    before = len(concertim.journal.writes())
    done = command("sync")
    again = command("plan", "--format", "json")

    assert [(step["verb"], step["object"], step["key"]) for step in json.loads(planned.out)] == [
        ("create", "rack", "p1"),
        ("create", "device", "i1"),
    ]
    assert (done.status, done.out) == (0, "2 done, 0 taken over, 0 failed\n")
    assert done.err == "no team of Concertim has these projects: p2\n"
    assert json.loads(again.out) == []
    assert len(concertim.journal.writes()) == before + 2


def test_the_status_tells_of_both_sides(command: Command) -> None:
    never = command("status")
    command("sync")
    command("sync")
    found = json.loads(command("status", "--format", "json").out)
    table = command("status").out

    assert never.out == "Concertim was not compared yet.\n"
    assert found["cycle"]["backlog"] == 0
    assert found["cycle"]["unmapped"] == ["p2"]
    assert found["cycle"]["counts"]["instance"] == {"openstack": 2, "concertim": 0, "by_hand": 0}
    assert "backlog: 0." in table


def test_what_fails_is_told_and_the_status_is_one(command: Command, concertim: Concertim) -> None:
    command("sync")
    concertim.faults.add("status", "POST .*/nodes", status=500)

    ended = command("sync")

    assert ended.status == 1
    assert "create device i1: Concertim refused POST /api/v1/nodes" in ended.err


def test_without_settings_or_with_a_wrong_password_it_says_what_to_do(
    command: Command, concertim: Concertim, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("wrong-word\n")
    wrong = command("sync")
    bare = tmp_path / "bare.conf"
    bare.write_text(f"[reporting]\nconnection = sqlite:///{tmp_path}/none.sqlite\n")
    missing = run("--config-file", bare, "concertim", "sync")

    assert (wrong.status, missing.status) == (1, 2)
    assert "Concertim refused the login" in wrong.err
    assert "wrong-word" not in wrong.err
    assert "[concertim] url is not set" in missing.err
