"""First load of a large instance table: against INSERT … SELECT inside the server, and against dlt."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import baseline
from benchmarks.cloud import API, CELL
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB

DRIVERS = ("pymysql", "mysqldb")


def run(server: MariaDB, rows: int) -> None:
    """Print seconds, ratios and peak memory."""
    print(f"\nFirst load of {rows:,} instances, all {len(baseline.COLUMNS)} columns, checked equal")
    limit = _insert_select(server)
    print(f"  INSERT .. SELECT inside the server          {limit:7.1f} s   1.00")
    found: dict[str, float] = {}
    for driver in DRIVERS:
        database = f"load_{driver}"
        server.create_database(database)
        result = _ours(server, server.url(database, driver=driver), driver)
        found[f"MariaDB, {driver}"] = result["seconds"]
        wrong = baseline.differences(server, database)
        _print(f"ours to MariaDB, {driver}", result, limit, f"{wrong} differences")
        server.drop_database(database)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        for driver in DRIVERS:
            path = Path(directory) / f"{driver}.sqlite"
            result = _ours(server, f"sqlite:///{path}", driver)
            found[f"SQLite, {driver}"] = result["seconds"]
            _print(f"ours to SQLite, {driver}", result, limit, f"{result['new']:,} rows")
        _against_dlt(server, Path(directory), found, limit)


def _against_dlt(server: MariaDB, directory: Path, found: dict[str, float], limit: float) -> None:
    server.create_database("dlt_bench")
    baseline.create_view(server)
    for name, url in (
        ("MariaDB", server.url("dlt_bench")),
        ("SQLite", f"sqlite:///{directory / 'dlt.sqlite'}"),
    ):
        result = _process("benchmarks.dlt_once", server.url(CELL), url)
        _print(f"dlt (pyarrow) to {name}", result, limit, "")
        for mine, seconds in found.items():
            if mine.startswith(name):
                print(f"      ours ({mine}) is {result['seconds'] / seconds:.1f} times as fast")
    server.drop_database("dlt_bench")


def _insert_select(server: MariaDB) -> float:
    server.create_database("limit_a")
    _create_tables(server.url("limit_a"))
    began = time.monotonic()
    baseline.insert_select(server, "limit_a")
    seconds = time.monotonic() - began
    server.drop_database("limit_a")
    return seconds


def _create_tables(url: str) -> None:
    engine = create_store_engine(url)
    upgrade(engine)
    engine.dispose()


def _ours(server: MariaDB, store_url: str, driver: str) -> dict[str, Any]:
    _create_tables(store_url)
    return _process("benchmarks.load_once", server.url(CELL, driver=driver), server.url(API, driver=driver), store_url)


def _process(module: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _print(what: str, result: dict[str, Any], limit: float, checked: str) -> None:
    seconds, cpu, peak = result["seconds"], result["cpu"], result["peak_mib"]
    print(f"  {what:<42}{seconds:8.1f} s {seconds / limit:6.2f}   client {cpu:5.1f} s   {peak:4.0f} MiB   {checked}")
