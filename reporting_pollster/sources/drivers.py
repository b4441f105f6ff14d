"""What each driver is told, so that rows arrive as cheap tuples and nothing can be written.

By default both MySQL drivers build each datetime with Python code, which costs more than all the rest of reading
(performance notes: 35 % with PyMySQL, 70 % with mysqlclient) and fails on zero dates. Here times stay text, as they do
on SQLite; whether they are valid is checked for whole columns later.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from importlib import import_module
from typing import Any

from sqlalchemy.engine import URL

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.errors import SettingsError

_TIMES = ("DATE", "DATETIME", "TIMESTAMP", "TIME", "NEWDATE")


def driver_url(settings: DatabaseSettings) -> URL:
    """The URL with its driver said: mysqlclient when it is installed and no other was asked for, else PyMySQL."""
    url = settings.url
    backend, _, driver = url.drivername.partition("+")
    if backend == "sqlite":
        return url
    return url.set(drivername=f"mysql+{driver or _fastest()}")


def connect_arguments(settings: DatabaseSettings, url: URL) -> dict[str, Any]:
    """Arguments of the driver's connect() for a source: text times, timeouts, TLS."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": settings.connect_timeout, "check_same_thread": False}
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": settings.connect_timeout,
        "read_timeout": settings.read_timeout,
        "write_timeout": settings.read_timeout,
        "conv": _text_times(url),
    }
    if settings.uses_tls:
        arguments |= _tls(settings, url)
    return arguments


def streaming_cursor(url: URL) -> Any:
    """The cursor class that leaves a large result on the server; None where every cursor does."""
    if url.get_backend_name() == "sqlite":
        return None
    return _module(url, "cursors").SSCursor


def abandon(cursor: Any) -> None:
    """Close a cursor that broke in the middle of an answer.

    PyMySQL reads what is left of the answer, now and once more when it is collected, and fails where nothing is left.
    """
    unread = getattr(cursor, "_result", None)
    with suppress(Exception):
        cursor.close()
    if unread is not None and hasattr(unread, "unbuffered_active"):
        unread.unbuffered_active = False


def _fastest() -> str:
    try:
        import_module("MySQLdb")
    except ImportError:  # also when its library is missing
        return "pymysql"
    return "mysqldb"


def _module(url: URL, name: str) -> Any:
    try:
        return import_module(f"{'MySQLdb' if url.drivername.endswith('mysqldb') else 'pymysql'}.{name}")
    except ImportError as error:
        raise SettingsError(
            f"{url.drivername}:// needs a driver that cannot be used: {error}",
            hint="install it, or begin the URL with mysql+pymysql://",
        ) from error


def _text_times(url: URL) -> dict[Any, Any]:
    conversions = dict(_module(url, "converters").conversions)
    field_types = _module(url, "constants").FIELD_TYPE
    for name in _TIMES:
        if (number := getattr(field_types, name, None)) is not None:
            conversions.pop(number, None)
            if url.drivername.endswith("mysqldb"):
                conversions[number] = str  # decoded in C; without an entry it would give bytes
    return conversions


def _tls(settings: DatabaseSettings, url: URL) -> dict[str, Any]:
    files = {"ca": settings.tls_ca, "cert": settings.tls_cert, "key": settings.tls_key}
    if url.drivername.endswith("mysqldb"):
        given = {name: str(path) for name, path in files.items() if path is not None}
        return {"ssl": given, "ssl_mode": "VERIFY_IDENTITY" if settings.tls_verify else "REQUIRED"}
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca)
        if settings.tls_cert is not None:
            context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"cannot use the TLS files of [{settings.group}]: {error}",
            hint=f"check tls_ca, tls_cert and tls_key in [{settings.group}]",
        ) from error
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}
