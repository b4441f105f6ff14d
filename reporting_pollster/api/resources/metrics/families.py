"""The vitals of the reporting database in Prometheus' words: base units, `_total` for what only grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from reporting_pollster.api import problem
from reporting_pollster.app import Application
from reporting_pollster.errors import PollsterError
from reporting_pollster.services.vitals import CollectorVitals, SourceVitals, Vitals

_SOURCE = ("table", "source")


class StoreCollector(Collector):
    """Reads the reporting database once per scrape; without it there is only `up`, which is 0 then."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def collect(self) -> Iterator[Metric]:
        """All families."""
        try:
            vitals = self._application.vitals()
        except PollsterError as error:
            problem.note(error)
            yield _gauge("store_up", "Whether the reporting database can be read", [((), 0)])
            return
        yield _gauge("store_up", "Whether the reporting database can be read", [((), 1)])
        yield from families(vitals)


def families(vitals: Vitals) -> Iterator[Metric]:
    """Every family but `store_up`."""
    yield from _of_sources(vitals.sources)
    rows = [((table,), count) for table, count in vitals.rows.items()]
    yield _gauge("table_rows", "Rows of a reporting table", rows, ("table",))
    if vitals.cycle_seconds is not None:
        yield _gauge("last_cycle_seconds", "How long the latest cycle took so far", [((), vitals.cycle_seconds)])
    labels = (*_SOURCE, "outcome")
    yield _gauge("runs", "Reads of a source in the last 24 hours, by outcome", vitals.runs.items(), labels)
    refused = [(key[:2], count) for key, count in vitals.runs.items() if key[2] == "refused"]
    yield _gauge("guard_refusals", "Reads in the last 24 hours that the guard did not believe", refused, _SOURCE)
    labels = (*_SOURCE, "action")
    help_ = "Problems with rows of a source that are not resolved"
    yield _gauge("quarantine_problems", help_, vitals.quarantined.items(), labels)
    yield from _of_notifications(vitals)
    waiting = [((what,), count) for what, count in vitals.waiting.items()]
    yield _gauge("waiting", "What is noted and still to be done", waiting, ("what",))


def _of_sources(sources: Iterable[SourceVitals]) -> Iterator[Metric]:
    every = [((each.table, each.source), each) for each in sources]
    ages = [(key, each.age_seconds) for key, each in every if each.age_seconds is not None]
    yield _gauge("source_age_seconds", "Time since a source was last read with success", ages, _SOURCE)
    stale = [(key, int(each.stale)) for key, each in every]
    yield _gauge("source_stale", "Whether a source was not read lately, or the last attempt failed", stale, _SOURCE)
    loaded = [(key, int(each.loaded)) for key, each in every]
    yield _gauge("source_loaded", "Whether the first load of a source is complete", loaded, _SOURCE)


def _of_notifications(vitals: Vitals) -> Iterator[Metric]:
    hosts = vitals.collectors
    counted = CounterMetricFamily(
        "reporting_pollster_notifications", "Notifications received, by what became of them", labels=("host", "verdict")
    )
    for each in hosts:
        for verdict, count in each.counts.items():
            if verdict != "received":  # the sum of the others
                counted.add_metric((each.host, verdict), count)
    yield counted
    behind = [((each.host,), each.behind_seconds) for each in hosts if each.behind_seconds is not None]
    yield _gauge("notification_lag_seconds", "Time from sending to storing of the last one", behind, ("host",))
    yield _gauge("collector_seen_seconds", "Time since a collector's last sign of life", _seen(hosts), ("host",))
    yield _gauge("notifications_parked", "Notifications that are put aside", [((), vitals.parked)])


def _seen(hosts: Iterable[CollectorVitals]) -> list[tuple[tuple[str, ...], float]]:
    return [((each.host,), each.seen_seconds) for each in hosts]


def _gauge(
    name: str, help_: str, values: Iterable[tuple[tuple[str, ...], float]], labels: tuple[str, ...] = ()
) -> Metric:
    family = GaugeMetricFamily(f"reporting_pollster_{name}", help_, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family
