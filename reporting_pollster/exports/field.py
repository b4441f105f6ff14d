"""A column of an exported file, and its type in every format.

Trap: what a reader guesses from a file must be right for all of them. So types are said once, here, and no format
looks at values to find out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, Table

Kind = Literal["text", "integer", "decimal", "moment", "day", "flag"]
Row = tuple[object, ...]


@dataclass(frozen=True)
class Field:
    """One column; `scale` are the decimals of a decimal one."""

    name: str
    kind: Kind
    nullable: bool = True
    scale: int = 0
    about: str = ""


def fields_of(table: Table, leave_out: tuple[str, ...] = ()) -> tuple[Field, ...]:
    """The columns of a reporting table."""
    columns = (column for column in table.columns if column.name not in leave_out)
    return tuple(
        Field(column.name, _kind(column.type), bool(column.nullable), about=column.comment or "") for column in columns
    )


def _kind(column_type: object) -> Kind:
    match column_type:
        case Boolean():
            return "flag"
        case Integer() | BigInteger():
            return "integer"
        case DateTime():
            return "moment"
        case Date():
            return "day"
    return "text"
