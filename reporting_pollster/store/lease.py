"""One writer at a time: a lease with a fencing token, one for each place that is written to.

A process that was paused and wakes up late still believes that it may write. So the token is compared inside each
write transaction, with the lease's row locked until the commit: whoever took over has raised the token, and the late
one's transaction fails instead of undoing the other's work. The clock is the reporting database's own.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from reporting_pollster.errors import LeaseHeld, LeaseLost, PollsterError, StoreConflict
from reporting_pollster.store.engine import utc_now, with_retries, writing
from reporting_pollster.store.tables import Lease

LOG = logging.getLogger(__name__)

T = TypeVar("T")

WRITER = "writer"
CONCERTIM = "concertim"
_WRITES = {WRITER: "the reporting database", CONCERTIM: "Concertim"}
TERM_SECONDS = 15
_RENEWALS = 4  # in each term, so that one may fail
_ASK_SECONDS = 1.0


@dataclass(frozen=True)
class Held:
    """Proof that the lease was ours when it was taken; `check` tells whether it still is."""

    holder: str
    token: int
    term_seconds: int = TERM_SECONDS
    name: str = WRITER

    @property
    def renewal_seconds(self) -> float:
        """How long before it is to be renewed."""
        return self.term_seconds / _RENEWALS

    def check(self, connection: Connection) -> None:
        """Lock the lease's row until the end of the transaction, and raise LeaseLost unless it is ours."""
        row = connection.execute(select(Lease).where(Lease.name == self.name).with_for_update()).mappings().one()
        if row["token"] != self.token:
            raise LeaseLost(
                f"another process took over writing to {_WRITES[self.name]}",
                hint="nothing more of this cycle is written; the other process goes on",
                holder=row["holder"],
            )

    def fenced(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        """What `work` returns, done while the lease's row is locked; a long transaction ends with a fresh term."""
        self.check(connection)
        began = time.monotonic()
        result = work(connection)
        if time.monotonic() - began > self.renewal_seconds:  # the renewal waited for the row as others did
            self.extend(connection)
        return result

    def extend(self, connection: Connection) -> bool:
        """Move the end of the lease; false when it is no longer ours."""
        until = utc_now(connection) + timedelta(seconds=self.term_seconds)
        ours = (Lease.name == self.name, Lease.token == self.token)
        return connection.execute(update(Lease).where(*ours).values(expires=until)).rowcount > 0


@contextmanager
def holding(
    engine: Engine, *, patience: float = 0, term_seconds: int = TERM_SECONDS, name: str = WRITER
) -> Iterator[Held]:
    """Be the writer: waits up to `patience` seconds for another one, renews in the background, gives up at the end.

    Raises LeaseHeld when another process keeps it.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}:{int(time.time())}"
    held = _acquire(engine, holder, term_seconds, time.monotonic() + patience, name)
    stop = threading.Event()
    renewal = threading.Thread(target=_renew, args=(engine, held, stop), name="lease", daemon=True)
    renewal.start()
    try:
        yield held
    finally:
        stop.set()
        renewal.join(timeout=held.renewal_seconds)
        _release(engine, held)


def holder_of(connection: Connection, name: str = WRITER) -> tuple[str, datetime] | None:
    """Who holds the lease and until when; None when it is free."""
    row = connection.execute(select(Lease.holder, Lease.expires).where(Lease.name == name)).first()
    if row is None or not row.holder or row.expires < utc_now(connection):
        return None
    return row.holder, row.expires


def _acquire(engine: Engine, holder: str, term_seconds: int, deadline: float, name: str) -> Held:
    while True:
        try:
            token = with_retries(engine, lambda connection: _take(connection, holder, term_seconds, name))
            return Held(holder, token, term_seconds, name)
        except LeaseHeld:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_ASK_SECONDS)
        except IntegrityError:  # two processes made the row at once: ask again
            continue


def _take(connection: Connection, holder: str, term_seconds: int, name: str) -> int:
    row = connection.execute(select(Lease).where(Lease.name == name).with_for_update()).mappings().first()
    now = utc_now(connection)  # not before, since the row may have had to be waited for
    until = now + timedelta(seconds=term_seconds)
    if row is None:
        connection.execute(insert(Lease).values(name=name, holder=holder, token=1, expires=until))
        return 1
    if row["holder"] and row["expires"] > now:
        raise LeaseHeld(
            f"another process is writing to {_WRITES[name]}",
            hint=f"wait for it, or stop it; its claim ends {TERM_SECONDS} s after it does",
            holder=row["holder"],
        )
    token = int(row["token"]) + 1
    connection.execute(update(Lease).where(Lease.name == name).values(holder=holder, token=token, expires=until))
    return token


def _renew(engine: Engine, held: Held, stop: threading.Event) -> None:
    while not stop.wait(held.renewal_seconds):
        try:
            with writing(engine) as connection:
                if not held.extend(connection):
                    return
        except StoreConflict:  # our own write transaction holds the row, and nobody else can take it meanwhile
            continue
        except PollsterError as error:
            LOG.warning("could not renew the lease holder=%s error=%s", held.holder, error)


def _release(engine: Engine, held: Held) -> None:
    try:
        with writing(engine) as connection:
            mine = (Lease.name == held.name, Lease.token == held.token)
            connection.execute(update(Lease).where(*mine).values(holder="", expires=utc_now(connection)))
    except PollsterError as error:
        LOG.warning("could not give up the lease, it ends by itself holder=%s error=%s", held.holder, error)
