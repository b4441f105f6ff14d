"""Our side: a collector that ends when so many messages are done."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from reporting_pollster.config.settings import NotificationSettings
from reporting_pollster.services.collect import Collector
from reporting_pollster.sources.notifications import Reader, brokers_of, wanted_of
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading
from tests.stores import engine_of

REGION = "RegionOne"
SECONDS = 30


class Until(threading.Event):
    """Asks to stop as soon as so many messages were received, or it takes too long."""

    def __init__(self, collector: Collector, received: int) -> None:
        super().__init__()
        self._collector, self._received, self._deadline = collector, received, time.monotonic() + SECONDS

    def is_set(self) -> bool:
        return self._collector.counts.total["received"] >= self._received or time.monotonic() > self._deadline

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(timeout or 0)
        return self.is_set()


class Ours:
    """Collects from one address into one reporting database."""

    def __init__(self, transport_url: str, store_url: str, **settings: Any) -> None:
        self.settings = replace(NotificationSettings(transport_url=transport_url), **settings)
        self.engine = engine_of(store_url)

    def reader(self) -> Reader:
        brokers, wanted = brokers_of(self.settings), wanted_of(self.settings)
        return Reader(brokers, wanted, prefetch=self.settings.prefetch, look_again=0.2)

    def collector(self) -> Collector:
        keeps = self.settings.keep_messages_days > 0
        return Collector(self.reader(), self.engine, REGION, keep_bodies=keeps)

    def collect(self, received: int) -> dict[str, int]:
        """Collect until so many were received; what became of them, without what there was none of."""
        collector = self.collector()
        collector.run(Until(collector, received))
        return {name: count for name, count in collector.counts.total.items() if count}

    def rows(self, table: str, *order: str) -> list[dict[str, Any]]:
        target = whole_metadata().tables[table]
        query = select(target).order_by(*([target.c[name] for name in order] or target.primary_key))
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def count(self, table: str) -> int:
        with reading(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(whole_metadata().tables[table])).scalar_one()
