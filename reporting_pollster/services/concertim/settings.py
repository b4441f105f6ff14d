"""The service as it is configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Engine

from reporting_pollster.config.settings import ConcertimSettings
from reporting_pollster.domain.concertim.plan import Rules
from reporting_pollster.domain.concertim.present import Profile
from reporting_pollster.domain.guard import Limits
from reporting_pollster.exports.concertim.client import Access, Client
from reporting_pollster.services.concertim.run import Concertim


@contextmanager
def connected(engine: Engine, region: str, settings: ConcertimSettings) -> Iterator[Concertim]:
    """The service, whose connections are given up at the end."""
    access = Access(
        settings.url,
        settings.login,
        settings.password,
        daemon_url=settings.daemon_url,
        ca_file="" if settings.tls_ca is None else str(settings.tls_ca),
        connect_seconds=settings.connect_timeout,
        read_seconds=settings.read_timeout,
        tries=settings.tries,
        in_flight=settings.requests_at_once,
    )
    limits = Limits(settings.guard_share, settings.guard_floor)
    rules = Rules(settings.rack_height, limits, settings.team_project, settings.user_name)
    client = Client(access)
    try:
        yield Concertim(engine, region, client, rules, cast(Profile, settings.profile))
    finally:
        client.close()
