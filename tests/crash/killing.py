"""Runs a sync in a child process that kills itself at its N-th point, or counts how many points there are.

A point is before every statement to the reporting database and to the sources, before every bulk load and every commit:
what is after one is before the next. The child is forked, not started anew, so that some can run in a second; it makes
connections of its own and never touches those that it inherited.
"""

from __future__ import annotations

import os
import signal
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

import reporting_pollster.services.sync.stager as stager
from reporting_pollster.services.sync import Request, sync
from reporting_pollster.sources.database import Session
from reporting_pollster.store import fill
from reporting_pollster.store.engine import create_store_engine
from tests.pollster import Pollster, sources_of

NEVER = 10**9


class Points:
    """Counts points, and dies at one of them. The thread that renews the lease does not count: it has its own pace."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal
        self._lock = threading.Lock()

    def reach(self, *_: Any) -> None:
        if threading.current_thread().name == "lease":
            return
        with self._lock:
            self.count += 1
            if self.count == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def before(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def reached(*arguments: Any, **options: Any) -> Any:
            self.reach()
            return work(*arguments, **options)

        return reached

    def watch(self, engine: Engine) -> None:
        """Hook into everything that a sync sends."""
        event.listen(engine, "before_cursor_execute", self.reach)
        event.listen(engine, "commit", self.reach)
        stager.append = self.before(stager.append)  # type: ignore[attr-defined]
        Session._answer = self.before(Session._answer)  # type: ignore[method-assign]
        Session._compiled = self.before(Session._compiled)  # type: ignore[method-assign]  # before each streamed read


def killed_sync(pollster: Pollster, store_url: str, names: tuple[str, ...], fatal: int, many_rows: int) -> int | None:
    """Sync in a child that dies at point `fatal`; the number of points when it did not get that far, else None."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(pollster, store_url, names, fatal, many_rows, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        answer = told.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return None
    assert answer, "the child failed by itself"
    return int(struct.unpack("q", answer)[0])


def _child(
    pollster: Pollster, store_url: str, names: tuple[str, ...], fatal: int, many_rows: int, writing: int
) -> None:
    try:
        fill._MANY_ROWS = many_rows
        points = Points(fatal)
        engine = create_store_engine(store_url)
        points.watch(engine)
        results = sync(sources_of(pollster.cloud), engine, pollster.settings, Request(names))
        if all(result.is_good for result in results):
            os.write(writing, struct.pack("q", points.count))
    finally:
        os._exit(0)


@contextmanager
def few_rows_are_many(count: int) -> Iterator[None]:
    """Let the first load drop its indexes for as many rows as a test has."""
    before = fill._MANY_ROWS
    fill._MANY_ROWS = count
    try:
        yield
    finally:
        fill._MANY_ROWS = before
