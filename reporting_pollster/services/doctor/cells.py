"""Nova's list of cells against the configured ones: a cell that was forgotten is a part of the cloud that is missing.

What would tell the cells apart for sure are the connection strings in nova's list, which hold passwords and are not
read. So it is names and numbers, and for cell0 its uuid. Names are free in nova, and may be empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.entities.cell import CELL0
from reporting_pollster.entities.mapping import COUNTED_AT_MOST, mapped_cells, mapped_instances
from reporting_pollster.errors import PollsterError
from reporting_pollster.services.doctor.finding import Finding, listed, ok, problem, warning
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.sources.database import Session

SUBJECT = "cells"
_STEP = "add it to [nova] cells, with a group [cell:NAME] and its connection"


def examine_cells(cloud: Cloud, settings: Mapping[str, DatabaseSettings]) -> list[Finding]:
    """All findings about the cells; nothing when nova_api can't be read, which is told of nova_api."""
    found = list(_same_database(settings))
    nova_api = cloud.databases.get("nova_api")
    if nova_api is None:
        return found
    try:
        with nova_api.session() as session:
            return found + list(_compared(session, tuple(cloud.cells)))
    except PollsterError:
        return found


def _same_database(settings: Mapping[str, DatabaseSettings]) -> Iterator[Finding]:
    places = defaultdict[tuple[Any, ...], list[str]](list)
    for name, one in settings.items():
        places[one.url.host, one.url.port, one.url.database].append(name)
    for names in places.values():
        if len(names) > 1:
            text = f"{listed(names)} have the same database, so its instances would count twice"
            yield problem(SUBJECT, "connections", text, f"correct the connection of [cell:{names[-1]}]")


def _compared(session: Session, configured: Sequence[str]) -> Iterator[Finding]:
    mapped = session.rows(mapped_cells(session.tables))
    known = {_folded(name) for _, _, name, _ in mapped} | {"cell0" for _, uuid, _, _ in mapped if uuid == CELL0}
    unknown = [name for name in configured if _folded(name) not in known]
    names = {_folded(name) for name in configured}
    missing = [cell for cell in mapped if not _is_configured(cell, names)]
    if not missing and not unknown:
        yield ok(SUBJECT, "configuration", f"nova knows {len(mapped)}, and all are configured")
        return
    cell0 = [cell for cell in missing if cell[1] == CELL0]
    others = [cell for cell in missing if cell[1] != CELL0]
    for cell in cell0:
        yield _missing(session, cell)
    if unknown and len(others) == len(unknown):
        text = f"nova calls them {listed([_name(cell) for cell in others])}, the settings {listed(unknown)}"
        yield warning(SUBJECT, "names", text, "see that they are the same cells, and call them as nova does")
        return
    for cell in others:
        yield _missing(session, cell)
    for name in unknown:
        yield problem(SUBJECT, "configuration", f"nova knows no cell {name}", f"take {name} out of [nova] cells")


def _is_configured(cell: tuple[Any, ...], names: set[str]) -> bool:
    return _folded(cell[2]) in names or (cell[1] == CELL0 and "cell0" in names)


def _missing(session: Session, cell: tuple[Any, ...]) -> Finding:
    number, _, _, disabled = cell
    count = int(session.rows(mapped_instances(session.tables, number))[0][0])
    many = f"{count} or more" if count >= COUNTED_AT_MOST else str(count)
    state = "disabled, " if disabled else ""
    text = f"{_name(cell)} ({state}{many} instances) is not configured, so its instances are missing"
    return problem(SUBJECT, "configuration", text, _STEP)


def _name(cell: tuple[Any, ...]) -> str:
    return str(cell[2] or f"the cell without a name ({cell[1]})")


def _folded(name: object) -> str:
    return str(name or "").casefold()
