"""The examination as a whole. Sources are looked at in parallel, for one that does not answer takes its time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from sqlalchemy import URL, Engine

from reporting_pollster.config.settings import Settings
from reporting_pollster.entities.source import CELLS
from reporting_pollster.errors import PollsterError, SettingsError
from reporting_pollster.services.doctor.cells import examine_cells
from reporting_pollster.services.doctor.finding import Finding, failure, ok, problem
from reporting_pollster.services.doctor.reporting import SUBJECT, examine_reporting
from reporting_pollster.services.doctor.source import examine_source
from reporting_pollster.services.doctor.subject import Source
from reporting_pollster.sources.cloud import Cloud


def examine(settings: Settings, cloud: Cloud, store: Callable[[], Engine]) -> list[Finding]:
    """Look at everything; what is wrong with one part keeps no other from being looked at."""
    return [
        _settings(settings),
        *_reporting(settings, cloud, store),
        *_sources(settings, cloud),
        *examine_cells(cloud, settings.cells),
    ]


def _settings(settings: Settings) -> Finding:
    try:
        settings.require_sources()
    except SettingsError as error:
        return failure("settings", "completeness", error)
    return ok("settings", "completeness", f"complete ({settings.described_files()})")


def _reporting(settings: Settings, cloud: Cloud, store: Callable[[], Engine]) -> list[Finding]:
    file = _file_of(settings.reporting.url, settings.state_directory)
    if file is not None and not file.exists():  # connecting would create it
        return [problem(SUBJECT, "connection", f"there is no file {file} yet", "run reporting-db-sync")]
    found: list[Finding] = []
    try:
        found.extend(examine_reporting(cloud, store(), settings))  # keeps what came before a failure
    except PollsterError as error:
        found.append(failure(SUBJECT, "reading" if found else "connection", error))
    return found


def _file_of(url: URL, state_directory: Path) -> Path | None:
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return state_directory / name


def _sources(settings: Settings, cloud: Cloud) -> list[Finding]:
    overlap = settings.sync.overlap_seconds
    sources = [Source(name, name, database, overlap) for name, database in cloud.databases.items()]
    sources += [Source(f"cell:{name}", CELLS, cell, overlap) for name, cell in cloud.cells.items()]
    with ThreadPoolExecutor(max_workers=max(1, settings.sync.readers), thread_name_prefix="look") as pool:
        return list(chain.from_iterable(pool.map(examine_source, sources)))
