"""What follows from messages that are stored: periods are derived, rows read again, counts told, old messages deleted.

In a thread of its own, so that a slow source holds up no message. Everything that is to be done is in the database:
whatever fails here is done later, by this collector or another one.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine

from reporting_pollster.errors import LeaseHeld, Retriable
from reporting_pollster.services.collect.counts import Counts
from reporting_pollster.services.collect.outage import Outage
from reporting_pollster.store.collector import Progress, tell
from reporting_pollster.store.hint import Keys, noted_hints, take_away
from reporting_pollster.store.notification import forget

LOG = logging.getLogger(__name__)

Derive = Callable[[], object]
ReadAgain = Callable[[Mapping[str, Keys]], object]

_PAUSE_SECONDS = 0.5
_ROWS_SECONDS = 2.0  # between two readings of rows of the same table
_WHOLE_SECONDS = 20.0  # and of the whole table
_TELL_SECONDS = 10.0
_LOG_SECONDS = 60.0
_FORGET_SECONDS = 600.0
_PATIENCE_SECONDS = 30.0  # for a step that was begun, when all is to end


class Aftermath:
    """Calls `derive` for what became due, and `read_again` for what messages named, not too often."""

    def __init__(
        self,
        engine: Engine,
        region: str,
        counts: Counts,
        *,
        derive: Derive | None = None,
        read_again: ReadAgain | None = None,
        keep_days: int = 30,
    ) -> None:
        self._engine, self._region, self._counts = engine, region, counts
        self._derive, self._read_again, self._keep_days = derive, read_again, keep_days
        self._host = socket.gethostname()
        self._outages: dict[str, Outage] = {}
        self._not_before: dict[str, float] = {}
        self._last_read: dict[str, float] = {}
        self._logged = dict(counts.total)
        self._started = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Do it beside what is done within; at the end what was begun is finished, and the counts are told."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="aftermath", daemon=True)
        thread.start()
        try:
            yield
        except BaseException:
            stop.set()
            raise
        stop.set()
        thread.join(_PATIENCE_SECONDS)
        if not thread.is_alive():
            self._not_before.clear()
            self._attempt("bookkeeping", _TELL_SECONDS, self._tell)

    def step(self) -> None:
        """Do what is due now."""
        self._attempt("derivation of periods", 0, self._follow)
        self._attempt("reading rows again", _PAUSE_SECONDS, self._read)
        self._attempt("bookkeeping", _TELL_SECONDS, self._tell)
        self._attempt("log", _LOG_SECONDS, self._log)
        self._attempt("deletion of old messages", _FORGET_SECONDS, self._forget)

    def finish(self) -> None:
        """Do all of it, however lately it was done."""
        self._not_before.clear()
        self._last_read.clear()
        self.step()

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.step()
            stop.wait(_PAUSE_SECONDS)

    def _attempt(self, name: str, every: float, work: Callable[[], None]) -> None:
        """Do one thing if its time has come; what fails is tried again later and later."""
        now = time.monotonic()
        if now < self._not_before.get(name, 0):
            return
        outage = self._outages.setdefault(name, Outage(f"{name} failed", f"{name} works again"))
        try:
            work()
        except LeaseHeld:  # another collector is at it
            self._not_before[name] = now + max(every, _PAUSE_SECONDS)
        except Exception as error:
            if not isinstance(error, Retriable):
                LOG.debug("failed after messages were stored what=%s", name, exc_info=True)
            self._not_before[name] = now + max(every, outage.failed(error))
        else:
            outage.over()
            self._not_before[name] = now + every

    def _follow(self) -> None:
        if self._derive is not None:
            self._derive()

    def _read(self) -> None:
        if self._read_again is None:
            return
        now = time.monotonic()
        due = {
            table: noted
            for table, noted in noted_hints(self._engine, self._region).items()
            if now - self._last_read.get(table, -_WHOLE_SECONDS)
            >= (_WHOLE_SECONDS if noted.keys is None else _ROWS_SECONDS)
        }
        if due:
            self._read_again({table: noted.keys for table, noted in due.items()})
            take_away(self._engine, [number for noted in due.values() for number in noted.ids])
            self._last_read |= dict.fromkeys(due, time.monotonic())

    def _tell(self) -> None:
        progress = self._counts.news()
        tell(self._engine, self._region, self._host, progress or Progress({}), started=not self._started)
        self._started = True
        if progress is not None:
            self._counts.told(progress)

    def _log(self) -> None:
        total = dict(self._counts.total)
        if total == self._logged:
            return
        since = {name: total[name] - self._logged[name] for name in total}
        self._logged = total
        LOG.info(
            "messages collected received=%d applied=%d ignored=%d unknown=%d parked=%d duplicates=%d",
            *(since[name] for name in ("received", "applied", "ignored", "unknown", "parked", "duplicates")),
        )

    def _forget(self) -> None:
        forgotten = forget(self._engine, self._region, self._keep_days)
        if forgotten:
            LOG.info("old messages deleted count=%d", forgotten)
