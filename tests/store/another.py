"""Work in another process, which may kill itself after a number of statements, as a power cut would.

The process is a fork: starting an interpreter for each of a hundred kills would take longer than the work.
"""

import os
import signal
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
    event.listen(engine, "after_cursor_execute", lambda *_: seen.append(None))
    work(engine)
    return len(seen)


def kill_after(engine: Engine, allowed: int) -> None:
    """Have this process killed when an engine has executed that many statements; none if 0."""
    seen: list[object] = []

    def executed(*_: object) -> None:
        seen.append(None)
        if len(seen) == allowed:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "after_cursor_execute", executed)
