"""Puts a collector together, and runs it until it is asked to stop or there is nothing left."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from reporting_pollster.config.settings import NotificationSettings
from reporting_pollster.services.collect.after import Aftermath, Derive, ReadAgain
from reporting_pollster.services.collect.run import Collector
from reporting_pollster.sources.notifications import Reader, brokers_of, wanted_of

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Follow:
    """What follows from messages: periods, and what is read again."""

    derive: Derive | None = None
    read_again: ReadAgain | None = None


def collect(
    engine: Engine, region: str, settings: NotificationSettings, follow: Follow, stop: threading.Event | None
) -> Mapping[str, int]:
    """Collect until asked to stop; without `stop` what there is. Returns counts of what was done."""
    brokers, wanted = brokers_of(settings), wanted_of(settings)
    reader = Reader(brokers, wanted, prefetch=settings.prefetch, heartbeat=settings.heartbeat_seconds)
    collector = Collector(reader, engine, region, keep_bodies=settings.keep_messages_days > 0)
    aftermath = Aftermath(
        engine,
        region,
        collector.counts,
        derive=follow.derive,
        read_again=follow.read_again,
        keep_days=settings.keep_messages_days,
    )
    LOG.info("collecting queues=%s brokers=%s", ",".join(wanted.queues), ",".join(each.place for each in brokers))
    if stop is None:
        collector.drain()
        aftermath.finish()
    else:
        with aftermath.running():
            collector.run(stop)
        LOG.info("stopped collecting, nothing is left half-done")
    return collector.counts.total
