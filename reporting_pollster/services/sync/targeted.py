"""Reads single rows again that a notification named, so that a change shows within seconds.

Only for freshness: no cursor moves, nothing is closed, and what is missed is found by the next cycle. The ids come from
messages: one that no column of a source could hold must not fail the reading of all others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Engine

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.entities import catalogue
from reporting_pollster.services.sync.request import Request, Silence, UnitResult
from reporting_pollster.services.sync.run import Cycle
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.lease import holding

_PATIENCE_SECONDS = 5.0


def read_again(
    cloud: Cloud, engine: Engine, settings: SyncSettings, wanted: Mapping[str, Collection[str] | None]
) -> list[UnitResult]:
    """Read rows of tables by their ids, or whole tables (None), and derive what follows.

    Tables that there are not, and sources that were never loaded, are passed over. Raises LeaseHeld while another
    process writes.
    """
    entities = [entity for name, entity in catalogue().items() if name in wanted]
    if not entities or not cloud.all():
        return []
    with holding(engine, patience=_PATIENCE_SECONDS) as held:
        cycle = Cycle(cloud, engine, settings, Request(), Silence(), held)
        results = [result for entity in entities for result in cycle.table(entity, _possible(wanted[entity.name]))]
        results += cycle.derive({entity.name for entity in entities})
    return results


def _possible(ids: Collection[str] | None) -> Collection[str] | None:
    """MariaDB refuses to compare what is not in the character set of a column; ids are plain ASCII."""
    return None if ids is None else [each for each in ids if each.isascii()]
