"""The API below /v2 over a large cloud: how long a member waits, what a long answer takes, and how queries find rows.

    .venv/bin/python -m benchmarks.api [INSTANCES]

Instances lived over two years in two thousand projects; each has one period, and use is added up for ninety days.
Times are those of a client of a real server on this machine. A full scan of a large table is named.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import md5
from typing import Any

from sqlalchemy import Engine, event, insert

from benchmarks.facts import PROJECTS, REGION, make_plain
from reporting_pollster.domain.reach import Reach
from reporting_pollster.reports import report_named
from reporting_pollster.services.browse import PeriodFilter, Place, ProjectFilter, ResourceFilter
from reporting_pollster.services.explain import Question
from reporting_pollster.services.permit import Permit
from reporting_pollster.services.questions import Questions
from reporting_pollster.services.report import read_request
from reporting_pollster.services.status import Status
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, writing
from reporting_pollster.store.migration import upgrade
from reporting_pollster.store.state import Progress
from tests.api.v2.served import Server
from tests.servers import MariaDB

ROUNDS = 60
DAYS = 90
READ_AT = datetime(2026, 9, 10, 13, 7, 11)
MONTH = "2026-08"
_BOOKKEEPING = "region, active, first_seen, known_from, changed_at"
_STAMPS = f"'{REGION}', 1, '2024-01-01', '2024-01-01', '2024-01-01'"
_FILL = (
    "INSERT INTO project (id, display_name, enabled, personal, has_instances, domain_id, " + _BOOKKEEPING + ") "
    f"SELECT MD5(CONCAT('p', seq)), CONCAT('project-', seq), 1, 0, 1, 'd', {_STAMPS} FROM seq_0_to_{PROJECTS - 1}",
    """
    INSERT INTO instance_period (region, id, project_id, valid_from, valid_to, state, in_use, created_by, flavour_name,
      vcpus, memory, `root`, ephemeral, host, availability_zone, known_from, valid_from_origin, valid_to_origin)
    SELECT region, id, project_id, created, deleted, 'active', 1, created_by, flavour_name, vcpus, memory, `root`, 0,
      host, availability_zone, created, 'row', IF(deleted IS NULL, NULL, 'row') FROM instance""",
    f"""
    INSERT INTO usage_day (region, day, project_id, kind, type, availability_zone, state, seconds, vcpu_seconds)
    SELECT '{REGION}', DATE '{READ_AT:%Y-%m-%d}' - INTERVAL 1 + seq DIV ({PROJECTS} * 5) DAY,
      MD5(CONCAT('p', MOD(seq DIV 5, {PROJECTS}))), 'instance', CONCAT('m1.', MOD(seq, 5)),
      CONCAT('az', MOD(seq, 4)), 'active', 86400, 172800 FROM seq_0_to_{{last}}""",
)
_MANY_ROWS = PROJECTS * 2


def project(number: int) -> str:
    """The id of one of the projects."""
    return md5(f"p{number}".encode(), usedforsecurity=False).hexdigest()


def fill(server: MariaDB, engine: Engine, instances: int, days: int = DAYS) -> None:
    """Make the rows."""
    make_plain(server, "api", instances)
    for statement in _FILL:
        server.execute(statement.replace("{last}", str(PROJECTS * 5 * days - 1)), database="api")
    server.execute("ANALYZE TABLE project, instance, instance_period, usage_day", database="api")
    tables = whole_metadata().tables
    with writing(engine) as connection:
        state = {"region": REGION, "source": "region", "loaded": True, "cursors": Progress().as_text()}
        for name in ("instance", "volume", "project"):
            connection.execute(insert(tables["sync_state"]), {**state, "table_name": name, "seen_at": READ_AT})
        for kind in ("instance", "volume", "snapshot", "backup", "image", "floating_ip"):
            known = {"resource": kind, "region": REGION, "built": True, "used_to": date(2026, 9, 9)}
            connection.execute(insert(tables["derivation"]), known)


def answers(server: Server) -> Iterator[tuple[str, list[float]]]:
    """Seconds of some rounds of each question of a member, of another project each time."""
    paths = {
        "a project's month": "/v2/usage?month={month}&by=day&project={project}",
        "a project's month by flavour": "/v2/usage?month={month}&by=flavour&project={project}",
        "a page of instances": "/v2/resources/instance?project={project}&limit=100",
        "by creation": "/v2/resources/instance?project={project}&limit=100&sort=-created&active=true",
        "a page of everybody's instances": "/v2/resources/instance?limit=100",
        "a page of periods": "/v2/periods/instance?project={project}&limit=100",
        "a page of projects": "/v2/projects?limit=100",
        "an explanation": "/v2/explain/usage?project={project}&from=2026-08-01&to=2026-09-01",
        "a project's quota": "/v2/quota?project={project}",
    }
    for name, path in paths.items():
        found = []
        for number in range(ROUNDS):
            began = time.perf_counter()
            answer = server.stream(path.format(month=MONTH, project=project(number * 31)))
            answer.raise_for_status()
            assert answer.content
            found.append(time.perf_counter() - began)
        yield name, sorted(found)


def stream(server: Server, rows: int) -> None:
    """Read every period as CSV."""
    for name in ("csv", "json"):
        began, lines, measured = time.perf_counter(), 0, []
        path = f"/v2/reports/instances?from=2024-01-01&to=2026-12-31&format={name}"
        with server.stream(path) as answer:
            for number, part in enumerate(answer.iter_content(256 * 1024)):
                lines += part.count(b"\n")
                if number % 20 == 0:
                    measured.append(server.memory_mib())
        seconds = time.perf_counter() - began
        print(f"{lines:,} lines of {name} of {rows:,} rows in {seconds:.1f} s; memory {measured[0]:.0f} to "
              f"{max(measured):.0f} MiB")  # fmt: skip


def questions_of(engine: Engine) -> Questions:
    """What a member of one of the projects may ask."""

    def no_status() -> Status:
        raise NotImplementedError

    return Questions(engine, REGION, Permit(Reach(project_id=project(7)), 30, 60, 1100), no_status)


def member_questions(questions: Questions) -> Iterator[tuple[str, Callable[[], object]]]:
    """What a member may ask, below the web."""
    place = Place(100)

    def report(name: str, **words: str) -> Callable[[], object]:
        def ask() -> object:
            with questions.report(name, read_request(report_named(name), words)) as result:
                return list(result.rows)

        return ask

    for by in report_named("usage").by:
        yield f"usage by {by}", report("usage", month=MONTH, by=by)
    for name in ("usage-over-time", "growth", "instances", "volumes", "allocations"):
        yield name, report(name, month=MONTH)
    for name in ("flavours", "idle", "images", "projects", "quota"):
        yield name, report(name)
    yield "usage as known then", report("usage", **{"month": MONTH, "as-known-at": "2026-09-01"})
    yield "projects", lambda: questions.projects(ProjectFilter(name="project-1"), place)
    for sort in ("id", "-created", "name"):
        yield (
            f"instances by {sort}",
            lambda sort=sort: questions.resources(  # type: ignore[misc]
                "instance", ResourceFilter(sort=sort, begin=datetime(2026, 8, 1)), place
            ),
        )
    yield "periods", lambda: questions.periods("instance", PeriodFilter(), place)

    def explain() -> object:
        question = Question(project(7), datetime(2026, 8, 1), datetime(2026, 9, 1))
        with questions.explanation(question) as result:
            return list(result.rows)

    yield "explain", explain


@contextmanager
def plans(engine: Engine) -> Iterator[set[str]]:
    """The large tables that are read as a whole by what is asked within."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "(SELECT")):
            asked.append((statement, parameters))

    scanned: set[str] = set()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield scanned
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings()
            scanned |= {f"{row['table']} ({row['type']})" for row in plan if _is_scan(row)}


def _is_scan(row: Mapping[str, Any]) -> bool:
    """An alias is told instead of a table's name: of what is no small table, none may be read as a whole."""
    if row["type"] not in ("ALL", "index") or str(row["table"]).startswith("<"):
        return False
    return int(row["rows"] or 0) > _MANY_ROWS


def main(instances: int) -> None:
    """Print what was measured."""
    server = MariaDB(buffer_pool="1G")
    try:
        server.create_database("api")
        engine = create_store_engine(server.url("api"))
        upgrade(engine)
        began = time.perf_counter()
        fill(server, engine, instances)
        print(f"{instances:,} instances made in {time.perf_counter() - began:.0f} s")
        for name, ask in member_questions(questions_of(engine)):
            with plans(engine) as scanned:
                ask()
            print(f"{name}: {', '.join(sorted(scanned)) or 'by indexes'}", flush=True)
        api = Server(server.url("api"), f"OS_REGION__NAME={REGION}")
        try:
            for name, seconds in answers(api):
                print(f"p50 {1000 * seconds[ROUNDS // 2]:5.0f} ms  p95 {1000 * seconds[ROUNDS * 95 // 100]:5.0f} ms  "
                      f"{name}", flush=True)  # fmt: skip
            stream(api, instances)
        finally:
            api.stop()
        engine.dispose()
    finally:
        server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
