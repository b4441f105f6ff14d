"""The rules that a row must obey, read off the table it is meant for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, Numeric, SmallInteger, String, Text

from reporting_pollster.domain.column_rule import ColumnRule, Kind
from reporting_pollster.entities.base import Entity
from reporting_pollster.store.companion import key_of

_KINDS: tuple[tuple[type, Kind], ...] = (
    (Boolean, "bool"),
    (Integer, "int"),
    (Float, "float"),
    (Numeric, "decimal"),
    (DateTime, "datetime"),
    (Date, "date"),
    (String, "text"),
)
_INT_MAX = 2**31 - 1
_TEXT_BYTES = 65535  # MySQL's TEXT; in characters of up to four bytes
_DOCUMENT_BYTES = 2**24 - 1


def rules_for(entity: Entity, columns: Sequence[str]) -> list[ColumnRule]:
    """One rule per column, in the order in which the rows come."""
    key = set(key_of(entity))
    return [_rule(entity.target.c[name], name in key, entity.minimum.get(name)) for name in columns]


def _rule(column: Column[object], is_key: bool, minimum: int | None) -> ColumnRule:
    kind = next(kind for type_, kind in _KINDS if isinstance(column.type, type_))
    low, high = _bounds(column, kind, minimum)
    return ColumnRule(
        name=column.name,
        kind=kind,
        nullable=bool(column.nullable),
        length=_length(column, kind),
        minimum=0 if is_key and kind == "text" and column.info.get("may_be_empty") else low,
        maximum=high,
        key=is_key,
    )


def _bounds(column: Column[object], kind: Kind, minimum: int | None) -> tuple[int | None, int | None]:
    if kind != "int":
        return minimum, None
    wide = isinstance(column.type, BigInteger)
    limit = 2**63 - 1 if wide else 2**15 - 1 if isinstance(column.type, SmallInteger) else _INT_MAX
    return (-limit - 1 if minimum is None else minimum), limit


def _length(column: Column[object], kind: Kind) -> int | None:
    if kind != "text" or not isinstance(column.type, String):
        return None
    if column.type.length is not None:
        return column.type.length
    return (_TEXT_BYTES if isinstance(column.type, Text) and not _is_document(column) else _DOCUMENT_BYTES) // 4


def _is_document(column: Column[object]) -> bool:
    return "mysql" in getattr(column.type, "_variant_mapping", {})
