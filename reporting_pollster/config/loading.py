"""From what is written to the settings: whether it makes sense together, in one clear line when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from reporting_pollster.config.options import CELL_PREFIX
from reporting_pollster.config.reading import Reading, Value
from reporting_pollster.config.settings import (
    NEEDED_SOURCES,
    OPTIONAL_SOURCES,
    AlmanachSettings,
    ApiSettings,
    ConcertimSettings,
    DatabaseSettings,
    GnocchiSettings,
    LogSettings,
    NotificationSettings,
    RatingSettings,
    ReportingSettings,
    Settings,
    SyncSettings,
)
from reporting_pollster.config.url import REPORTING_DRIVERS, SOURCE_DRIVERS, check_url, mask_text
from reporting_pollster.errors import SettingsError

_CREDENTIALS = "CREDENTIALS_DIRECTORY"
Database = TypeVar("Database", bound=DatabaseSettings)


def settings_from(reading: Reading) -> Settings:
    """The settings, checked as far as one can without connecting to anything."""
    default = _plain(reading.groups["DEFAULT"])
    sync = SyncSettings(**_plain(reading.groups["sync"]))
    _check_sync(sync, reading)
    return Settings(
        reporting=_database(reading, "reporting", ReportingSettings),
        region=_needed(reading.groups["region"]["name"]),
        databases={
            name: _database(reading, name, DatabaseSettings)
            for name in NEEDED_SOURCES + OPTIONAL_SOURCES
            if reading.is_written(name)
        },
        cells=_cells(reading),
        sync=sync,
        notifications=_notifications(reading),
        gnocchi=_gnocchi(reading),
        concertim=_concertim(reading),
        rating=RatingSettings(file=_path(reading.groups["rating"]["file"].value)),
        api=_api(reading),
        almanach=_almanach(reading),
        log=LogSettings(
            log_file=_path(default["log_file"]),
            log_level=default["log_level"].upper(),
            log_json=default["log_json"],
        ),
        state_directory=Path(_needed(reading.groups["DEFAULT"]["state_directory"])),
        files=reading.files,
    )


def _plain(group: Mapping[str, Value]) -> dict[str, Any]:
    for value in group.values():
        if value.value is None and value.is_written:  # a number left empty
            _needed(value)
    return {name: value.value for name, value in group.items()}


def _needed(value: Value) -> Any:
    if value.value in (None, ""):
        raise SettingsError(
            f"[{value.group}] {value.name} is empty in {value.origin}", hint="write a value, or take the line out"
        )
    return value.value


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _check_sync(sync: SyncSettings, reading: Reading) -> None:
    if sync.sweep_share == 0:  # oslo.config knows no open bound
        raise SettingsError(
            f"[sync] sweep_share = 0 in {reading.groups['sync']['sweep_share'].origin} would never compare anything",
            hint="write a share above 0, at most 1",
        )


def _api(reading: Reading) -> ApiSettings:
    values = dict(reading.groups["api"])
    names = ("private_key", "session_key")
    keys: dict[str, Any] = {
        name: _secret(values.pop(name), values.pop(f"{name}_file"), reading.environment) for name in names
    }
    plain = _plain(values)
    plain |= {name: tuple(plain[name]) for name in ("strategy", "cors_origins")}
    return ApiSettings(**keys, **plain)


def _almanach(reading: Reading) -> AlmanachSettings:
    plain = _plain(reading.groups["almanach"])
    _needed(reading.groups["almanach"]["write_role"])
    plain |= {name: tuple(plain[name]) for name in ("instance_metadata", "instance_image_meta")}
    return AlmanachSettings(**plain)


def _notifications(reading: Reading) -> NotificationSettings:
    values = dict(reading.groups["notifications"])
    url = _secret(values.pop("transport_url"), values.pop("transport_url_file"), reading.environment)
    plain = _plain(values)
    plain |= {name: tuple(plain[name]) for name in ("topics", "priorities", "exchanges")}
    plain |= {name: _readable(values[name]) for name in ("tls_ca", "tls_cert", "tls_key")}
    _check_pair("notifications", plain["tls_cert"], plain["tls_key"])
    return NotificationSettings(transport_url=url, **plain)


def _gnocchi(reading: Reading) -> GnocchiSettings:
    values = dict(reading.groups["gnocchi"])
    password = _secret(values.pop("password"), values.pop("password_file"), reading.environment)
    plain = _plain(values)
    plain |= {name: _readable(values[name]) for name in ("tls_ca", "tls_cert", "tls_key")}
    _check_pair("gnocchi", plain["tls_cert"], plain["tls_key"])
    return GnocchiSettings(password=password, **plain)


def _concertim(reading: Reading) -> ConcertimSettings:
    values = dict(reading.groups["concertim"])
    password = _secret(values.pop("password"), values.pop("password_file"), reading.environment)
    plain = _plain(values) | {"tls_ca": _readable(values["tls_ca"])}
    return ConcertimSettings(password=password, **plain)


def _secret(value: Value, file: Value, environment: Mapping[str, str]) -> str:
    if not file.is_written:
        return str(value.value or "")
    _check_only_one(value, file)
    return _content(_credential(_needed(file), file, environment), file)


def _cells(reading: Reading) -> dict[str, DatabaseSettings]:
    cells = reading.groups["nova"]["cells"]
    names: list[str] = cells.value
    if len({name.lower() for name in names}) < len(names):
        raise SettingsError(
            f"[nova] cells in {cells.origin} names a cell twice", hint="case makes no difference in group names"
        )
    return {name: _database(reading, CELL_PREFIX + name, DatabaseSettings) for name in names}


def _database(reading: Reading, group: str, kind: type[Database]) -> Database:
    values = reading.groups[group]
    connection = _connection(reading, group)
    plain = _plain(values)
    settings = kind(
        connection,
        group=group,
        tls_ca=_readable(values["tls_ca"]),
        tls_cert=_readable(values["tls_cert"]),
        tls_key=_readable(values["tls_key"]),
        tls_verify=plain["tls_verify"],
        connect_timeout=plain["connect_timeout"],
        read_timeout=plain["read_timeout"],
    )
    _check_pair(group, settings.tls_cert, settings.tls_key)
    return settings


def _check_pair(group: str, certificate: Path | None, key: Path | None) -> None:
    if (certificate is None) != (key is None):
        raise SettingsError(
            f"[{group}] has only one of tls_cert and tls_key", hint="a client certificate needs its key, so write both"
        )


def _connection(reading: Reading, group: str) -> str:
    """The checked URL, from the option itself or from the file that it is kept in."""
    value, file = reading.groups[group]["connection"], reading.groups[group]["connection_file"]
    if file.is_written:
        _check_only_one(value, file)
        path = _credential(_needed(file), file, reading.environment)
        connection, where = _content(path, file), f"the URL in {path}, [{group}] connection_file in {file.origin},"
    else:
        connection, where = value.value or "", f"[{group}] connection in {value.origin}"
    if not connection.strip():
        raise _without_connection(reading, group, value)
    check_url(connection, REPORTING_DRIVERS if group == "reporting" else SOURCE_DRIVERS, where=where)
    return connection


def _check_only_one(value: Value, file: Value) -> None:
    if value.is_written:
        raise SettingsError(
            f"[{value.group}] has {value.name} in {value.origin} and {file.name} in {file.origin}",
            hint="take one of them out",
        )


def _without_connection(reading: Reading, group: str, value: Value) -> SettingsError:
    where = value.origin if value.is_written else ", ".join(map(str, reading.files)) or "any file (none was found)"
    either = "take the cell out of [nova] cells" if group.startswith(CELL_PREFIX) else "take the group out"
    return SettingsError(
        f"[{group}] connection is {'empty' if value.is_written else 'not set'} in {where}",
        hint=f"write connection = mysql+pymysql://USER:PASSWORD@HOST/DATABASE below [{group}], or {either}",
    )


def _credential(name: str, file: Value, environment: Mapping[str, str]) -> Path:
    if "://" in name:
        raise SettingsError(
            f"[{file.group}] {file.name} in {file.origin} holds a URL itself", hint="write it as connection"
        )
    path = Path(name)
    if path.is_absolute():
        return path
    if not environment.get(_CREDENTIALS):
        raise SettingsError(
            f"[{file.group}] {file.name} in {file.origin} is a relative path and {_CREDENTIALS} is not set",
            hint="write an absolute path, or run as a service with LoadCredential=",
        )
    return Path(environment[_CREDENTIALS]) / path


def _content(path: Path, file: Value) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        named = f"which [{file.group}] {file.name} in {file.origin} names"
        raise SettingsError(f"cannot read {path}, {named}: {reason}") from None


def _readable(value: Value) -> Path | None:
    """The path of a file that we can read, for a driver only says that something about TLS went wrong."""
    path = _path(value.value)
    if path is None:
        return None
    try:
        path.open("rb").close()
    except OSError as error:
        named = f"which [{value.group}] {value.name} in {value.origin} names"
        raise SettingsError(f"cannot read {mask_text(value.value)}, {named}: {error.strerror}") from None
    return path
