"""Periods and usage of many instances: the first derivation, some changes, and the established daily loop."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from benchmarks import facts
from reporting_pollster.derived import timelines
from reporting_pollster.services.derive.periods import PeriodBuilder
from reporting_pollster.services.derive.stock import build_stock
from reporting_pollster.services.explain import Question, explain_usage
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, writing
from reporting_pollster.store.lease import holding
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB

_DATABASE = "usage"
_CHANGED = 1000
DRIVERS = ("pymysql", "mysqldb")


def run(server: MariaDB, rows: int) -> None:
    """Print seconds and peak memory."""
    print(f"\nUsage of {rows:,} instances with {len(facts.ACTIONS)} actions each, in {facts.PROJECTS:,} projects")
    for driver in DRIVERS:
        server.create_database(_DATABASE)
        engine = create_store_engine(server.url(_DATABASE, driver=driver))
        upgrade(engine)
        facts.make(server, _DATABASE, rows)
        _first(server.url(_DATABASE, driver=driver), driver)
        _changes(server, driver)
        if driver == DRIVERS[-1]:
            _why(engine)
        engine.dispose()
        server.drop_database(_DATABASE)
    _daily(server, rows)


def _first(url: str, driver: str) -> None:
    done = _derived(url)
    print(
        f"  periods and a year of usage_day, {driver}: {done['seconds']:.0f} s, client {done['cpu']:.0f} s, "
        f"{done['peak_mib']:.0f} MiB; {done['added']:,} periods, {done['days']:,} rows of usage_day"
    )


def _changes(server: MariaDB, driver: str) -> None:
    """1,000 living instances were stopped half an hour before the day ended."""
    at = f"({facts.NOW} - INTERVAL 30 MINUTE)"
    picked = f"SELECT id FROM instance WHERE active = 1 ORDER BY id LIMIT {_CHANGED}"
    stamps = f"'{facts.REGION}', {facts.NOW}, {facts.NOW}, {facts.NOW}"
    stopped = (
        "INSERT INTO instance_action (id, cell_name, instance_id, action, started, finished, active, region, "
        "first_seen, known_from, changed_at) SELECT 2000000000 + ROW_NUMBER() OVER (), "
        f"'{facts.CELL}', id, 'stop', {at}, {at}, 1, {stamps} FROM period_due"
    )
    for statement in (
        f"INSERT INTO period_due (resource, region, id) SELECT 'instance', '{facts.REGION}', id FROM ({picked}) p",
        stopped,
        f"UPDATE instance SET vm_state = 'stopped', updated = {at} WHERE id IN (SELECT id FROM period_due)",
    ):
        server.execute(statement, database=_DATABASE)
    done = _derived(server.url(_DATABASE, driver=driver))
    print(
        f"  {done['resources']:,} changed instances, {driver}: {done['seconds']:.2f} s, {done['added']:,} periods added"
    )


def _derived(url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.derive_once", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _daily(server: MariaDB, rows: int) -> None:
    """Five years of instances that were never resized: the older pollster knew one size of each only."""
    server.create_database(_DATABASE)
    engine = create_store_engine(server.url(_DATABASE, driver="mysqldb"))
    upgrade(engine)
    facts.make_plain(server, _DATABASE, rows)
    timeline = timelines()["instance"]
    whole_metadata()
    with holding(engine) as held:
        PeriodBuilder(timeline, facts.REGION, engine, held, lambda _count: None).build()
    with engine.connect() as connection:
        last = connection.exec_driver_sql("SELECT UTC_DATE() - INTERVAL 1 DAY").scalar_one()

    def build() -> None:
        with writing(engine) as connection:
            build_stock(connection, timeline, facts.REGION, last)

    seconds = _timed(build)
    began = time.monotonic()
    expected = _loop(engine, last)
    loop = time.monotonic() - began
    with engine.connect() as connection:
        rows_of = connection.exec_driver_sql("SELECT day, vcpus, memory, local_storage FROM historical_usage")
        found = {day: tuple(sums) for day, *sums in rows_of}
    different = sum(found.get(day) != expected.get(day) for day in found.keys() | expected.keys())
    print(
        f"  historical_usage over five years: {seconds:.1f} s; the loop over instances and days {loop:.0f} s; "
        f"{different} of {len(expected)} days differ"
    )
    engine.dispose()
    server.drop_database(_DATABASE)


def _loop(engine: Engine, last: date) -> dict[date, tuple[int, ...]]:
    """As the older pollster did it, day by day."""
    totals: dict[date, list[int]] = {}
    day = timedelta(days=1)
    with engine.connect() as connection:
        rows = connection.execution_options(stream_results=True).exec_driver_sql(
            "SELECT created, deleted, vcpus, memory, root + ephemeral FROM instance"
        )
        for created, deleted, *sizes in rows:
            at, end = created.date(), deleted.date() if deleted else last + day
            while at < end and at <= last:
                sums = totals.setdefault(at, [0, 0, 0])
                sums[0] += sizes[0]
                sums[1] += sizes[1]
                sums[2] += sizes[2]
                at += day
    return {day: tuple(sums) for day, sums in totals.items()}


def _why(engine: Engine) -> None:
    """The project with the smallest id, in the last month that is over."""
    with engine.connect() as connection:
        today = connection.exec_driver_sql("SELECT UTC_DATE()").scalar_one()
        project = connection.exec_driver_sql("SELECT MIN(project_id) FROM usage_day").scalar_one()
    end = datetime(today.year, today.month, 1)
    last = end - timedelta(days=1)
    question = Question(project, datetime(last.year, last.month, 1), end)
    print(f"  explain usage of a project in a month: {_timed(lambda: _explain(engine, question)):.2f} s")


def _explain(engine: Engine, question: Question) -> None:
    with explain_usage(engine, facts.REGION, question) as explanation:
        for _part in explanation.parts:
            pass


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
