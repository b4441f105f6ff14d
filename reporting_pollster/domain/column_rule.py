"""What a column of the reporting database accepts, and what may be wrong with a value meant for it.

The rules are said once here because the quick check of whole columns and the slow repair of single values must
agree: a value that one of them lets through and the other would change makes a load depend on its batch.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "int", "float", "bool", "datetime", "date", "json", "decimal"]

# Nothing beyond these can be stored by every database of ours, whatever a rule says.
_WIDEST: dict[str, tuple[int | float | Decimal, int | float | Decimal]] = {
    "int": (-(2**63), 2**63 - 1),
    "float": (-sys.float_info.max, sys.float_info.max),
    "decimal": (-(Decimal(10) ** 30), Decimal(10) ** 30),
}


@dataclass(frozen=True)
class ColumnRule:
    """One column: its kind and its limits.

    `length` counts characters. `minimum` and `maximum` are values; for a text key `minimum=0` says that the empty
    string is a real key (aggregates without an availability zone), otherwise an empty key is as bad as NULL.
    """

    name: str
    kind: Kind
    nullable: bool = True
    length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    key: bool = False

    @property
    def allows_null(self) -> bool:
        """A key is never NULL, whatever was said about it."""
        return self.nullable and not self.key

    @property
    def allows_empty(self) -> bool:
        """Only a key minds being empty."""
        return not self.key or self.minimum == 0

    @property
    def bounds(self) -> tuple[int | float | Decimal, int | float | Decimal]:
        """The smallest and the largest value, inclusive."""
        low, high = _WIDEST[self.kind]
        return (
            low if self.minimum is None else max(low, self.minimum),
            high if self.maximum is None else min(high, self.maximum),
        )
