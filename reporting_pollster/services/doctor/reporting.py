"""The reporting database: there, of our schema, writable; who writes, and what was left undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, insert

from reporting_pollster.config.settings import Settings, SyncSettings
from reporting_pollster.errors import PollsterError, SchemaOutdated, StoreConflict
from reporting_pollster.services.doctor.clock import difference, seconds_ahead
from reporting_pollster.services.doctor.finding import Finding, failure, listed, ok, problem, warning
from reporting_pollster.services.status import SourceStatus, Status, status
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.engine import dialect_kind, writing
from reporting_pollster.store.failure import driver_errors, reason_of
from reporting_pollster.store.migration import head, require_current
from reporting_pollster.store.tables import TableMetadata

SUBJECT = "reporting"
_NOT_BELIEVED = "--accept"  # what every refusal tells to do, and no other failure


def examine_reporting(cloud: Cloud, engine: Engine, settings: Settings) -> Iterator[Finding]:
    """All findings about the database itself and about what is known of the sources in it."""
    try:
        require_current(engine)
    except SchemaOutdated as error:
        yield ok(SUBJECT, "connection", f"connected ({dialect_kind(engine)})")
        yield failure(SUBJECT, "schema", error)
        return
    except driver_errors(engine) as error:
        yield problem(SUBJECT, "connection", f"cannot be used: {reason_of(error)}", "check [reporting] connection")
        return
    yield ok(SUBJECT, "connection", f"connected ({dialect_kind(engine)})")
    yield ok(SUBJECT, "schema", f"at revision {head()}")
    yield _writable(engine)
    found = status(cloud, engine, settings.sync)
    yield difference(SUBJECT, seconds_ahead(found.now), settings.sync.overlap_seconds)
    yield _writer(found)
    configured = [source for source in found.sources if source.configured]
    yield from _freshness(configured, settings.sync)
    yield _quarantine(configured)


class _Undo(Exception):
    """Ends a transaction that was only tried."""


def _writable(engine: Engine) -> Finding:
    """Write a row and take it back."""
    try:
        with writing(engine) as connection:
            connection.execute(insert(TableMetadata).values(table_name="(doctor)", row_count=0))
            raise _Undo
    except _Undo:
        return ok(SUBJECT, "writing", "the account may write")
    except StoreConflict:
        return ok(SUBJECT, "writing", "another process is writing just now")
    except PollsterError as error:
        return failure(SUBJECT, "writing", error)
    except driver_errors(engine) as error:
        return problem(
            SUBJECT, "writing", f"cannot write: {reason_of(error)}", "give the account all rights to this database"
        )


def _writer(found: Status) -> Finding:
    if found.writer is None:
        return ok(SUBJECT, "writer", "nobody is writing")
    until = f"{found.writer_until:%Y-%m-%d %H:%M:%S}"
    return ok(SUBJECT, "writer", f"{found.writer} is the writer (its claim ends {until} unless renewed)")


def _freshness(sources: Sequence[SourceStatus], settings: SyncSettings) -> Iterator[Finding]:
    """Sources that failed, were refused, or were not read for long; those with the same trouble in one finding."""
    if all(source.behind_seconds is None and not source.failed for source in sources):
        yield ok(SUBJECT, "freshness", "nothing was synced yet")
        return
    troubles: dict[str, list[SourceStatus]] = {}
    for source in sources:
        if source.failed:
            troubles.setdefault(str(source.problem), []).append(source)
    for text, failed in troubles.items():
        if _NOT_BELIEVED in text:
            yield problem(SUBJECT, "guard", f"refused: {_named(failed)}: {text}", None)
        else:
            step = "mend that, and run `reporting-pollster sync`"
            yield problem(SUBJECT, "last sync", f"not synced: {_named(failed)}: {text}", step)
    stale = [source for source in sources if source.stale and not source.failed]
    if stale:
        text = f"not read for more than {settings.stale_after_seconds} s: {_named(stale)}"
        yield warning(SUBJECT, "freshness", text, "see that a service or timer runs `reporting-pollster sync`")
    elif not troubles:
        yield ok(SUBJECT, "freshness", f"all {len(sources)} sources of tables are fresh")


def _named(sources: Sequence[SourceStatus]) -> str:
    return listed([f"{source.table} ({source.source})" for source in sources])


def _quarantine(sources: Sequence[SourceStatus]) -> Finding:
    counts = [f"{source.table} ({source.source}) {source.quarantined}" for source in sources if source.quarantined]
    if not counts:
        return ok(SUBJECT, "quarantine", "every row could be loaded as it is")
    text = f"problems with rows: {listed(counts)}"
    return warning(SUBJECT, "quarantine", text, "`reporting-pollster quarantine` says which rows, and why")
