"""One comparison with Concertim, and what follows from it.

Only one process may write to Concertim, whose rules against duplicates are no match for two at once. What was missed
once has to be remembered until the next cycle, also when that is another process.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from reporting_pollster.domain.concertim.plan import Plan, Rules, plan
from reporting_pollster.domain.concertim.present import Present, Profile
from reporting_pollster.domain.concertim.step import Step
from reporting_pollster.domain.concertim.wanted import Wanted, wanted
from reporting_pollster.errors import PollsterError
from reporting_pollster.exports.concertim.apply import Outcome, apply
from reporting_pollster.exports.concertim.client import Client
from reporting_pollster.exports.concertim.reading import read
from reporting_pollster.services.concertim.view import cloud
from reporting_pollster.store.concertim import Cycle, Objects, last_cycle, note_cycle, settle
from reporting_pollster.store.engine import reading, utc_now, with_retries
from reporting_pollster.store.lease import CONCERTIM, Held, holder_of, holding

LOG = logging.getLogger(__name__)
_TOLD = 3
Counts = Mapping[str, Mapping[str, int]]


class ConcertimPlan(NamedTuple):
    """What would be done."""

    plan: Plan
    counts: Counts


class CycleResult(NamedTuple):
    """What was done."""

    outcome: Outcome
    plan: Plan
    counts: Counts

    @property
    def is_good(self) -> bool:
        """Whether all was done that could be."""
        return not self.outcome.failed and not self.outcome.stopped and not self.plan.refusals


class ConcertimStatus(NamedTuple):
    """How it goes; no cycle before the first."""

    now: datetime
    cycle: Cycle | None
    writer: str | None


@dataclass(frozen=True)
class Concertim:
    """What a region shows in one Concertim."""

    engine: Engine
    region: str
    client: Client
    rules: Rules
    newest: Profile = "P4"

    def plan(self) -> ConcertimPlan:
        """What `sync` would do now. Nothing is written."""
        return self._compare()[2]

    def sync(self, patience: float = 0) -> CycleResult:
        """Compare and do it. Raises LeaseHeld while another process does."""
        with holding(self.engine, patience=patience, name=CONCERTIM) as held:
            try:
                present, view, found = self._compare()
            except PollsterError as error:
                self._note(held, partial(_failed, error))
                raise
            objects = _objects(present, view)
            acknowledged = _Acknowledged(objects)
            outcome = apply(self.client, present, found.plan.steps, acknowledged, lambda: self._check(held))
            result = CycleResult(outcome, found.plan, found.counts)
            self._note(held, partial(_done, result), objects)
        LOG.info(
            "concertim shows the cloud region=%s done=%s adopted=%s failed=%s refusals=%s unmapped=%s",
            self.region,
            len(outcome.done),
            outcome.adopted,
            len(outcome.failed),
            len(found.plan.refusals),
            len(found.plan.unmapped),
        )
        return result

    def _compare(self) -> tuple[Present, Wanted, ConcertimPlan]:
        present = read(self.client, self.newest)
        with reading(self.engine) as connection:
            before = last_cycle(connection, self.region)
            view = wanted(cloud(connection, self.region, present))
        made = plan(view, present, before.missed if before else frozenset(), self.rules)
        return present, view, ConcertimPlan(made, _counts(view, present))

    def _check(self, held: Held) -> None:
        with_retries(self.engine, held.check)

    def _note(
        self, held: Held, cycle: Callable[[Cycle | None, datetime], Cycle], objects: Objects | None = None
    ) -> None:
        def note(connection: Connection) -> None:
            now = utc_now(connection)
            note_cycle(connection, self.region, cycle(last_cycle(connection, self.region), now))
            if objects is not None:
                settle(connection, self.region, objects, now)

        with_retries(self.engine, lambda connection: held.fenced(connection, note))


def concertim_status(engine: Engine, region: str) -> ConcertimStatus:
    """How the last cycle went, and whether one is under way."""
    with reading(engine) as connection:
        holder = holder_of(connection, CONCERTIM)
        return ConcertimStatus(utc_now(connection), last_cycle(connection, region), holder and holder[0])


class _Acknowledged:
    """Follows what Concertim has while steps are done, from several threads."""

    def __init__(self, objects: dict[tuple[str, str], str]) -> None:
        self._objects = objects

    def __call__(self, step: Step, ident: str) -> None:
        if step.verb == "create":
            self._objects[step.object, step.key] = ident
        elif step.verb == "delete" and self._objects.get((step.object, step.key)) == ident:
            self._objects.pop((step.object, step.key), None)


def _objects(present: Present, view: Wanted) -> dict[tuple[str, str], str]:
    devices = {device.key: device.id for device in sorted(present.devices, key=lambda one: one.id, reverse=True)}
    return {
        **{("template", key): ident for key, ident in present.template_ids().items() if key in view.templates},
        **{("rack", key): ident for key, ident in present.rack_ids().items()},
        **{("device", key): ident for key, ident in devices.items() if key},
    }


def _counts(view: Wanted, present: Present) -> Counts:
    ours = Counter(view_device.kind for view_device in view.devices.values())
    theirs = Counter(device.kind for device in present.devices if device.key)
    by_hand = Counter(device.kind for device in present.devices if not device.key)
    racks = Counter(rack.key is not None for rack in present.racks)
    counts = {
        kind.lower(): {"openstack": ours[kind], "concertim": theirs[kind], "by_hand": by_hand[kind]}
        for kind in ("Instance", "Volume", "Network")
    }
    return {"rack": {"openstack": len(view.racks), "concertim": racks[True], "by_hand": racks[False]}, **counts}


def _done(result: CycleResult, before: Cycle | None, now: datetime) -> Cycle:
    outcome, made = result.outcome, result.plan
    said = [*made.refusals, *(str(failed.error) for failed in outcome.failed[:_TOLD])]
    if outcome.stopped:
        said.append(str(outcome.stopped))
    succeeded = now if result.is_good else before and before.succeeded
    backlog = len(made.steps) - len(outcome.done)
    return Cycle(now, succeeded, "; ".join(said) or None, backlog, made.missed, result.counts, made.unmapped)


def _failed(error: PollsterError, before: Cycle | None, now: datetime) -> Cycle:
    """What was missed stays missed: nobody has looked."""
    if before is None:
        return Cycle(now, None, str(error), 0, frozenset(), {}, ())
    return before._replace(tried=now, problem=str(error))
