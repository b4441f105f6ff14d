"""Whole cycles: read what Concertim has, plan, do it."""

from __future__ import annotations

from typing import Any

from reporting_pollster.domain.concertim.plan import Plan, Rules, plan
from reporting_pollster.domain.concertim.wanted import Cloud, wanted
from reporting_pollster.exports.concertim.apply import Outcome, apply
from reporting_pollster.exports.concertim.client import Access, Client
from reporting_pollster.exports.concertim.reading import read
from tests.concertim import Concertim


class Waits:
    """A clock that a test moves, and that moves by itself when somebody waits."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.time = 1000.0

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Return at once."""
        self.waited.append(seconds)


def client_of(concertim: Concertim, waits: Waits | None = None, **values: Any) -> Client:
    """Return a client of the administrator."""
    waits = waits or Waits()
    given = {"login": concertim.login, "password": concertim.password, "read_seconds": 5, **values}
    return Client(Access(concertim.url, **given), now=waits.now, sleep=waits.sleep)


class Exporter:
    """Cycles one after the other, as the service runs them."""

    def __init__(self, client: Client, rules: Rules | None = None) -> None:
        self._client, self._rules = client, rules or Rules()
        self.missed: frozenset[str] = frozenset()
        self.plan: Plan | None = None

    def cycle(self, cloud: Cloud) -> Outcome:
        """Run one."""
        present = read(self._client)
        self.plan = plan(wanted(cloud), present, self.missed, self._rules)
        self.missed = self.plan.missed
        return apply(self._client, present, self.plan.steps)
