"""Building a sample cloud from nothing, in one go."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from shutil import copyfile

from reporting_pollster.demo import history, milestone, quota
from reporting_pollster.demo.chance import Dice
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.ddl import create_database
from reporting_pollster.demo.names import GHOSTS
from reporting_pollster.demo.settings import DemoCloud
from reporting_pollster.demo.world import CELLS, SERVICES, World, files
from reporting_pollster.errors import SettingsError

NOTE = "demo.json"
Progress = Callable[[str, int, int], None]


def build(
    directory: Path, *, now: datetime, seed: int = 1, instances: int = 3000, progress: Progress | None = None
) -> DemoCloud:
    """Make the databases of a cloud that has lived for two years until `now`; an older sample cloud is replaced."""
    report = progress or _silent
    now = (now.astimezone(UTC) if now.tzinfo else now).replace(tzinfo=None, microsecond=0)
    _make_room(directory)
    write_note(directory, now, seed, complete=False)
    _create(directory, report)
    cloud = Cloud(World(directory, start=now - history.SPAN, until=now, dice=Dice(f"demo {seed}")))
    _live(cloud, instances, report)
    store(cloud, report)
    write_note(directory, now, seed)
    return DemoCloud.at(directory)


def write_note(directory: Path, now: datetime, seed: int, *, complete: bool = True) -> None:
    """Remember what the databases do not say: the cloud's own clock and its seed, and that it was built to the end."""
    note = {"now": now.isoformat(sep=" "), "seed": seed, "complete": complete}
    (directory / NOTE).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def read_note(directory: Path) -> tuple[datetime, int]:
    """The cloud's own clock and seed."""
    try:
        note = json.loads((directory / NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError("there is no sample cloud here", hint="build one first", directory=directory) from error
    if not note["complete"]:
        raise SettingsError("this sample cloud is half built", hint="build it again", directory=directory)
    return datetime.fromisoformat(note["now"]), int(note["seed"])


def _make_room(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    there = [path for path in files(directory).values() if path.exists()]
    if there and not (directory / NOTE).exists():
        raise SettingsError(
            "files with the names of a sample cloud's databases are here, but no sample cloud",
            hint="choose another directory, or move them away",
            directory=directory,
            file=there[0].name,
        )
    for path in there:
        path.unlink()


def _create(directory: Path, report: Progress) -> None:
    paths = files(directory)
    schemas = resources.files("reporting_pollster.demo") / "schema"
    for number, name in enumerate(SERVICES, 1):
        report("schemas", number, len(SERVICES) + len(CELLS))
        create_database(paths[name], (schemas / f"{name}.sql").read_text(encoding="utf-8"))
    create_database(paths[CELLS[0]], (schemas / "nova_cell.sql").read_text(encoding="utf-8"))
    for cell in CELLS[1:]:
        copyfile(paths[CELLS[0]], paths[cell])
    report("schemas", len(SERVICES) + len(CELLS), len(SERVICES) + len(CELLS))


def _live(cloud: Cloud, instances: int, report: Progress) -> None:
    history.found(cloud, instances / 3000)
    history.now_and_then(cloud)
    milestone.plan(cloud)
    ghosts = tuple(cloud.dice.hex() for _ in range(GHOSTS))
    forgotten = cloud.world.until - history.SPAN / 2
    for when in history.arrivals(cloud, instances):
        known = ghosts if when < forgotten else ()
        cloud.world.at(when, partial(history.arrive, cloud, known))
    step = max(1, instances // 50)
    for _ in cloud.world.live():
        made = cloud.world.counts["instances created"]
        if made % step == 0:
            report("instances", made, instances)
    report("instances", instances, instances)


def store(cloud: Cloud, report: Progress | None = None) -> None:
    """Write everything, with the figures that services keep of themselves as of now."""
    report = report or _silent
    cloud.hosts.beat()
    cloud.volumes.beat()
    quota.count(cloud)
    for number, database in enumerate(cloud.world.databases.values(), 1):
        database.save()
        report("databases", number, len(cloud.world.databases))


def _silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""
