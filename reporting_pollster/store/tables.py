"""The pollster's own tables: what is known of each source, what was done, who may write, and what was put aside."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, big_id, document, ident


class TableMetadata(Reporting):
    """One row per reporting table: when it was last refreshed, and how many rows it has"""

    __tablename__ = "metadata"

    table_name: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Reporting table")
    last_update: Mapped[datetime | None] = mapped_column(comment="Start of the cycle that last refreshed it, UTC")
    row_count: Mapped[int] = mapped_column(BigInteger, comment="Rows in the table")


class SyncState(Reporting):
    """What is known of one source of one table: cursors, the rolling walk, and how fresh it is"""

    __tablename__ = "sync_state"

    table_name: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Reporting table")
    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region of the source")
    source: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Cell name, or 'region' for all of it")
    loaded: Mapped[bool] = mapped_column(comment="The first load is complete")
    cursors: Mapped[str] = mapped_column(document(), comment="JSON: cursors, position of the walk, anchors, columns")
    seen_at: Mapped[datetime | None] = mapped_column(comment="Source's clock at the last successful read, UTC")
    swept_at: Mapped[datetime | None] = mapped_column(comment="When the walk last reached the end, UTC")
    succeeded_at: Mapped[datetime | None] = mapped_column(comment="Last success by the reporting database's clock, UTC")
    failed_at: Mapped[datetime | None] = mapped_column(comment="Last failure since then, UTC")
    problem: Mapped[str | None] = mapped_column(Text, comment="Why it is stale: the last error or refusal")


class SyncRun(Reporting):
    """Finished units of work: one source of one table in one cycle"""

    __tablename__ = "sync_run"
    __table_args__ = (Index("ix_sync_run_started", "started"),)

    id: Mapped[int] = mapped_column(big_id(), primary_key=True, autoincrement=True, comment="Counter")
    table_name: Mapped[str] = mapped_column(ident(64), comment="Reporting table")
    region: Mapped[str] = mapped_column(ident(64), comment="Region of the source")
    source: Mapped[str] = mapped_column(ident(64), comment="Cell name, or 'region'")
    started: Mapped[datetime] = mapped_column(comment="Start, UTC")
    seconds: Mapped[float] = mapped_column(comment="Duration, s")
    outcome: Mapped[str] = mapped_column(String(16), comment="done, failed or refused")
    rows_read: Mapped[int] = mapped_column(BigInteger, comment="Rows read from the source")
    rows_new: Mapped[int] = mapped_column(BigInteger, comment="Rows inserted")
    rows_changed: Mapped[int] = mapped_column(BigInteger, comment="Rows changed, also by having ended")
    rows_gone: Mapped[int] = mapped_column(BigInteger, comment="Rows that vanished from the source")
    rows_bad: Mapped[int] = mapped_column(BigInteger, comment="Problems found in rows")
    message: Mapped[str | None] = mapped_column(Text, comment="Error, if any")


class Lease(Reporting):
    """Who may write: one row, whose token grows with each holder so that a late one is recognised"""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="What is leased")
    holder: Mapped[str] = mapped_column(String(255), comment="Host, process and start of the holder; empty when free")
    token: Mapped[int] = mapped_column(BigInteger, comment="Fencing token: grows with each take-over")
    expires: Mapped[datetime] = mapped_column(comment="End of the lease unless renewed, by this database's clock, UTC")


class Quarantine(Reporting):
    """Rows of a source that could not be loaded as they are, and why"""

    __tablename__ = "quarantine"
    __table_args__ = (Index("ix_quarantine_table_name_last_seen", "table_name", "region", "source", "last_seen"),)

    problem: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Hash of what it is about")
    table_name: Mapped[str] = mapped_column(ident(64), comment="Reporting table the row was meant for")
    region: Mapped[str] = mapped_column(ident(64), comment="Region of the source")
    source: Mapped[str] = mapped_column(ident(64), comment="Cell name, or 'region'")
    row_key: Mapped[str] = mapped_column(String(255), comment="Key of the row, as far as it has one")
    column_name: Mapped[str] = mapped_column(String(64), comment="Column at fault; empty for the whole row")
    reason: Mapped[str] = mapped_column(Text, comment="What is wrong")
    action: Mapped[str] = mapped_column(String(16), comment="repaired: loaded without the value; withheld: not loaded")
    raw: Mapped[str] = mapped_column(document(), comment="JSON: the row as it was read, long values cut")
    first_seen: Mapped[datetime] = mapped_column(comment="First met, UTC")
    last_seen: Mapped[datetime] = mapped_column(comment="Last met, UTC")
    resolved: Mapped[datetime | None] = mapped_column(comment="A complete read no longer met it, UTC")


class Derivation(Reporting):
    """How far the periods of a kind of resource, and the use that follows, are derived from the facts"""

    __tablename__ = "derivation"

    resource: Mapped[str] = mapped_column(ident(32), primary_key=True, comment="Kind of resource (instance, …)")
    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    built: Mapped[bool] = mapped_column(comment="The periods of all resources are there")
    position: Mapped[str | None] = mapped_column(ident(64), comment="Last resource of an unfinished first build")
    known_at: Mapped[datetime | None] = mapped_column(comment="When periods were last changed, UTC")
    used_to: Mapped[date | None] = mapped_column(comment="Last day whose use is added up, UTC")


class PeriodDue(Reporting):
    """Changes of facts after which the periods of a resource are to be derived anew; empty between cycles"""

    __tablename__ = "period_due"
    __table_args__ = (Index("ix_period_due_resource", "resource", "region", "id"),)

    due_id: Mapped[int] = mapped_column(big_id(), primary_key=True, autoincrement=True, comment="Counter")
    resource: Mapped[str] = mapped_column(ident(32), comment="Kind of resource (instance, …)")
    region: Mapped[str] = mapped_column(ident(64), comment="Region")
    id: Mapped[str] = mapped_column(ident(36), comment="UUID of the resource")


class UsageDue(Reporting):
    """Days of projects whose use is to be added up anew, because periods changed; empty between cycles"""

    __tablename__ = "usage_due"

    resource: Mapped[str] = mapped_column(ident(32), primary_key=True, comment="Kind of resource (instance, …)")
    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    project_id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Project; '' for none")
    first_day: Mapped[date] = mapped_column(comment="First day, UTC")
    last_day: Mapped[date] = mapped_column(comment="Last day, UTC")


class Backfill(Reporting):
    """Sources that are being read again along their keys because somebody asked for it, and those that were"""

    __tablename__ = "backfill"

    table_name: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Reporting table")
    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region of the source")
    source: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Cell name, or 'region'")
    first_day: Mapped[date] = mapped_column(comment="First day whose use is to be added up anew, UTC")
    last_day: Mapped[date] = mapped_column(comment="Last day, UTC")
    begun: Mapped[datetime] = mapped_column(comment="When it was asked for, by this database's clock, UTC")
    finished: Mapped[datetime | None] = mapped_column(comment="When it was done, by this database's clock, UTC")


class StoredNotification(Reporting):
    """Notifications as they came, each once: what became of it, and its text for as long as it is kept"""

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_verdict_received", "verdict", "received"),)

    message_id: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="The sender's id, or one made of it")
    region: Mapped[str] = mapped_column(ident(64), comment="Region")
    event_type: Mapped[str] = mapped_column(String(255), comment="The service's word for what happened")
    publisher: Mapped[str] = mapped_column(String(255), comment="Service and host that sent it")
    priority: Mapped[str] = mapped_column(String(16), comment="INFO, ERROR, …")
    sent: Mapped[datetime | None] = mapped_column(comment="When it was sent, by the sender's clock, UTC")
    received: Mapped[datetime] = mapped_column(comment="When it was stored, by this database's clock, UTC")
    verdict: Mapped[str] = mapped_column(ident(16), comment="applied, ignored, unknown or parked")
    reason: Mapped[str | None] = mapped_column(Text, comment="Why it is parked")
    body: Mapped[str | None] = mapped_column(document(), comment="JSON: the notification without its context")


class NotedHint(Reporting):
    """Rows of the sources to read again because a notification named them; empty when all is done"""

    __tablename__ = "hint"

    id: Mapped[int] = mapped_column(big_id(), primary_key=True, autoincrement=True, comment="Counter")
    region: Mapped[str] = mapped_column(ident(64), comment="Region")
    table_name: Mapped[str] = mapped_column(ident(64), comment="Reporting table")
    row_key: Mapped[str | None] = mapped_column(ident(255), comment="Key of the row; empty for the whole table")
    noted: Mapped[datetime] = mapped_column(comment="When it was noted, by this database's clock, UTC")


class CollectorState(Reporting):
    """What the collectors of notifications have done, by host; the counts go on over restarts"""

    __tablename__ = "collector"

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    host: Mapped[str] = mapped_column(ident(255), primary_key=True, comment="Host")
    started: Mapped[datetime] = mapped_column(comment="Last start, by this database's clock, UTC")
    seen: Mapped[datetime] = mapped_column(comment="Last sign of life, by this database's clock, UTC")
    last_message: Mapped[datetime | None] = mapped_column(comment="When the last message was stored, UTC")
    behind: Mapped[int | None] = mapped_column(comment="How long after it was sent that message was stored, s")
    received: Mapped[int] = mapped_column(BigInteger, comment="Messages received")
    applied: Mapped[int] = mapped_column(BigInteger, comment="of these, applied")
    ignored: Mapped[int] = mapped_column(BigInteger, comment="of these, known to be of no use")
    unknown: Mapped[int] = mapped_column(BigInteger, comment="of these, of an unknown event type")
    parked: Mapped[int] = mapped_column(BigInteger, comment="of these, put aside")
    duplicates: Mapped[int] = mapped_column(BigInteger, comment="of these, stored before")


class MetricSeries(Reporting):
    """How far each metric of each resource is read from Gnocchi"""

    __tablename__ = "metric_series"
    __table_args__ = (Index("ix_metric_series_polled_at", "region", "polled_at"),)

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    resource_id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Resource, as Gnocchi has it")
    metric: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Metric (cpu, …)")
    read_to: Mapped[datetime] = mapped_column(comment="All before this was read at least once, UTC")
    newest: Mapped[datetime | None] = mapped_column(comment="Newest measures that were there, UTC")
    polled_at: Mapped[datetime] = mapped_column(comment="When it was last read, by this database's clock, UTC")


class AlmanachVolumeType(Reporting):
    """Volume types that clients of Almanach's API told of, beside those that cinder has"""

    __tablename__ = "almanach_volume_type"

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Volume type UUID")
    name: Mapped[str | None] = mapped_column(comment="Name")
