"""Work in another process, which may kill itself after a number of statements, as a power cut would.

The process is a fork: starting an interpreter for each of a hundred kills would take longer than the work.
"""

import os
import signal
import threading
import traceback
from collections.abc import Callable

from sqlalchemy import Engine, event

from reporting_pollster.store.engine import create_store_engine

Work = Callable[[Engine], object]


def start(url: str, work: Work, *, allowed: int = 0) -> int:
    """Begin work on a database in another process, and return its id; it dies after the allowed statements."""
    child = os.fork()
    if child:
        return child
    try:
        engine = create_store_engine(url)
        kill_after(engine, allowed)
        work(engine)
        os._exit(0)
    except BaseException:  # noqa: BLE001 (nothing may return into the fork of a test run)
        traceback.print_exc()
    finally:
        os._exit(1)


def end(child: int) -> int:
    """Wait for it: its exit status, or the negative number of the signal that killed it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def count(engine: Engine, work: Work) -> int:
    """Do the work here, and tell how many statements it takes."""
    seen: list[object] = []
    _at_each_statement(engine, lambda: seen.append(None))
    work(engine)
    return len(seen)


def kill_after(engine: Engine, allowed: int) -> None:
    """Have this process killed when it has executed that many statements; never if 0."""
    left = iter(range(allowed - 1, -1, -1))
    _at_each_statement(engine, lambda: next(left, 1) or os.kill(os.getpid(), signal.SIGKILL))


def _at_each_statement(engine: Engine, do: Callable[[], object]) -> None:
    """The renewals of the lease don't count: their number depends on the time."""

    def executed(*_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            do()

    event.listen(engine, "after_cursor_execute", executed)
