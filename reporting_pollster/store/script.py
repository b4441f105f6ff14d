"""Files of SQL statements, as people write and dump them, taken apart into single statements.

Drivers run one statement at a time, and a file can't be cut at each semicolon: comments and strings hold some, and
`DELIMITER` moves the cut. Both MySQL's and PostgreSQL's quoting is understood, since a file may be for either.
"""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from reporting_pollster.errors import SettingsError

# What may hold a delimiter without ending there. MySQL runs what is in /*! */, so that is kept.
_TOKEN = r"""
    (?P<end>{delimiter})
  | (?P<comment> ^[ \t]*\#[^\n]* | ^--[^\n]* | --(?=\s|\Z)[^\n]* | /\*(?![!M+]).*?\*/ )
  | '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `[^`]*` | (?P<dollar>\$\w*\$).*?(?P=dollar) | /\*.*?\*/
  | \w+ | .
"""
_DELIMITER = re.compile(r"[ \t]*DELIMITER[ \t]+(\S+)[ \t]*(?:\n|\Z)", re.IGNORECASE)
_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress}


def read_script(path: Path) -> str:
    """The text of a file, which may be compressed."""
    try:
        return _UNPACK.get(path.suffix, bytes)(path.read_bytes()).decode("utf-8-sig")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"cannot read the schema file {path}: {reason}") from error


def statements(text: str) -> Iterator[str]:
    """Each statement without its delimiter, and without comments."""
    text = text.replace("\r\n", "\n")
    tokens, position, parts = _tokens(";"), 0, list[str]()
    while position < len(text):
        if not parts and (command := _DELIMITER.match(text, position)):
            tokens, position = _tokens(command[1]), command.end()
            continue
        token = tokens.match(text, position)
        assert token is not None  # the last alternative takes any character
        position = token.end()
        if token["end"]:
            yield from _joined(parts)
            parts = []
        elif parts or not (token["comment"] or token[0].isspace()):
            parts.append(" " if token["comment"] else token[0])
    yield from _joined(parts)


def _tokens(delimiter: str) -> re.Pattern[str]:
    return re.compile(_TOKEN.replace("{delimiter}", re.escape(delimiter)), re.VERBOSE | re.DOTALL | re.MULTILINE)


def _joined(parts: list[str]) -> Iterator[str]:
    if parts:
        yield "".join(parts).rstrip()
