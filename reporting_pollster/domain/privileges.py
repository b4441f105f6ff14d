"""What an account may do, out of the lines of SHOW GRANTS.

The lines themselves are never shown: MariaDB's hold the hash of the password. In the name of a database `_` and `%` are
wildcards, unless escaped or in a privilege on one table; and what an account may do on a database of its own is no
concern of a source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# They read, or show the state of the server.
_READING = {
    "USAGE",
    "SELECT",
    "SHOW VIEW",
    "SHOW DATABASES",
    "PROCESS",
    "REPLICATION CLIENT",
    "BINLOG MONITOR",
    "SLAVE MONITOR",
    "REPLICA MONITOR",
}
_LINE = re.compile(
    r"GRANT (?P<names>.+?) ON (?P<kind>(TABLE|FUNCTION|PROCEDURE|PACKAGE( BODY)?) )?(?P<object>.+?) TO .+"
)
_NAME = re.compile(r"`(?:[^`]|``)*`|[^.]+")


@dataclass(frozen=True)
class Privilege:
    """One privilege. Without a table it is for a whole database, without a database for all."""

    name: str
    database: str | None = None
    table: str | None = None
    by_column: bool = False

    @property
    def reads(self) -> bool:
        return self.name in _READING

    def concerns(self, database: str) -> bool:
        """Whether it holds in a database."""
        if self.database is None:
            return True
        if self.table is not None:
            return self.database == database
        return re.fullmatch(_pattern(self.database), database, re.DOTALL) is not None

    def __str__(self) -> str:
        where = "everything" if self.database is None else ".".join(filter(None, (self.database, self.table or "*")))
        return f"{self.name} on {where}"


def privileges(lines: Iterable[str]) -> list[Privilege]:
    """All privileges that the lines tell of."""
    return [privilege for line in lines for privilege in _of_line(line)]


def beyond_reading(held: Iterable[Privilege], database: str) -> list[Privilege]:
    """Those that allow more than to read, in a database."""
    return [privilege for privilege in held if not privilege.reads and privilege.concerns(database)]


def reads_all(held: Iterable[Privilege], database: str) -> bool:
    """Whether a whole database may be read, its secrets included."""
    return any(
        privilege.name in ("SELECT", "ALL PRIVILEGES") and privilege.table is None and privilege.concerns(database)
        for privilege in held
    )


def _of_line(line: str) -> Iterator[Privilege]:
    found = _LINE.fullmatch(line)
    if found is None:  # a role, whose privileges have lines of their own
        return
    database, table = _object(found["object"])
    for name in re.split(r", ?(?![^(]*\))", found["names"]):
        plain, _, columns = name.partition(" (")
        yield Privilege(plain.strip().upper(), database, table, bool(columns))
    if line.endswith("WITH GRANT OPTION"):
        yield Privilege("GRANT OPTION", database, table)


def _object(text: str) -> tuple[str | None, str | None]:
    names = [name[1:-1].replace("``", "`") if name[0] == "`" else name for name in _NAME.findall(text)]
    if len(names) != 2 or names[0] == "*":  # of an account (PROXY), or of everything
        return None, None
    return names[0], None if names[1] == "*" else names[1]


def _pattern(name: str) -> str:
    wild = {"_": ".", "%": ".*"}
    parts = re.findall(r"\\.|.", name, re.DOTALL)
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
