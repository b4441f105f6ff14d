"""Connection URLs: which ones we can use, and how to show one without its password.

The trap is the malformed URL, for it is the one that ends up in an error: a password with an unquoted @, / or blank
makes any parser cut in the wrong place, and SQLAlchemy itself then takes a piece of the password for the host or port.
So masking does not parse but hides all that could be a password, rather too much than too little, and what we say
about a URL that we refuse never quotes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from reporting_pollster.errors import SettingsError

MASK = "***"
Drivers = Mapping[str, tuple[str, ...]]
SOURCE_DRIVERS: Drivers = {"mysql": ("pymysql", "mysqldb"), "mariadb": ("pymysql", "mysqldb"), "sqlite": ("pysqlite",)}
REPORTING_DRIVERS: Drivers = {**SOURCE_DRIVERS, "postgresql": ("psycopg",)}

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]{0,30}://", re.IGNORECASE)
# A password goes on to the last @ of the word. Where the word has none, it may hold blanks and go on to the next @
# of the line, or lack its host altogether; only digits are a port and stay, as does the pattern in our own hints. The
# repetitions are bounded because a long line full of URLs would otherwise be read once per URL.
_CREDENTIALS = re.compile(
    r"""(?P<shown>\b[a-z][a-z0-9+.\-]{0,30}://[^\s:/\[]*:)
        (?!(?-i:PASSWORD@HOST)\b) (?: \S{0,2000}@ | (?!\d*(?:[/?\#,;.)\]}'"\s]|$)) (?:[^\n@]{0,2000}@ | \S*) )""",
    re.IGNORECASE | re.VERBOSE,
)
# Where all of the text is one URL, a password may hold both: it goes on to the last @ of all.
_ONLY_CREDENTIALS = re.compile(r"(?P<shown>^[^\s:/]+://[^\s:/\[]*:)(?!PASSWORD@HOST\b).*@", re.DOTALL)
# "using password: YES" is how MySQL says that one was sent, not what it was.
_PARAMETER = re.compile(
    r"""(?P<shown>(?:password|passwd|passphrase)["']?\s*[=:]\s*)(?!(?:yes|no|none)\b)
        (?:"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | [^\s&,;)}\]"']+)""",
    re.IGNORECASE | re.VERBOSE,
)


def mask_text(text: str) -> str:
    """Any text with the passwords of its URLs and of its password=... pairs hidden."""
    text = _CREDENTIALS.sub(lambda found: f"{found['shown']}{MASK}{'@' if found[0].endswith('@') else ''}", text)
    return _PARAMETER.sub(rf"\g<shown>{MASK}", text)


def mask_url(url: str) -> str:
    """One URL with its password hidden; what does not even look like one is hidden whole."""
    return mask_text(_ONLY_CREDENTIALS.sub(rf"\g<shown>{MASK}@", url)) if _SCHEME.match(url) else MASK


def check_url(connection: str, drivers: Drivers, *, where: str) -> None:
    """Raise a SettingsError that begins with `where` unless we can connect with this URL, as far as one can see."""
    try:
        url = make_url(connection)
    except (ArgumentError, ValueError):  # the latter for a port
        raise SettingsError(f"{where} is not a database URL", hint=_how_to_write(drivers)) from None
    _check_driver(url, drivers, where)
    if url.get_backend_name() != "sqlite":
        _check_server(url, connection, where)


def _how_to_write(drivers: Drivers) -> str:
    """A pattern of a URL that would have worked, and the usual reason why one does not."""
    return (
        f"write {next(iter(drivers))}+pymysql://USER:PASSWORD@HOST:PORT/DATABASE, the port a number, "
        "and any of @ : / ? # % and blanks in the password percent-encoded"
    )


def _check_driver(url: URL, drivers: Drivers, where: str) -> None:
    backend, _, driver = url.drivername.partition("+")
    if backend not in drivers:
        raise SettingsError(f"{where} names a kind of database that cannot be used here", hint=_known(drivers))
    if driver and driver not in drivers[backend]:
        raise SettingsError(f"{where} names a driver that cannot be used here", hint=_known(drivers))


def _known(drivers: Drivers) -> str:
    return "the URL must begin with " + " or ".join(
        f"{backend}://" if backend == "sqlite" else f"{backend}+{driver}://"
        for backend, names in drivers.items()
        for driver in names
    )


def _check_server(url: URL, connection: str, where: str) -> None:
    behind_password = connection.partition("://")[2].partition(":")[2].partition("@")[2]
    if url.password and "@" in behind_password:  # it was cut at its first @, and the rest taken for host or database
        raise SettingsError(f"{where} has an unquoted @ in its password", hint="write %40 for it")
    if not url.database:
        raise SettingsError(f"{where} names no database", hint="write its name after the host: ...@HOST:PORT/DATABASE")
