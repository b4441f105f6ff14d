"""Letting a sample cloud live on, so that the next sync has something to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from reporting_pollster.demo import birth, errand, history, life
from reporting_pollster.demo.build import read_note, store, write_note
from reporting_pollster.demo.chance import Dice
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.table import stored
from reporting_pollster.demo.world import World
from reporting_pollster.errors import SettingsError

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Advance:
    """What happened in the sample cloud between two instants of its own clock."""

    since: datetime
    until: datetime
    counts: Mapping[str, int]


def advance(directory: Path, by: timedelta = history.DAY, *, seed: int | None = None) -> Advance:
    """Let the cloud in a directory live on; every service sees a change, however short the time."""
    if by < timedelta(minutes=1):
        raise SettingsError("a sample cloud cannot live on for so little", hint="give it a minute at least", by=by)
    since, born_with = read_note(directory)
    dice = Dice(f"demo {born_with if seed is None else seed} {since}")
    cloud = Cloud(World(directory, start=since, until=since + by, dice=dice))
    cloud.read()
    _live(cloud)
    store(cloud)
    write_note(directory, cloud.world.until, born_with)
    return Advance(since, cloud.world.until, dict(sorted(cloud.world.counts.items())))


def _live(cloud: Cloud) -> None:
    for asked in cloud.world["nova_api"]["build_requests"]:
        life.live_on(cloud, birth.granted(cloud, asked))
    for guest in list(cloud.guests.values()):
        life.live_on(cloud, guest)
    history.now_and_then(cloud)
    span = cloud.world.until - cloud.world.start
    for _ in range(max(3, round(_births_per_day(cloud) * (span / history.DAY)))):
        cloud.world.at(cloud.world.start + span * cloud.dice.share(), lambda: history.arrive(cloud))
    errand.run(cloud)
    cloud.world.at(cloud.world.until, lambda: birth.request(cloud))
    for _ in cloud.world.live():
        pass
    errand.tidy(cloud)


def _births_per_day(cloud: Cloud) -> float:
    """As many as in the month before."""
    lately = stored(cloud.world.start - MONTH)
    rows = [row for cell in cloud.world.cells.values() for row in cell["instances"] if row["created_at"] >= lately]
    return len(rows) / MONTH.days
