"""Gnocchi with measures, a poll, and what the reporting database says then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from reporting_pollster.config import GnocchiSettings
from reporting_pollster.services.metrics import Polled, PollRequest
from reporting_pollster.services.metrics.poll import poll
from reporting_pollster.sources.gnocchi import Gnocchi
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading
from tests.stores import engine_of

REGION = "RegionOne"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def this_hour() -> datetime:
    """The start of the present hour, UTC."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)


class Poller:
    """A poller of one Gnocchi into one reporting database."""

    def __init__(self, url: str, store_url: str, **settings: Any) -> None:
        self.engine: Engine = engine_of(store_url)
        plain = GnocchiSettings(auth="basic", username="admin", endpoint=url, timeout=10, history_days=5)
        self.settings = replace(plain, **settings)

    def poll(self, *kinds: str, since: datetime | None = None) -> list[Polled]:
        """One poll that must be good, as a new process would make it."""
        results = self.attempt(*kinds, since=since)
        assert all(result.is_good for result in results), results
        return results

    def attempt(self, *kinds: str, since: datetime | None = None) -> list[Polled]:
        """One poll, whatever becomes of it."""
        source = Gnocchi(self.settings, REGION)
        return poll(source, self.engine, REGION, self.settings, PollRequest(kinds or ("instance",), since))

    def hours(self, resource: str, metric: str = "cpu") -> list[dict[str, Any]]:
        """What is told of a metric of a resource, hour by hour."""
        return self._rows("metric_hour", "hour", resource, metric)

    def days(self, resource: str, metric: str = "cpu") -> list[dict[str, Any]]:
        """The same, day by day."""
        return self._rows("metric_day", "day", resource, metric)

    def _rows(self, table: str, order: str, resource: str, metric: str) -> list[dict[str, Any]]:
        target = whole_metadata().tables[table]
        query = select(target).where(target.c.resource_id == resource, target.c.metric == metric)
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(query.order_by(target.c[order])).mappings()]


def every_minute(start: datetime, values: Iterable[float]) -> list[tuple[datetime, float]]:
    """Measures, one a minute."""
    return [(start + number * MINUTE, value) for number, value in enumerate(values)]
