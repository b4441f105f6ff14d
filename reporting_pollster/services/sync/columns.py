"""Whether a source still has all that it had.

An optional column or table may be absent from the beginning: not every release has it. One that was there and is not
now would empty ours in every row; an upgrade is half done, or a GRANT was taken back.
"""

from __future__ import annotations

from collections.abc import Iterator

from reporting_pollster.entities.base import Paged
from reporting_pollster.entities.source import SourceTables
from reporting_pollster.errors import SourceRefused
from reporting_pollster.services.sync.context import Work
from reporting_pollster.store.state import State


def refuse_lost_columns(work: Work, state: State) -> State:
    """The state with what is absent now; raises SourceRefused when it was there before."""
    absent = sorted(_absent(work))
    known = state.progress.columns
    lost = [name for name in absent if known is not None and name not in known]
    if lost and state.loaded and not work.accepted:
        raise SourceRefused(
            f"{work.entity.name} from {work.scope.source} no longer has {', '.join(lost)}",
            hint="wait for a running upgrade to finish, or check the GRANTs; "
            f"`reporting-pollster sync {work.entity.name} --accept {work.entity.name}` goes on without",
        )
    return state.moved(columns=absent)


def _absent(work: Work) -> Iterator[str]:
    for name in work.entity.source.databases:
        database = work.cloud.find(name, work.scope.cell_name)
        if database is not None:
            tables = database.tables.anew()
            _ask(work, name, tables)
            yield from (f"{database.name}.{column}" for column in tables.absent)


def _ask(work: Work, database: str, tables: SourceTables) -> None:
    """Build all queries on one database; they ask for what they need."""
    source = work.entity.source
    if isinstance(source, Paged) and source.database == database:
        source.select(tables)
        archive = tables.shadow()
        if source.shadowed and not archive.has(source.table):
            tables.absent |= archive.absent
    for query in work.queries().values():
        if query.database == database:
            query.select(tables)
