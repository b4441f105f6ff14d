"""Makes what a payload says fit the columns that it is told in.

A value that can't be taken as it is makes the whole message unusable rather than a fact of a wrong one: the source's
row will tell. Only words that nothing refers to (a name) are cut, as a row's are. Unset is an empty text as well as
null; whether that tells something (no host any more) or nothing (not launched yet) depends on the column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.domain.repair import repair
from reporting_pollster.domain.rows import ColumnRule

_LARGEST = 2**31 - 1
_LONGEST_DOCUMENT = 1_000_000  # characters, far beyond any quota of nova
_LONGEST_LIST = 1_000


class Unusable(Exception):
    """A payload that does not say what it must; the text names the fault and none of the content."""


@dataclass(frozen=True)
class Column:
    """A column that is told; with `clears`, unset tells that there is nothing, else it tells nothing."""

    kind: Literal["id", "word", "number", "moment", "document", "ids"]
    length: int = 255
    maximum: int = _LARGEST
    clears: bool = False


_UUID = Column("id", 36)
_PROJECT = Column("id", 64)
_WORD = Column("word")
_NAME = Column("word", clears=True)
_STATUS = Column("word", 64)
_NUMBER = Column("number")
_MOMENT = Column("moment")
_DOCUMENT = Column("document")

COLUMNS: Mapping[str, Mapping[str, Column]] = {
    "instance": {
        "id": _UUID,
        "project_id": _PROJECT,
        "created_by": _PROJECT,
        "name": _NAME,
        "flavour": _NUMBER,
        "flavour_uuid": Column("id", 255),
        "flavour_name": _WORD,
        "vcpus": _NUMBER,
        "memory": _NUMBER,
        "root": _NUMBER,
        "ephemeral": _NUMBER,
        "vm_state": _STATUS,
        "host": Column("word", clears=True),
        "availability_zone": Column("word", clears=True),
        "image": Column("id", 36, clears=True),
        "image_meta": _DOCUMENT,
        "metadata": _DOCUMENT,
        "created": _MOMENT,
        "launched": _MOMENT,
        "terminated": _MOMENT,
        "deleted": _MOMENT,
    },
    "volume": {
        "id": _UUID,
        "project_id": _PROJECT,
        "created_by": _PROJECT,
        "name": _NAME,
        "size": _NUMBER,
        "volume_type": Column("id", 36, clears=True),
        "status": _STATUS,
        "availability_zone": Column("word", clears=True),
        "attached_to": Column("ids", 36),
        "created": _MOMENT,
        "launched": _MOMENT,
    },
    "snapshot": {
        "id": _UUID,
        "project_id": _PROJECT,
        "created_by": _PROJECT,
        "name": _NAME,
        "volume_id": _UUID,
        "size": _NUMBER,
        "status": _STATUS,
        "created": _MOMENT,
    },
    "image": {
        "id": _UUID,
        "project_id": _PROJECT,
        "name": _NAME,
        "size": Column("number", maximum=2**63 - 1),
        "status": _STATUS,
        "visibility": Column("word", 16),
        "created": _MOMENT,
        "deleted": _MOMENT,
    },
    "floating_ip": {
        "id": _UUID,
        "project_id": _PROJECT,
        "address": Column("word", 64),
        "port_id": Column("id", 36, clears=True),
        "created": _MOMENT,
    },
}


def fitted(resource: str, raw: Mapping[str, object]) -> dict[str, Any]:
    """The values of a resource by column, of what a payload has; raises Unusable when one can't be told."""
    values = {}
    for name, value in raw.items():
        column = COLUMNS[resource][name]
        fit = None if is_unset(value) else _FITS[column.kind](name, column, value)
        if fit is not None or column.clears:
            values[name] = fit
    return values


def is_unset(value: object) -> bool:
    return value is None or value == ""


def identity(name: str, value: object, length: int = 36) -> str:
    """An id as it came, for it must not be another: never cut, never mended."""
    if not isinstance(value, str) or not value.strip():
        raise Unusable(f"no {name}")
    if len(value) > length or not is_storable(value):
        raise Unusable(f"{name} is no id")
    return value


def moment(name: str, value: object) -> datetime:
    """A time in UTC, naive, of whole seconds."""
    fixed = repair(ColumnRule(name, "datetime"), value if isinstance(value, str) else "")
    if fixed.value is None:
        raise Unusable(f"{name} is not a time")
    return datetime.fromisoformat(fixed.value)


def _id(name: str, column: Column, value: object) -> str:
    return identity(name, value, column.length)


def _word(name: str, column: Column, value: object) -> str:
    if not isinstance(value, str):
        raise Unusable(f"{name} is not text")
    return str(repair(ColumnRule(name, "text", length=column.length), value).value)


def _number(name: str, column: Column, value: object) -> int:
    fixed = repair(ColumnRule(name, "int", minimum=0, maximum=column.maximum), value)
    if fixed.value is None:
        raise Unusable(f"{name} is {fixed.lost}")
    return int(fixed.value)


def _moment(name: str, _column: Column, value: object) -> datetime:
    return moment(name, value)


def _document(name: str, _column: Column, value: object) -> dict[str, Any]:
    if isinstance(value, list) and not value:
        return {}
    if not isinstance(value, dict) or not all(map(_is_plain, value.values())):
        raise Unusable(f"{name} is not an object of plain values")
    if sum(len(key) + (len(each) if isinstance(each, str) else 8) for key, each in value.items()) > _LONGEST_DOCUMENT:
        raise Unusable(f"{name} is too long")
    return {_storable(key): _storable(each) for key, each in value.items()}


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, str)


def _storable(value: Any) -> Any:
    return repair(ColumnRule("value", "text"), value).value if isinstance(value, str) else value


def _ids(name: str, column: Column, value: object) -> list[str]:
    if not isinstance(value, list):
        raise Unusable(f"{name} is not a list")
    if len(value) > _LONGEST_LIST:
        raise Unusable(f"{name} is too long")
    return sorted({identity(name, each, column.length) for each in value})


_FITS: Mapping[str, Callable[[str, Column, object], Any]] = {
    "id": _id,
    "word": _word,
    "number": _number,
    "moment": _moment,
    "document": _document,
    "ids": _ids,
}
