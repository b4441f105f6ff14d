"""The reporting database: there, of our schema, writable; who writes, and what was left undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Table, func, insert, select

from reporting_pollster.config.settings import Settings, SyncSettings
from reporting_pollster.errors import PollsterError, SchemaOutdated, StoreConflict
from reporting_pollster.services.doctor.clock import difference, seconds_ahead
from reporting_pollster.services.doctor.finding import Finding, failure, listed, ok, problem, warning
from reporting_pollster.store.engine import dialect_kind, reading, utc_now, writing
from reporting_pollster.store.failure import driver_errors, reason_of
from reporting_pollster.store.lease import holder_of
from reporting_pollster.store.migration import head, require_current
from reporting_pollster.store.tables import Quarantine, SyncState, TableMetadata

SUBJECT = "reporting"
_STATE: Table = SyncState.__table__  # type: ignore[assignment]
_NOT_BELIEVED = "--accept"  # what every refusal tells to do, and no other failure


def examine_reporting(engine: Engine, settings: Settings) -> Iterator[Finding]:
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
    with reading(engine) as connection:
        yield difference(SUBJECT, seconds_ahead(utc_now(connection)), settings.sync.overlap_seconds)
        yield _lease(connection)
        yield from _freshness(connection, settings.region, settings.sync)
        yield from _quarantine(connection, settings.region)


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


def _lease(connection: Connection) -> Finding:
    held = holder_of(connection)
    if held is None:
        return ok(SUBJECT, "writer", "nobody is writing")
    holder, until = held
    return ok(SUBJECT, "writer", f"{holder} is the writer (its claim ends {until:%Y-%m-%d %H:%M:%S} unless renewed)")


def _freshness(connection: Connection, region: str, settings: SyncSettings) -> Iterator[Finding]:
    """Sources that failed, were refused, or were not read for long; those with the same trouble in one finding."""
    rows = connection.execute(select(_STATE).where(_STATE.c.region == region).order_by(_STATE.c.table_name)).all()
    if not rows:
        yield ok(SUBJECT, "freshness", "nothing was synced yet")
        return
    troubles: dict[str, list[str]] = {}
    for row in rows:
        if row.failed_at is not None:
            troubles.setdefault(row.problem or "failed", []).append(f"{row.table_name} ({row.source})")
    for text, names in troubles.items():
        check, step = ("guard", None) if _NOT_BELIEVED in text else ("last sync", "run `reporting-pollster sync`")
        what = "refused" if check == "guard" else "not synced"
        yield problem(SUBJECT, check, f"{what}: {listed(names)}: {text}", step)
    oldest = utc_now(connection) - timedelta(seconds=settings.stale_after_seconds)
    stale = [row for row in rows if row.failed_at is None and _is_before(row.succeeded_at, oldest)]
    if stale:
        names = [f"{row.table_name} ({row.source})" for row in stale]
        text = f"not read for more than {settings.stale_after_seconds} s: {listed(names)}"
        yield warning(SUBJECT, "freshness", text, "see that the service or timer runs `reporting-pollster sync`")
    elif not troubles:
        yield ok(SUBJECT, "freshness", f"all {len(rows)} sources of tables are fresh")


def _is_before(moment: datetime | None, bound: datetime) -> bool:
    return moment is None or moment < bound


def _quarantine(connection: Connection, region: str) -> Iterator[Finding]:
    query = (
        select(Quarantine.table_name, func.count())
        .where(Quarantine.region == region, Quarantine.resolved.is_(None))
        .group_by(Quarantine.table_name)
        .order_by(Quarantine.table_name)
    )
    counts = [f"{name} {count}" for name, count in connection.execute(query)]
    if not counts:
        yield ok(SUBJECT, "quarantine", "every row could be loaded as it is")
        return
    yield warning(
        SUBJECT, "quarantine", f"rows put aside: {listed(counts)}", "look into the table quarantine, which says why"
    )
