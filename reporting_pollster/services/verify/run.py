"""A whole verification: the tables in order, each with all its sources."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy import Engine

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Entity
from reporting_pollster.errors import SourceSchemaError, SourceUnavailable, UnknownName
from reporting_pollster.services.sync.context import Origin
from reporting_pollster.services.verify.comparison import Comparison
from reporting_pollster.services.verify.request import Listener, Request, Silence, Verdict
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.scope import scopes

LOG = logging.getLogger(__name__)


def verify(
    cloud: Cloud,
    engine: Engine,
    settings: SyncSettings,
    request: Request = Request(),  # noqa: B008 (frozen)
    listener: Listener | None = None,
) -> list[Verdict]:
    """Compare each source of each table; one that can't be read fails alone."""
    listener = listener or Silence()
    verdicts = []
    for entity in _named(request.names):
        for scope in scopes(entity, cloud.region, tuple(cloud.cells)):
            verdict = _verdict(Origin(entity, scope, cloud, settings), engine, request, listener)
            listener.finished(verdict)
            verdicts.append(verdict)
    return verdicts


def _named(names: Iterable[str]) -> list[Entity]:
    known, wanted = catalogue(), set(names)
    for name in sorted(wanted - known.keys()):
        raise UnknownName(f"there is no table {name}", hint="`reporting-pollster tables` lists them")
    return [entity for name, entity in known.items() if not wanted or name in wanted]


def _verdict(origin: Origin, engine: Engine, request: Request, listener: Listener) -> Verdict:
    name, source = origin.entity.name, origin.scope.source
    if not origin.is_configured:
        return Verdict(name, source, "skipped", message="its database is not configured")
    try:
        verdict = Comparison(origin, engine, request, listener).verdict()
    except (SourceUnavailable, SourceSchemaError) as error:
        LOG.error("not verified table=%s source=%s error=%s", name, source, error)
        return Verdict(name, source, "failed", message=str(error))
    LOG.info(
        "verified table=%s source=%s rows=%d missing=%d different=%d extra=%d pending=%d seconds=%.2f",
        *(name, source, verdict.rows, verdict.missing, verdict.different, verdict.extra, verdict.pending),
        verdict.seconds,
    )
    return verdict
