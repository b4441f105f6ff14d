"""Builds everything from the settings: the only place that does.

The settings are read when something first asks for them, so that help and the sample file need none.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from reporting_pollster.config import Settings, load
from reporting_pollster.config.settings import ReportingSettings
from reporting_pollster.domain.price_list import PriceListWrong
from reporting_pollster.domain.rates import PriceList
from reporting_pollster.domain.weights import DEFAULT_WEIGHTS, Weights, weights_of
from reporting_pollster.errors import SettingsError
from reporting_pollster.exports.manifest import Export
from reporting_pollster.services.almanach import Almanach
from reporting_pollster.services.backfill import Backfill, backfill
from reporting_pollster.services.derive.follow import follow
from reporting_pollster.services.doctor import Finding, examine
from reporting_pollster.services.explain import Explanation, Question, explain_usage
from reporting_pollster.services.export import DATASETS, Destination, run_export
from reporting_pollster.services.grants import Grant, GrantRequest
from reporting_pollster.services.grants import grants as grants_for
from reporting_pollster.services.metrics import Polled, PollRequest
from reporting_pollster.services.metrics.watched import Seen, Watched
from reporting_pollster.services.permit import Permit
from reporting_pollster.services.public_report import OpenReport, ReportDocument, ReportQuery, open_public_report
from reporting_pollster.services.public_report import report_documents as read_report_documents
from reporting_pollster.services.quarantine import OpenProblem, open_problems
from reporting_pollster.services.questions import Questions
from reporting_pollster.services.rate import read_price_list, run_cost
from reporting_pollster.services.report import ReportRequest, ReportResult, run_report
from reporting_pollster.services.schema import SchemaRequest, synchronise
from reporting_pollster.services.status import Status
from reporting_pollster.services.status import status as read_status
from reporting_pollster.services.sync import Listener, Request, UnitResult
from reporting_pollster.services.sync import sync as run_sync
from reporting_pollster.services.sync.targeted import read_again
from reporting_pollster.services.verify import Listener as VerifyListener
from reporting_pollster.services.verify import Request as VerifyRequest
from reporting_pollster.services.verify import Verdict
from reporting_pollster.services.verify import verify as run_verify
from reporting_pollster.services.vitals import Health, Vitals, read_health, read_vitals
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import Change, Progress, require_current

if TYPE_CHECKING:
    from reporting_pollster.services.concertim import Concertim, ConcertimStatus

if TYPE_CHECKING:
    from reporting_pollster.sources.gnocchi import Gnocchi

LOG = logging.getLogger(__name__)
_SCHEMA_SECONDS = 86_400  # an index on a large table takes its time


class Application:
    """What the commands call."""

    def __init__(self, settings_loader: Callable[[], Settings]) -> None:
        self._settings_loader = settings_loader

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        return self._settings_loader()

    @cached_property
    def store(self) -> Engine:
        """The reporting database; nothing is connected yet."""
        return _store_engine(self.settings.reporting, self.settings.state_directory)

    @cached_property
    def cloud(self) -> Cloud:
        """The source databases of this region."""
        return Cloud.of(self.settings)

    def sync(self, request: Request, listener: Listener | None = None) -> list[UnitResult]:
        """Bring the reporting database up to date; see services.sync."""
        self.settings.require_sources()
        require_current(self.store)
        return run_sync(self.cloud, self.store, self.settings.sync, request, listener, self._weights())

    def backfill(self, request: Backfill, listener: Listener | None = None) -> list[UnitResult]:
        """Read tables again and derive the days of a time span anew; see services.backfill."""
        self.settings.require_sources()
        require_current(self.store)
        return backfill(self.cloud, self.store, self.settings.sync, request, listener)

    def collect(self, stop: threading.Event | None) -> Mapping[str, int]:
        """Follow notifications until asked to stop, without `stop` those that wait; see services.collect."""
        from reporting_pollster.services.collect import Follow, collect  # brings kombu, of no use to other commands

        require_current(self.store)
        then = Follow(
            derive=lambda: follow(self.cloud, self.store),
            read_again=lambda wanted: read_again(self.cloud, self.store, self.settings.sync, wanted),
        )
        return collect(self.store, self.settings.region, self.settings.notifications, then, stop)

    def replay_messages(self) -> Mapping[str, int]:
        """Apply stored messages again that were not understood; see services.collect."""
        from reporting_pollster.services.collect import replay

        require_current(self.store)
        return replay(self.store, self.settings.region)

    def poll_metrics(self, request: PollRequest) -> list[Polled]:
        """Bring hours and days of metrics up to date; see services.metrics."""
        from reporting_pollster.services.metrics.poll import poll

        source = self._gnocchi
        require_current(self.store)
        return poll(source, self.store, self.settings.region, self.settings.gnocchi, request)

    def look_at_metric(self, watched: Watched) -> list[Seen]:
        """The last values of a metric; see services.metrics."""
        from reporting_pollster.services.metrics.watch import look

        return look(self._gnocchi, watched, datetime.now(UTC).replace(tzinfo=None))

    @cached_property
    def _gnocchi(self) -> Gnocchi:
        from reporting_pollster.sources.gnocchi import Gnocchi  # brings gnocchiclient, of no use to other commands

        return Gnocchi(self.settings.gnocchi, self.settings.region)

    def verify(self, request: VerifyRequest, listener: VerifyListener | None = None) -> list[Verdict]:
        """Compare the reporting database with the sources; see services.verify."""
        self.settings.require_sources()
        require_current(self.store)
        return run_verify(self.cloud, self.store, self.settings.sync, request, listener)

    def report(self, name: str, request: ReportRequest) -> AbstractContextManager[ReportResult]:
        """The answer to a report, to be read while it is open; see services.report."""
        require_current(self.store)
        return run_report(self.store, self.settings.region, name, request)

    def explain_usage(self, question: Question) -> AbstractContextManager[Explanation]:
        """Why a project's use is what it is; see services.explain."""
        require_current(self.store)
        return explain_usage(self.store, self.settings.region, question)

    def cost(
        self, request: ReportRequest, rates: Path | None = None, compare: Path | None = None
    ) -> AbstractContextManager[ReportResult]:
        """What use costs, to be read while it is open; see services.rate."""
        lists = [self.price_list(rates), *([] if compare is None else [read_price_list(compare)])]
        require_current(self.store)
        return run_cost(self.store, self.settings.region, request, *lists)

    def export(
        self, name: str, request: ReportRequest, destination: Destination, rates: Path | None = None
    ) -> list[Export]:
        """Write a dataset as files; see services.export."""
        prices = self.price_list(rates) if DATASETS[name].needs_rates else None
        require_current(self.store)
        return run_export(self.store, self.settings.region, name, request, destination, prices)

    def price_list(self, file: Path | None = None) -> PriceList:
        """The price list in a file, or the configured one."""
        path = file or self.settings.rating.file
        if path is None:
            hint = "write file = /etc/reporting-pollster/price-list.toml below [rating], or give --rates FILE"
            raise SettingsError(f"[rating] file is not set in {self.settings.described_files()}", hint=hint)
        return read_price_list(path)

    def _weights(self) -> Weights | None:
        """The weights of states, for views; a wrong price list leaves those that are there, and stops no sync."""
        if self.settings.rating.file is None:
            return DEFAULT_WEIGHTS
        try:
            return weights_of(self.price_list())
        except PriceListWrong as error:
            LOG.warning("weights of states not renewed error=%s", error)
            return None

    def doctor(self) -> list[Finding]:
        """Look at everything that a sync depends on; see services.doctor."""
        return examine(self.settings, self.cloud, lambda: self.store)

    def grants(self, request: GrantRequest) -> list[Grant]:
        """What a read-only account needs; see services.grants."""
        return grants_for(self.settings.databases, self.settings.cells, request)

    def status(self) -> Status:
        """How fresh each source of each table is; see services.status."""
        require_current(self.store)
        return read_status(self.cloud, self.store, self.settings.sync)

    def quarantine(self, tables: tuple[str, ...], limit: int) -> list[OpenProblem]:
        """What is wrong with rows of the sources; see services.quarantine."""
        require_current(self.store)
        return open_problems(self.store, self.settings.region, tables, limit)

    def health(self) -> Health:
        """Whether what the reporting database says is fresh; see services.vitals."""
        require_current(self.store)
        return read_health(self.store, self.cloud, self.settings.sync)

    def vitals(self) -> Vitals:
        """What monitoring measures; see services.vitals."""
        require_current(self.store)
        return read_vitals(self.store, self.cloud, self.settings.sync)

    def report_documents(self) -> list[ReportDocument]:
        """The tables and views that anybody may read by name, and how fresh they are; see services.public_report."""
        require_current(self.store)
        return read_report_documents(self.store)

    def public_report(self, name: str, query: ReportQuery) -> AbstractContextManager[OpenReport]:
        """One of them, to be read while it is open."""
        require_current(self.store)
        return open_public_report(self.store, name, query, self.settings.api.max_page_rows)

    def questions(self, permit: Permit) -> Questions:
        """What somebody who asks over the network may know; see services.questions."""
        require_current(self.store)
        prices = self.price_list if self.settings.rating.file is not None else None
        return Questions(self.store, self.settings.region, permit, self.status, prices)

    def almanach(self) -> Almanach:
        """What Almanach's API answers; see services.almanach."""
        require_current(self.store)
        return self._almanach

    @cached_property
    def _almanach(self) -> Almanach:
        return Almanach(self.store, self.settings.region, self.settings.almanach)

    def concertim(self) -> AbstractContextManager[Concertim]:
        """What shows the cloud in Concertim; see services.concertim."""
        from reporting_pollster.services.concertim.settings import connected  # brings requests

        self.settings.concertim.require_usable()
        require_current(self.store)
        return connected(self.store, self.settings.region, self.settings.concertim)

    def concertim_status(self) -> ConcertimStatus:
        """How the last comparison with Concertim went. Concertim itself is not asked."""
        from reporting_pollster.services.concertim import concertim_status

        require_current(self.store)
        return concertim_status(self.store, self.settings.region)

    def synchronise_schema(self, request: SchemaRequest, address: str | None, progress: Progress) -> Change:
        """Create or upgrade the schema, at `address` if one is given and else in the configured database."""
        if address is not None:
            engine = _store_engine(ReportingSettings(address, read_timeout=_SCHEMA_SECONDS), None)
        else:
            patient = replace(self.settings.reporting, read_timeout=_SCHEMA_SECONDS)
            engine = _store_engine(patient, self.settings.state_directory)
        return synchronise(engine, request, progress)


def demo_application(settings: Path) -> Application:
    """The application for a sample cloud, whose settings lie beside it."""
    return Application(lambda: load([settings]))


def _store_engine(reporting: ReportingSettings, state_directory: Path | None) -> Engine:
    return create_store_engine(
        reporting.connection,
        connect_timeout=reporting.connect_timeout,
        read_timeout=reporting.read_timeout,
        tls=_tls(reporting),
        state_directory=state_directory,
    )


def _tls(settings: ReportingSettings) -> dict[str, str] | None:
    if not settings.uses_tls:
        return None
    files = {"ca": settings.tls_ca, "cert": settings.tls_cert, "key": settings.tls_key}
    named = {name: str(path) for name, path in files.items() if path is not None}
    return {**named, "verify": "yes" if settings.tls_verify else "no"}
