"""A month's usage over ten million periods and some millions of days, each report as a person would ask for it.

    .venv/bin/python -m benchmarks.report [PERIODS]

Rows are made by the server itself, as a cloud that ran for two years: ten periods of three days for each instance, one
instance in ten still there, a thousand projects, five flavours.
"""

from __future__ import annotations

import sys
import time
from datetime import date, datetime

from sqlalchemy import Engine, insert

from reporting_pollster.reports import report_named
from reporting_pollster.services.report import read_request, run_report, write
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, writing
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB

REGION = "RegionOne"
READ_AT = datetime(2026, 1, 10, 13, 7, 11)
LAST_DAY = date(2026, 1, 9)
ROUNDS = 3

_PERIODS = """
INSERT INTO instance_period (region, id, project_id, valid_from, valid_to, state, in_use, created_by, flavour,
  flavour_uuid, flavour_name, vcpus, memory, `root`, ephemeral, host, availability_zone, known_from, known_to,
  valid_from_origin, valid_to_origin)
SELECT '{region}', id, project, start + INTERVAL 3 * k DAY,
  IF(k = 9 AND n % 10 = 0, NULL, start + INTERVAL 3 * (k + 1) DAY), IF(k % 3 = 1, 'stopped', 'active'), 1, project,
  n % 5, n % 5, CONCAT('m', n % 5), 1 + n % 5, 2048 * (1 + n % 5), 10, 0, CONCAT('host', n % 300),
  IF(n % 2, 'north', 'south'), start + INTERVAL 3 * k DAY, NULL, 'action', 'action'
FROM (SELECT (seq - 1) DIV 10 AS n, (seq - 1) % 10 AS k,
  CONCAT(LPAD(HEX((seq - 1) DIV 10), 8, '0'), '-0000-4000-8000-000000000000') AS id,
  MD5(((seq - 1) DIV 10) % 1000) AS project,
  '2024-01-01' + INTERVAL (((seq - 1) DIV 10) * 62000000) DIV {instances} SECOND AS start
  FROM seq_1_to_{periods}) AS made
"""
_DAYS = """
INSERT INTO usage_day (region, day, project_id, kind, type, availability_zone, state, seconds, vcpu_seconds,
  memory_mb_seconds, root_gb_seconds)
SELECT '{region}', '2024-01-01' + INTERVAL (seq DIV 5000) DAY, MD5((seq DIV 5) % 1000), 'instance',
  CONCAT('m', seq % 5), IF(seq % 2, 'north', 'south'), IF(seq % 3, 'active', 'stopped'), seq % 864000, 0, 0, 0
FROM seq_0_to_3699999
"""

ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    *(("usage", {"month": "2025-12", "by": by}) for by in ("project", "domain", "flavour", "zone", "state", "day")),
    ("usage", {"by": "project"}),
    ("usage", {"from": "2025-12-01T10:00:00", "to": "2026-01-01T10:00:00", "by": "project"}),
    ("usage", {"month": "2025-12", "by": "user"}),
    ("usage", {"month": "2025-12", "by": "project", "as-known-at": "2026-01-10T13:07:11"}),
    ("usage", {"from": "2025-01-01", "to": "2026-01-01", "by": "month"}),
    ("usage", {"month": "2025-12", "by": "day", "project": "c4ca4238a0b923820dcc509a6f75849b"}),
    ("top-consumers", {"month": "2025-12"}),
    ("growth", {"month": "2025-12"}),
    ("flavours", {}),
    ("flavours", {"as-of": "2025-06-01"}),
    ("capacity", {"by": "zone"}),
    ("capacity-days", {"month": "2025-12"}),
    ("idle", {}),
    ("instances", {"month": "2025-12", "project": "c4ca4238a0b923820dcc509a6f75849b"}),
)


def fill(engine: Engine, periods: int) -> None:
    """Make the rows; indexes last."""
    tables = whole_metadata().tables
    for name, query in (("instance_period", _PERIODS), ("usage_day", _DAYS)):
        indexes = list(tables[name].indexes)
        with writing(engine) as connection:
            for index in indexes:
                index.drop(connection)
        with writing(engine) as connection:
            text = query.format(region=REGION, periods=periods, instances=periods // 10)
            connection.exec_driver_sql(text.replace("%", "%%"))
        with writing(engine) as connection:
            for index in indexes:
                index.create(connection)
            connection.exec_driver_sql(f"ANALYZE TABLE {name}")
    with writing(engine) as connection:
        for table in ("instance", "volume"):
            state = {"table_name": table, "region": REGION, "source": "region", "loaded": True, "cursors": "{}"}
            connection.execute(insert(tables["sync_state"]), {**state, "seen_at": READ_AT})
        for kind in ("instance", "volume", "snapshot", "backup", "image", "floating_ip"):
            known = {"resource": kind, "region": REGION, "built": True, "used_to": LAST_DAY}
            connection.execute(insert(tables["derivation"]), known)


def ask(engine: Engine, name: str, words: dict[str, str]) -> tuple[float, int]:
    """The best time of some, and how many bytes of JSON came."""
    best, size = float("inf"), 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with run_report(engine, REGION, name, read_request(report_named(name), words)) as result:
            size = sum(map(len, write(result, "json")))
        best = min(best, time.perf_counter() - began)
    return best, size


def main(periods: int) -> None:
    """Print seconds for each report."""
    server = MariaDB(buffer_pool="2G")
    try:
        server.create_database("report")
        engine = create_store_engine(server.url("report"))
        upgrade(engine)
        began = time.perf_counter()
        fill(engine, periods)
        print(f"{periods:,} periods made in {time.perf_counter() - began:.0f} s")
        for name, words in ASKED:
            seconds, size = ask(engine, name, words)
            options = " ".join(f"--{key} {value}" for key, value in words.items())
            print(f"{seconds:7.2f} s  {size:>10,} bytes  {name} {options}", flush=True)
        engine.dispose()
    finally:
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
