"""Doing the steps of a plan, a few at a time, one stage after the other.

One object that is refused never stops the others. When the answer to a create is lost, Concertim is asked whether the
object is there, by its OpenStack id; only when it is not, it is made again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import NamedTuple

from reporting_pollster.domain.concertim import status
from reporting_pollster.domain.concertim.present import Present
from reporting_pollster.domain.concertim.step import Step
from reporting_pollster.errors import PollsterError
from reporting_pollster.exports.concertim import reading
from reporting_pollster.exports.concertim.body import body
from reporting_pollster.exports.concertim.client import Client
from reporting_pollster.exports.concertim.trouble import AnswerLost, ConcertimUnavailable, Refusal

LOG = logging.getLogger(__name__)
_PATIENCE = 5  # objects for which Concertim did not answer at all, before the rest waits for the next cycle
_PATHS = {"team": "/teams", "user": "/users", "template": "/templates", "rack": "/racks", "device": "/devices"}

Acknowledged = Callable[[Step, str], None]


class Failed(NamedTuple):
    """A step that was not done."""

    step: Step
    error: PollsterError


@dataclass
class Outcome:
    """What was done, what was not; `stopped` is why the rest was not even tried."""

    done: list[Step] = field(default_factory=list)
    adopted: int = 0
    failed: list[Failed] = field(default_factory=list)
    stopped: PollsterError | None = None


class NotPossible(PollsterError):
    """A step needs something that is not there."""


def apply(
    client: Client,
    present: Present,
    steps: Iterable[Step],
    acknowledged: Acknowledged | None = None,
    before_stage: Callable[[], None] = lambda: None,
) -> Outcome:
    """Do the steps, which are in a safe order. `acknowledged` is told of each that was done, and of Concertim's id.

    `before_stage` may raise when nothing more is to be done.
    """
    return _Work(client, present, acknowledged or (lambda step, ident: None)).all(steps, before_stage)


class _Work:
    def __init__(self, client: Client, present: Present, acknowledged: Acknowledged) -> None:
        self._client, self._acknowledged = client, acknowledged
        self._racks, self._templates = present.rack_ids(), present.template_ids()
        self._unanswered = 0
        self._outcome = Outcome()

    def all(self, steps: Iterable[Step], before_stage: Callable[[], None]) -> Outcome:
        with ThreadPoolExecutor(self._client.access.in_flight, thread_name_prefix="concertim") as pool:
            for _, stage in groupby(steps, key=lambda step: step.stage):
                before_stage()
                for step, result in [(step, pool.submit(self._try, step)) for step in stage]:
                    self._note(step, result.result())
        return self._outcome

    def _note(self, step: Step, result: str | PollsterError | None) -> None:
        if isinstance(result, PollsterError):
            self._outcome.failed.append(Failed(step, result))
            if step.object == "rack":
                self._racks.pop(step.key, None)  # it may be too low for what was to be put into it
        elif result is not None:
            self._outcome.done.append(step)
            if step.verb == "create":
                self._learn(step, result)

    def _learn(self, step: Step, ident: str) -> None:
        if step.object == "rack":
            self._racks[step.key] = ident
        elif step.object == "template":
            self._templates[step.key] = ident

    def _try(self, step: Step) -> str | PollsterError | None:
        """Return Concertim's id, or why it was not done; None when it was not tried."""
        if self._outcome.stopped:
            return None
        try:
            ident = self._do(step)
        except (Refusal, NotPossible) as error:
            LOG.debug("not done verb=%s object=%s key=%s error=%s", step.verb, step.object, step.key, error)
            return error
        except ConcertimUnavailable as error:
            self._unanswered += 1
            if self._unanswered >= _PATIENCE:
                self._outcome.stopped = error
            return error
        except PollsterError as error:  # nothing else would be let in either
            self._outcome.stopped = error
            return error
        self._acknowledged(step, ident)
        return ident

    def _do(self, step: Step) -> str:
        if step.verb == "create":
            return self._create(step)
        path = f"{_PATHS[step.object]}/{step.id}"
        if step.verb == "delete":
            self._client.delete(path)
        else:
            self._client.patch(path, body(step))
        return step.id or ""

    def _create(self, step: Step) -> str:
        path = "/nodes" if step.object == "device" else _PATHS[step.object]
        sent = body(step, *self._needs(step))
        for attempt in range(1, self._client.access.tries + 1):
            try:
                return str(self._client.post(path, sent)["id"])
            except AnswerLost:
                if found := self._found(step):
                    return found
                self._client.pause(attempt)
            except Refusal as refusal:
                if refusal.says("taken", "occupied") and (found := self._found(step)):
                    return found
                if instead := _for_older(step, refusal):
                    return self._create(instead)
                raise
        raise ConcertimUnavailable(f"Concertim does not answer POST {path}", tries=self._client.access.tries)

    def _needs(self, step: Step) -> tuple[str | None, str | None]:
        if step.object != "device":
            return None, None
        rack_id, template_id = self._racks.get(step.rack or ""), self._templates.get(step.template or "")
        if rack_id is None or template_id is None:
            lacking = "rack" if rack_id is None else "template"
            raise NotPossible(f"the {lacking} of a device could not be made", device=step.key)
        return rack_id, template_id

    def _found(self, step: Step) -> str | None:
        """Concertim's id of an object that is there although nobody said so."""
        if step.object == "template":
            ids = Present("P4", templates=tuple(reading.templates(self._client))).template_ids()
        elif step.object == "rack":
            ids = Present("P4", racks=tuple(reading.racks(self._client))).rack_ids()
        else:
            ids = {one.key: one.id for one in reading.devices(self._client) if one.key}
        if step.key in ids:
            self._outcome.adopted += 1
        return ids.get(step.key)


def _for_older(step: Step, refusal: Refusal) -> Step | None:
    """The same for a Concertim that does not know that a volume can be available, if that was why it refused."""
    if "status" in refusal.reasons and step.values.get("status") == status.AVAILABLE:
        return replace(step, values={**step.values, "status": status.ACTIVE})
    return None
