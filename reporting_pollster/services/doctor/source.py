"""One source database: whether it can be read, whether it can be more than read, and how it is reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import ip_address

from sqlalchemy import URL

from reporting_pollster.domain.privileges import Privilege, beyond_reading, privileges, reads_all
from reporting_pollster.domain.release import NEWEST, OLDEST, Names, came_with, described, guess
from reporting_pollster.entities import catalogue
from reporting_pollster.errors import PollsterError
from reporting_pollster.services.doctor.clock import examine_clock
from reporting_pollster.services.doctor.finding import Finding, failure, listed, ok, problem, warning
from reporting_pollster.services.doctor.plans import examine_plans
from reporting_pollster.services.doctor.subject import Source
from reporting_pollster.services.needs import databases_of, lack
from reporting_pollster.sources.database import Record, Session

_GRANTS = "run the statements of `reporting-pollster grants` on that server"


def examine_source(source: Source) -> list[Finding]:
    """All findings about one source; the first failure ends the list, since the rest would only repeat it."""
    found: list[Finding] = []
    try:
        with source.database.session() as session:
            found.extend(_findings(source, session))  # keeps what came before a failure
    except PollsterError as error:
        found.append(failure(source.subject, "reading" if found else "connection", error))
    return found


def _findings(source: Source, session: Session) -> Iterator[Finding]:
    subject, is_sqlite = source.subject, source.database.is_sqlite
    version = session.ask(f"SELECT {'sqlite_version()' if is_sqlite else 'VERSION()'} AS version")[0]["version"]
    where = source.database.host or "localhost"
    yield ok(subject, "connection", f"connected to {where} ({'SQLite ' if is_sqlite else ''}{version})")
    columns = session.columns()
    if not columns:
        yield problem(subject, "tables", "no table can be read", _GRANTS)
        return
    held = [] if is_sqlite else _privileges(session)
    name = source.database.settings.url.database or ""
    sees_all = is_sqlite or reads_all(held, name)
    earliest, latest = guess(source.kind, columns, _indexes(session, is_sqlite), sees_all=sees_all)
    if (earliest, latest) != (OLDEST, NEWEST):
        yield ok(subject, "release", f"looks like {described(earliest, latest)}")
    yield from _tables(source, columns, earliest)
    if is_sqlite:
        yield ok(subject, "privileges", "opened read-only")
    else:
        yield _beyond(subject, held, name, sees_all=sees_all)
        yield from _encryption(source, session)
        yield from _replica(source, session)
    yield from examine_clock(source, session, columns)
    if not is_sqlite:
        yield from examine_plans(source, session, columns)


# -- what is readable


def _tables(source: Source, columns: Names, earliest: str) -> Iterator[Finding]:
    needed, optional = defaultdict[str, list[str]](list), set[str]()
    for entity in catalogue().values():
        if source.kind in databases_of(entity):
            lacking = lack(entity, source.kind, columns)
            for name in lacking.needed:
                needed[name].append(entity.name)
            optional.update(name for name in lacking.optional if _belongs(source.kind, name, earliest))
    if needed:
        tables = sorted({name for names in needed.values() for name in names})
        text = f"not readable: {listed(sorted(needed))} (needed for {listed(tables)})"
        yield problem(source.subject, "tables", text, f"{_GRANTS}, or check that this is the right database")
    if optional:
        yield warning(source.subject, "tables", f"not readable, and done without: {listed(sorted(optional))}", _GRANTS)
    if not (needed or optional):
        yield ok(source.subject, "tables", "every table and column that is read is there")


def _belongs(database: str, name: str, earliest: str) -> bool:
    """Whether something that is absent should be there in this release."""
    table, _, column = name.partition(".")
    return (came_with(database, table, column or None) or "") <= earliest


def _indexes(session: Session, is_sqlite: bool) -> Names:
    if is_sqlite:
        return {}
    found = defaultdict[str, set[str]](set)
    for row in session.ask(
        "SELECT table_name AS name, index_name AS indexed FROM information_schema.statistics"
        " WHERE table_schema = DATABASE()"
    ):
        found[row["name"]].add(row["indexed"])
    return {name: frozenset(indexes) for name, indexes in found.items()}


# -- what is more than readable


def _privileges(session: Session) -> list[Privilege]:
    return privileges(str(next(iter(row.values()))) for row in session.ask("SHOW GRANTS"))


def _beyond(subject: str, held: list[Privilege], database: str, *, sees_all: bool) -> Finding:
    step = "take them back, or use an account with the privileges that `reporting-pollster grants` prints"
    beyond = beyond_reading(held, database)
    if beyond:
        return problem(
            subject, "privileges", f"the account may do more than read: {listed(list(map(str, beyond)))}", step
        )
    if sees_all:
        return warning(subject, "privileges", "the account may read everything, also what is secret", step)
    return ok(subject, "privileges", "the account may only read")


# -- how it is reached


def is_remote(url: URL) -> bool:
    """Whether a connection leaves this machine."""
    if url.host in (None, "", "localhost") or "unix_socket" in url.query:
        return False
    try:
        return not ip_address(url.host or "").is_loopback
    except ValueError:
        return True


def _encryption(source: Source, session: Session) -> Iterator[Finding]:
    if not is_remote(source.database.settings.url):
        return
    cipher = session.ask("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    if cipher and cipher[0]["value"]:
        yield ok(source.subject, "encryption", f"encrypted ({cipher[0]['value']})")
        return
    step = f"set tls_ca in [{source.database.settings.group}]"
    yield warning(source.subject, "encryption", "rows and password travel unencrypted", step)


def _replica(source: Source, session: Session) -> Iterator[Finding]:
    for row in _answers(session, "SHOW REPLICA STATUS") or _answers(session, "SHOW SLAVE STATUS"):
        lag = row.get("seconds_behind_master", row.get("seconds_behind_source"))
        if lag is None:
            yield problem(source.subject, "replica", "this replica has stopped following", "start its replication")
        elif int(lag) > source.overlap:
            text = f"this replica is {lag} s behind, more than the overlap of {source.overlap} s"
            yield warning(source.subject, "replica", text, "raise [sync] overlap_seconds, or read from another server")
        else:
            yield ok(source.subject, "replica", f"a replica, {lag} s behind")


def _answers(session: Session, statement: str) -> list[Record]:
    """The answer to a question that the account may not be allowed to ask."""
    try:
        return session.ask(statement)
    except PollsterError:
        return []
