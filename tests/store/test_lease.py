"""One writer at a time, on every server, and whoever comes late writes nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, Engine, select, update

from reporting_pollster.errors import LeaseHeld, LeaseLost
from reporting_pollster.store.engine import create_store_engine, reading, with_retries, writing
from reporting_pollster.store.lease import Held, holder_of, holding
from reporting_pollster.store.tables import Lease, TableMetadata
from tests.store.another import end, start

TERM = 2  # seconds


@pytest.fixture
def engine(ready_store_url: str) -> Iterator[Engine]:
    engine = create_store_engine(ready_store_url)
    yield engine
    engine.dispose()


def _holder(engine: Engine) -> str | None:
    with reading(engine) as connection:
        found = holder_of(connection)
    return found and found[0]


def _written(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(TableMetadata.table_name).order_by(TableMetadata.table_name)).scalars())


def _write(engine: Engine, held: Held, name: str) -> None:
    """What every write of a sync is: a transaction that asks first."""

    def insert(connection: Connection) -> None:
        connection.execute(TableMetadata.__table__.insert().values(table_name=name, row_count=0))

    with_retries(engine, lambda connection: held.fenced(connection, insert))


def _end_the_term(engine: Engine) -> None:
    """What time would do, had it not been renewed."""
    with writing(engine) as connection:
        connection.execute(update(Lease).values(expires=datetime(2000, 1, 1)))


# -- taking it and giving it up


def test_the_lease_is_held_within_and_free_afterwards(engine: Engine) -> None:
    assert _holder(engine) is None

    with holding(engine) as held:
        assert _holder(engine) == held.holder
        _write(engine, held, "one")

    assert _holder(engine) is None
    assert _written(engine) == ["one"]


def test_the_lease_is_free_after_an_error(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), holding(engine):
        _ = 1 / 0

    assert _holder(engine) is None


def test_each_holder_has_a_higher_token(engine: Engine) -> None:
    tokens = []
    for _number in range(3):
        with holding(engine) as held:
            tokens.append(held.token)

    assert tokens == list(range(tokens[0], tokens[0] + 3))


def test_another_one_is_told_who_holds_it(engine: Engine) -> None:
    with holding(engine) as held, pytest.raises(LeaseHeld, match=f"holder={held.holder}"), holding(engine):
        pass


def test_who_has_patience_gets_it_next(engine: Engine, ready_store_url: str) -> None:
    asked, got = Event(), []

    def wait() -> None:
        other = create_store_engine(ready_store_url)
        asked.set()
        with holding(other, patience=30) as held:
            got.append(held.token)
        other.dispose()

    waiting = Thread(target=wait)
    with holding(engine) as held:
        waiting.start()
        asked.wait()
        time.sleep(0.5)
        assert got == []
    waiting.join()

    assert got == [held.token + 1]


def test_patience_ends(engine: Engine) -> None:
    with holding(engine):
        began = time.monotonic()
        with pytest.raises(LeaseHeld), holding(engine, patience=1.5):
            pass

    assert 1 < time.monotonic() - began < 10


# -- terms


def test_it_is_renewed_as_long_as_it_is_held(engine: Engine) -> None:
    with holding(engine, term_seconds=TERM) as held:
        for _number in range(TERM + 1):
            time.sleep(1)
            assert _holder(engine) == held.holder


def test_a_term_that_ended_is_nobodys(engine: Engine) -> None:
    with holding(engine):
        _end_the_term(engine)
        assert _holder(engine) is None

        with holding(engine) as held:
            assert _holder(engine) == held.holder


def test_a_long_transaction_ends_with_a_fresh_term(engine: Engine) -> None:
    with holding(engine, term_seconds=TERM) as held:
        with_retries(engine, lambda connection: held.fenced(connection, lambda _: time.sleep(TERM + 0.5)))

        assert _holder(engine) == held.holder


# -- those who come late


def test_who_was_overtaken_writes_nothing(engine: Engine) -> None:
    with holding(engine) as late:
        _write(engine, late, "in time")
        _end_the_term(engine)
        with holding(engine) as next_one:
            with pytest.raises(LeaseLost, match="another process took over"):
                _write(engine, late, "late")
            _write(engine, next_one, "next")

    assert _written(engine) == ["in time", "next"]


def test_who_was_overtaken_does_not_give_up_what_is_not_his(engine: Engine) -> None:
    late = holding(engine)
    late.__enter__()
    _end_the_term(engine)

    with holding(engine) as next_one:
        late.__exit__(None, None, None)
        assert _holder(engine) == next_one.holder


def test_who_was_overtaken_and_gone_again_is_late_all_the_same(engine: Engine) -> None:
    """The lease is free, but somebody may have changed what the late one believes to know."""
    with holding(engine) as late:
        _end_the_term(engine)
        with holding(engine):
            pass

        with pytest.raises(LeaseLost):
            _write(engine, late, "late")

    assert _written(engine) == []


# -- other processes


def test_the_lease_of_a_killed_process_ends_by_itself(engine: Engine, ready_store_url: str) -> None:
    child = _hold_in_another_process(ready_store_url, lambda _engine, _held: os.kill(os.getpid(), signal.SIGKILL))
    assert end(child) == -signal.SIGKILL
    assert _holder(engine) is not None

    began = time.monotonic()
    with holding(engine, patience=30) as held:
        _write(engine, held, "next")

    assert time.monotonic() - began < TERM + 5
    assert _written(engine) == ["next"]


def test_a_process_that_was_stopped_wakes_up_too_late(engine: Engine, ready_store_url: str) -> None:
    def work(own: Engine, held: Held) -> None:
        _write(own, held, "before")
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            _write(own, held, "late")
        except LeaseLost:
            os._exit(7)

    child = _hold_in_another_process(ready_store_url, work)
    os.waitpid(child, os.WUNTRACED)  # until it has stopped
    with holding(engine, patience=30) as held:
        os.kill(child, signal.SIGCONT)
        assert end(child) == 7
        _write(engine, held, "next")

    assert _written(engine) == ["before", "next"]


def test_a_process_that_was_stopped_within_a_transaction_is_waited_for(engine: Engine, ready_store_url: str) -> None:
    """It has the lease's row, and commits when it wakes up: nobody could have taken over meanwhile."""

    def work(own: Engine, held: Held) -> None:
        def insert(connection: Connection) -> None:
            connection.execute(TableMetadata.__table__.insert().values(table_name="within", row_count=0))
            os.kill(os.getpid(), signal.SIGSTOP)

        with_retries(own, lambda connection: held.fenced(connection, insert))

    child = _hold_in_another_process(ready_store_url, work)
    os.waitpid(child, os.WUNTRACED)
    time.sleep(TERM + 1)  # its term is over
    waking = Thread(target=lambda: (time.sleep(1), os.kill(child, signal.SIGCONT)))
    waking.start()
    with holding(engine, patience=60) as held:
        assert _written(engine) == ["within"]
        _write(engine, held, "next")
    waking.join()

    assert end(child) == 0
    assert _written(engine) == ["next", "within"]


def test_of_many_who_want_it_at_once_one_gets_it(engine: Engine, ready_store_url: str) -> None:
    """Also when there is no row yet for any of them to lock."""

    def work(own: Engine) -> None:
        try:
            with holding(own) as held:
                _write(own, held, f"process {os.getpid()}")
                time.sleep(1.5)
        except LeaseHeld:
            os._exit(7)

    children = [start(ready_store_url, work) for _number in range(5)]

    assert sorted(end(child) for child in children) == [0, 7, 7, 7, 7]
    assert len(_written(engine)) == 1


def _hold_in_another_process(url: str, work: Callable[[Engine, Held], None]) -> int:
    """Start a process that takes the lease and goes on with it; returns its id at once."""

    def hold(own: Engine) -> None:
        with holding(own, term_seconds=TERM) as held:
            work(own, held)

    return start(url, hold)
