"""The collector's loop: receive, understand, store in one transaction, acknowledge.

The order is what counts. Until a message is committed it is the broker's, and comes again after whatever happens to us;
once it is, it may come again and changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from reporting_pollster.errors import BrokerRefused, BrokerUnavailable, Retriable
from reporting_pollster.services.collect.counts import Counts
from reporting_pollster.services.collect.inbox import put
from reporting_pollster.services.collect.message import entry_of
from reporting_pollster.services.collect.outage import Outage
from reporting_pollster.sources.notifications import Delivery, Reader
from reporting_pollster.store.notification import APPLIED, IGNORED, UNKNOWN, Entry, store

LOG = logging.getLogger(__name__)

BATCH_MESSAGES = 100
_WAIT_SECONDS = 0.5  # for messages; also how soon a request to stop is heard
_EMPTY_SECONDS = 1.0  # without a message: then there is none


class Collector:
    """Takes messages from a reader into the inbox of a region."""

    def __init__(self, reader: Reader, engine: Engine, region: str, *, keep_bodies: bool = True) -> None:
        self._reader, self._engine, self._region, self._keep_bodies = reader, engine, region, keep_bodies
        self.counts = Counts()
        self._broker = Outage("the message broker is away", "the message broker is back")
        self._database = Outage("the reporting database is away", "the reporting database is back")

    def run(self, stop: threading.Event) -> None:
        """Collect until asked to stop; a batch that is being stored is finished and acknowledged first."""
        try:
            while not stop.is_set():
                self._attempt(stop)
        finally:
            self._reader.close()

    def drain(self) -> None:
        """Collect what there is, and raise what is in the way."""
        try:
            while deliveries := self._reader.receive(BATCH_MESSAGES, _EMPTY_SECONDS):
                self._store(deliveries)
                self._reader.acknowledge(deliveries)
        finally:
            self._reader.close()

    def _attempt(self, stop: threading.Event) -> None:
        try:
            deliveries = self._reader.receive(BATCH_MESSAGES, _WAIT_SECONDS)
            self._broker.over()
            if deliveries and self._store_patiently(deliveries, stop):
                self._reader.acknowledge(deliveries)
        except (BrokerUnavailable, BrokerRefused) as error:
            self._reader.rest(self._broker.failed(error), stop)

    def _store_patiently(self, deliveries: Sequence[Delivery], stop: threading.Event) -> bool:
        """Store, as often as it takes; false when asked to stop while the database is away."""
        while True:
            try:
                self._store(deliveries)
            except Retriable as error:
                self._reader.rest(self._database.failed(error), stop)
                if stop.is_set():
                    return False
            else:
                self._database.over()
                return True

    def _store(self, deliveries: Sequence[Delivery]) -> None:
        entries = [self._entry(delivery.body) for delivery in deliveries]
        fresh = put(entries, lambda some: store(self._engine, self._region, some))
        self.counts.add(len(deliveries), fresh, datetime.now(UTC).replace(tzinfo=None))

    def _entry(self, body: bytes) -> Entry:
        entry = entry_of(body)
        if self._keep_bodies or entry.verdict not in (APPLIED, IGNORED, UNKNOWN):
            return entry
        return entry._replace(body=None)
