"""Where log records go and what they look like: one line each, for people or for machines, without any password.

Drivers log and raise whole connection URLs. So passwords are hidden in the finished text, its arguments and traceback
included: a filter on our own loggers would miss theirs, and one that rewrites records would change them for others.
The root logger's handler is the only global thing that we touch; configuring again replaces ours and no other.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from logging.handlers import WatchedFileHandler
from typing import TextIO

from reporting_pollster.config.settings import LogSettings
from reporting_pollster.config.url import mask_text
from reporting_pollster.errors import SettingsError

_OURS = "reporting_pollster"
_PAIR = re.compile(r"(?:(\w+)=)?%[-#0 +]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]")


def configure(settings: LogSettings, *, verbose: int = 0) -> None:
    """Send the log where the settings say; `verbose` above 0 adds our DEBUG, below 0 leaves only errors.

    At a terminal, INFO would repeat what the command prints, and waits for `verbose`.
    """
    handler = _handler(settings)
    handler.setFormatter(JsonFormatter() if settings.log_json else TextFormatter())
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _ToFile | _ToStderr)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    level = _level(settings, verbose)
    root.setLevel(max(level, logging.INFO))  # the DEBUG of libraries is statements with their values
    logging.getLogger(_OURS).setLevel(level)


def is_watched() -> bool:
    """Whether somebody reads the log as it is written: then a traceback is noise, and a mishap one line."""
    return sys.stderr.isatty() and not any(isinstance(each, _ToFile) for each in logging.getLogger().handlers)


def _level(settings: LogSettings, verbose: int) -> int:
    if verbose:
        return logging.DEBUG if verbose > 0 else logging.ERROR
    level = logging.getLevelNamesMapping()[settings.log_level]
    return logging.WARNING if level == logging.INFO and is_watched() else level


def _handler(settings: LogSettings) -> logging.Handler:
    if settings.log_file is None:
        return _ToStderr()
    try:
        return _ToFile(settings.log_file, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"cannot write the log file {settings.log_file}: {error.strerror}",
            hint="check [DEFAULT] log_file, and that its directory exists and may be written to",
        ) from error


class _ToFile(WatchedFileHandler):
    """A file that is opened anew when logrotate has moved it away."""


class _ToStderr(logging.StreamHandler[TextIO]):
    """The standard error of the moment: a progress bar takes its place, so that lines go above the bar."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        self.stream = sys.stderr
        super().emit(record)


class TextFormatter(logging.Formatter):
    """`2026-01-01T00:00:00Z LEVEL logger event key=value`, a traceback on lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The record's time, in UTC and to the second."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line itself, whatever line breaks its values have."""
        return super().formatMessage(record).replace("\r", r"\r").replace("\n", r"\n")

    def format(self, record: logging.LogRecord) -> str:
        """The whole record."""
        return mask_text(super().format(record))


class JsonFormatter(TextFormatter):
    """The same as one JSON object per line, with the event's key=value pairs as members of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole record."""
        members: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": mask_text(record.getMessage()),
        }
        if record.exc_info:
            members["exception"] = mask_text(self.formatException(record.exc_info))
        return json.dumps(_pairs(record) | members, ensure_ascii=False)


def _pairs(record: logging.LogRecord) -> dict[str, object]:
    """The arguments that the message's template calls key=%s, by that key."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    places = _PAIR.findall(str(record.msg).replace("%%", ""))
    if len(places) != len(arguments):
        return {}
    return {
        key: argument if isinstance(argument, int | float | None) else _masked(key, argument)
        for key, argument in zip(places, arguments, strict=True)
        if key
    }


def _masked(key: str, argument: object) -> str:
    return mask_text(f"{key}={argument}").removeprefix(f"{key}=")
