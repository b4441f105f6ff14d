"""A cycle over a large instance table: idle, and with 1,000 changes, against the one statement with three ORs."""

from __future__ import annotations

import time

from benchmarks import baseline, change
from benchmarks.cloud import API, CELL
from benchmarks.load_once import Follower
from benchmarks.measure import Measured, handler_reads
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB

ROUNDS = 3


def run(server: MariaDB, rows: int) -> None:
    """Print rows examined, seconds and the ratio."""
    print(f"\nA cycle over {rows:,} instances, of which one in ten lives")
    for number, driver in enumerate(("pymysql", "mysqldb")):
        _one_driver(server, driver, seed=number * 100)


def _one_driver(server: MariaDB, driver: str, seed: int) -> None:
    database = f"cycle_{driver}"
    server.create_database(database)
    urls = (server.url(CELL, driver=driver), server.url(API, driver=driver), server.url(database, driver=driver))
    engine = create_store_engine(urls[2])
    upgrade(engine)
    engine.dispose()
    follower = Follower(*urls)
    follower.cycle()
    _idle(server, follower, driver)
    for number in range(ROUNDS):
        change.thousand(server, seed=seed + number * 10)
        # ours first: what it reads is then warm for the naive cycle, which upserts rows that are there already
        ours = _timed(follower.cycle)
        naive = _timed(lambda: baseline.upsert_changed(server, database))
        wrong = baseline.differences(server, database)
        print(
            f"  1,000 changes, {driver}: ours {ours:.3f} s, one statement with ORs and its upserts {naive:.3f} s, "
            f"ratio {ours / naive:.2f}, {wrong} differences"
        )
    follower.close()
    server.drop_database(database)


def _idle(server: MariaDB, follower: Follower, driver: str) -> None:
    follower.cycle()
    result = Measured()
    began = time.monotonic()
    with handler_reads(server, result):
        unit = follower.cycle()
    print(f"  idle, {driver}: {time.monotonic() - began:.3f} s, {unit.rows_read} rows read, {_text(result)}")


def _timed(work: object) -> float:
    assert callable(work)
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _text(result: Measured) -> str:
    return ", ".join(f"{name.removeprefix('Handler_')} {count:,}" for name, count in sorted(result.reads.items()))
