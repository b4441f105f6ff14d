"""What there is to read, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from reporting_pollster.services.public_report.catalogue import PublicReport, public_reports
from reporting_pollster.services.public_report.freshness import Freshness, freshness
from reporting_pollster.store.engine import reading, utc_now


@dataclass(frozen=True)
class ReportDocument:
    """One report; `lag_seconds` is how long ago its sources were last read."""

    report: PublicReport
    freshness: Freshness
    lag_seconds: int | None


def report_documents(engine: Engine) -> list[ReportDocument]:
    """All public reports."""
    with reading(engine) as connection:
        now, known = utc_now(connection), freshness(connection)
    return [_document(report, known.get(name, Freshness()), now) for name, report in public_reports().items()]


def _document(report: PublicReport, fresh: Freshness, now: datetime) -> ReportDocument:
    since = fresh.last_success
    return ReportDocument(report, fresh, None if since is None else max(0, int((now - since).total_seconds())))
