"""The proof that the sources are only read: what the server itself noted of every statement that it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from reporting_pollster.config.settings import ReportingSettings, Settings
from reporting_pollster.services.doctor import Finding, examine
from reporting_pollster.services.grants import Grant
from reporting_pollster.services.verify import verify
from tests.openstack import Cloud
from tests.pollster import REGION, Pollster, at
from tests.servers import SQLite
from tests.servers.mariadb import Statement
from tests.services import reader
from tests.services.sync.life import Life

# What reads, and what begins and ends a transaction or concerns the session alone.
READS = re.compile(
    r"""(SELECT|SHOW|EXPLAIN)\b .*
      | SET \s+ (NAMES\s\w+(\sCOLLATE\s\w+)? | (SESSION\s)?TRANSACTION\s[\w ]+ | autocommit\s*=\s*[01])
      | START\sTRANSACTION\sWITH\sCONSISTENT\sSNAPSHOT,\sREAD\sONLY
      | COMMIT | ROLLBACK""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# What may hide in a SELECT and is no mere read: locks, files, sequences, user variables, programs.
HIDDEN = re.compile(
    r"\b(INTO|FOR\s+UPDATE|LOCK|SHARE|GET_LOCK|RELEASE_LOCK|NEXTVAL|SETVAL|SLEEP|BENCHMARK|LOAD_FILE|GLOBAL|PROCEDURE)\b"
    r"|:=|;\s*\S",
    re.IGNORECASE,
)
LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|`[^`]*`")


def is_a_read(statement: Statement) -> bool:
    if statement.kind in ("Connect", "Quit", "Init DB", "Ping"):
        return True
    if statement.kind != "Query" or not READS.fullmatch(statement.text.strip()):
        return False
    return not HIDDEN.search(LITERAL.sub("?", statement.text))


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t VALUES (1)",
        "SELECT 1 FROM t FOR UPDATE",
        "SELECT a FROM t LOCK IN SHARE MODE",
        "SELECT a INTO OUTFILE 'x' FROM t",
        "SELECT GET_LOCK('x', 1)",
        "SELECT 1; DELETE FROM t",
        "SET GLOBAL x = 1",
        "SET @a := 1",
        "START TRANSACTION",
        "CREATE TEMPORARY TABLE t (a int)",
        "LOCK TABLES t READ",
        "FLUSH TABLES",
        "CALL p()",
        "ANALYZE TABLE t",
        "KILL 3",
    ],
)
def test_what_is_no_read_is_recognised(text: str) -> None:
    assert not is_a_read(Statement("reader", 1, "Query", text))


@dataclass(frozen=True)
class Watched:
    """A pollster with the account that `grants` provides for; everything else of the cloud is the administrator's."""

    cloud: Cloud
    pollster: Pollster
    life: Life
    granted: list[Grant]
    settings: Settings

    def examine(self) -> list[Finding]:
        """What the doctor looks at, too."""
        return examine(self.settings, self.pollster.sources, lambda: self.pollster.engine)


@pytest.fixture(params=["pymysql", "mysqldb"])
def watched(request: pytest.FixtureRequest, cloud: Cloud, sqlite: SQLite) -> Iterator[Watched]:
    reader.fill(cloud)
    granted = reader.create_reader(cloud)
    pollster = Pollster(cloud, sqlite.url("reporting"), page_rows=7)
    pollster.sources = reader.sources(cloud, user=reader.READER, driver=request.param)
    databases, cells = reader.databases_of(cloud, user=reader.READER, driver=request.param)
    reporting = ReportingSettings(sqlite.url("reporting"))
    settings = Settings(reporting=reporting, region=REGION, databases=databases, cells=cells)
    yield Watched(cloud, pollster, Life(cloud), granted, settings)
    pollster.close()


def test_nothing_but_reads_reaches_a_source(watched: Watched) -> None:
    pollster, life = watched.pollster, watched.life
    keys = [life.instance(created=at(f"04-{number + 1:02} 10:00")) for number in range(20)]
    life.volume()

    with watched.cloud.server.general_log() as log:
        pollster.sync()  # the first load
        pollster.sync()  # nothing to do
        life.save(keys[0], at("05-01 10:00"), vm_state="stopped")
        life.delete(keys[1], at("05-01 10:00"))
        life.delete(keys[2], at("05-01 10:00"), silent=True)
        life.archive()
        life.vanish(keys[3])
        pollster.sync(dry_run=True)
        changes = pollster.sync()
        pollster.sync(full=True)
        pollster.sync("instance", since=at("04-01 10:00"))
        verdicts = verify(pollster.sources, pollster.engine, pollster.settings)
        findings = watched.examine()
        pollster.sources.close()

    assert [statement for statement in log if not is_a_read(statement)] == []
    assert {statement.user for statement in log} == {reader.READER}
    assert {finding.subject for finding in findings} >= {"keystone", "cell:cell1", "cells"}
    assert [verdict for verdict in verdicts if not verdict.is_good] == []
    assert sum(result.plan.changed for result in changes) >= 3
    assert sum(" FROM `instances`" in statement.text.replace("\n", " ") for statement in log) > 20


def test_nothing_is_granted_that_is_not_read(watched: Watched) -> None:
    with watched.cloud.server.general_log() as log:
        watched.pollster.sync()
        watched.pollster.sync()
        watched.examine()

    said = {match for statement in log for match in re.findall(r"`?(\w+)`?\.`?(\w+)`?", statement.text)}
    unread = {(grant.table, column) for grant in watched.granted for column in grant.columns} - said
    assert unread == set()
