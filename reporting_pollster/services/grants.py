"""The GRANT statements of an account that may read what the pollster reads, and nothing else.

Every table gets a list of columns: a service adds columns with every release, and what it puts there next year
(nova keeps user data in `instances`, cinder passwords in `volumes`) shall not be readable by having been forgotten. A
GRANT on what a release lacks fails as a whole, so what only some releases have is granted by a statement of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reporting_pollster.config.settings import NEEDED_SOURCES, OPTIONAL_SOURCES, DatabaseSettings
from reporting_pollster.domain.release import OLDEST, came_with
from reporting_pollster.entities.source import CELLS
from reporting_pollster.errors import SettingsError
from reporting_pollster.services.needs import Needs, needs

_CELLS = {"cell0": "nova_cell0", "cell1": "nova"}  # as nova-manage names them
_ARCHIVED = "archived rows"
_PLACEHOLDER = "CHANGE-ME"


@dataclass(frozen=True)
class GrantRequest:
    """For whom. Without `user` it is the account that is configured, without `release` the statements are for all.

    `optional` are the columns that only some releases have, and the tables of archived rows.
    """

    user: str | None = None
    host: str = "%"
    optional: bool = True
    release: str | None = None


@dataclass(frozen=True)
class Place:
    """A database as the statements name it: `source` is the group in our settings."""

    source: str
    kind: str
    server: str | None
    database: str
    user: str | None = None

    @classmethod
    def configured(cls, kind: str, settings: DatabaseSettings) -> Place | None:
        """Where a source lies; None for a file, which has no accounts."""
        url = settings.url
        if url.get_backend_name() == "sqlite":
            return None
        return cls(settings.group or kind, kind, url.host, url.database or "", url.username)


@dataclass(frozen=True)
class Grant:
    """One statement. `since` or `before` a release, it is only for some; `note` says what it is good for."""

    place: Place
    account: str
    table: str
    columns: tuple[str, ...]
    since: str | None = None
    before: str | None = None
    note: str | None = None

    @property
    def is_optional(self) -> bool:
        return (self.since, self.before, self.note) != (None, None, None)

    @property
    def statement(self) -> str:
        columns = ", ".join(map(_quoted, self.columns))
        table = f"{_quoted(self.place.database)}.{_quoted(self.table)}"
        return f"GRANT SELECT ({columns}) ON {table} TO {self.account};"

    @property
    def condition(self) -> str | None:
        """When and why to run it, for a comment."""
        if self.before is not None:
            return f"only before {self.before}"
        if self.since is not None:
            return f"{self.since} and later"
        return self.note

    def is_for(self, release: str) -> bool:
        return (self.since or OLDEST) <= release and (self.before is None or release < self.before)


def grants(
    databases: Mapping[str, DatabaseSettings], cells: Mapping[str, DatabaseSettings], request: GrantRequest
) -> list[Grant]:
    """Every statement, source by source in the order of the settings."""
    return [
        grant
        for place in _places(databases, cells)
        for grant in _of_place(place, needs()[place.kind], request)
        if (request.optional or not grant.is_optional) and (request.release is None or grant.is_for(request.release))
    ]


def accounts(found: Iterable[Grant]) -> tuple[str, ...]:
    """The statements that create the accounts; their passwords are to be filled in."""
    names = dict.fromkeys(grant.account for grant in found)
    return tuple(f"CREATE USER IF NOT EXISTS {name} IDENTIFIED BY '{_PLACEHOLDER}';" for name in names)


def _places(databases: Mapping[str, DatabaseSettings], cells: Mapping[str, DatabaseSettings]) -> list[Place]:
    """The configured databases, and by its usual name each one that is needed and is not there; all, if none is."""
    shown = NEEDED_SOURCES if databases or cells else NEEDED_SOURCES + OPTIONAL_SOURCES
    found = [
        Place.configured(name, databases[name]) if name in databases else Place(name, name, None, name)
        for name in NEEDED_SOURCES + OPTIONAL_SOURCES
        if name in databases or name in shown
    ]
    found += [Place.configured(CELLS, cell) for cell in cells.values()]
    if not cells:
        found += [Place(f"cell:{name}", CELLS, None, database) for name, database in _CELLS.items()]
    return [place for place in found if place is not None]


def _of_place(place: Place, needed: Needs, request: GrantRequest) -> Iterator[Grant]:
    account = _account(request.user or place.user or "reporting", request.host)
    for table in sorted({*needed.always, *needed.newer, *needed.older}):
        always, newer = needed.always.get(table), needed.newer.get(table, frozenset())
        later = _by_release(place.kind, table, newer)
        if always is None:
            since = max(filter(None, later), default=None)
            yield Grant(place, account, table, _ordered(newer), since=since, note=None if since else _ARCHIVED)
            continue
        yield Grant(place, account, table, _ordered(always | later.pop(None, frozenset())))
        for since, columns in later.items():
            yield Grant(place, account, table, _ordered(columns), since=since)
        if table in needed.older:
            yield Grant(place, account, table, _ordered(needed.older[table]), before=min(filter(None, later)))


def _by_release(database: str, table: str, columns: Iterable[str]) -> dict[str | None, frozenset[str]]:
    found: defaultdict[str | None, set[str]] = defaultdict(set)
    for column in columns:
        found[came_with(database, table, column)].add(column)
    return {since: frozenset(found[since]) for since in sorted(found, key=str)}


def _ordered(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(columns))


def _account(user: str, host: str) -> str:
    for name in (user, host):
        if "\\" in name or not name.isprintable():  # what they mean depends on the server's settings
            raise SettingsError("an account's name or host has a backslash or a control character")
    return "@".join("'" + name.replace("'", "''") + "'" for name in (user, host))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
