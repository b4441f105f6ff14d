"""Tells whether a whole column of a batch is fit to be stored as it is, without a Python step per value.

A function call per value costs more than reading and writing the value. Here each column of some thousand values
is judged by a handful of calls that loop in C. The trap is to be quick and slightly wrong: a column passes only
when every value in it obeys its rule exactly. A False may be a false alarm; it costs time, never correctness.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import filterfalse
from typing import Any, NoReturn

from reporting_pollster.domain.column_rule import ColumnRule

Column = Sequence[Any]

_NULL = type(None)
_NULL_ONLY: set[str | None] = {None}
_NULL_OR_EMPTY: set[str | None] = {None, ""}
_ZERO_AND_ONE = {0, 1}
_MACHINE_INTEGERS: dict[tuple[object, object], str] = {
    (-(2**31), 2**31 - 1): "i",
    (-(2**63), 2**63 - 1): "q",
}
_TAKES_HOUR_24 = sys.version_info >= (3, 14)  # Python then parses 24:00:00, no database does
_ANY_DIGIT = str.maketrans("123456789", "0" * 9)


def clean_check(rule: ColumnRule) -> Callable[[Column], bool]:
    """The check for one column, made once and used for every batch."""
    return partial(_CHECKS[rule.kind], rule)


def is_storable(text: str) -> bool:
    """True when every database of ours takes the text: PostgreSQL has no NUL, none of them has lone surrogates."""
    return "\0" not in text and (text.isascii() or _is_encodable(text))


def is_json(text: str) -> bool:
    """True for strict JSON: NaN and Infinity, which Python would accept, are not."""
    try:
        _STRICT_JSON.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _text(rule: ColumnRule, column: Column) -> bool:
    try:
        texts = _texts(rule, column, _NULL_OR_EMPTY)
        joined = "".join(texts)  # fails unless everything in it is text: cheaper than a look at the types
    except (TypeError, ValueError):
        return False
    if rule.length is not None and len(joined) > rule.length and len(max(texts, key=len)) > rule.length:
        return False
    return is_storable(joined) and (rule.allows_empty or all(texts))


def _int(rule: ColumnRule, column: Column) -> bool:
    present = _present(rule, column, int)
    if present is None:
        return False
    form = _MACHINE_INTEGERS.get(rule.bounds)
    return _within(rule, present) if form is None else _fits(form, present)


def _fits(form: str, present: Column) -> bool:
    """The smallest and the largest at once: the machine's own integers refuse what they cannot hold."""
    try:
        struct.pack(f"={len(present)}{form}", *present)
    except struct.error:
        return False
    return True


def _float(rule: ColumnRule, column: Column) -> bool:
    present = _present(rule, column, float, int)
    if present is None:
        return False
    try:
        finite = math.isfinite(sum(present))  # one NaN or infinity spoils the sum
    except OverflowError:
        return False
    return finite and _within(rule, present)


def _decimal(rule: ColumnRule, column: Column) -> bool:
    present = _present(rule, column, Decimal, int)
    # Finite first of all: comparing with NaN raises.
    return present is not None and all(map(Decimal.is_finite, map(Decimal, present))) and _within(rule, present)


def _bool(rule: ColumnRule, column: Column) -> bool:
    present = _present(rule, column, int)
    return present is not None and set(present) <= _ZERO_AND_ONE


def _datetime(rule: ColumnRule, column: Column) -> bool:
    return _is_calendar(rule, column, "0000-00-00 00:00:00\n", datetime.fromisoformat)


def _date(rule: ColumnRule, column: Column) -> bool:
    return _is_calendar(rule, column, "0000-00-00\n", date.fromisoformat)


def _is_calendar(rule: ColumnRule, column: Column, shape: str, parse: Callable[[str], object]) -> bool:
    """Every text has the shape, where 0 stands for any ASCII digit, and exists in the calendar."""
    try:
        texts = _texts(rule, column, _NULL_ONLY)
        lines = "\n".join([*texts, ""])
        if lines.translate(_ANY_DIGIT) != shape * len(texts) or (_TAKES_HOUR_24 and " 24:" in lines):
            return False
        deque(map(parse, texts), maxlen=0)
    except (TypeError, ValueError):
        return False
    return True


def _json(rule: ColumnRule, column: Column) -> bool:
    return _text(rule, column) and all(map(is_json, filter(_is_there, column)))


def _present(rule: ColumnRule, column: Column, *types: type) -> Column | None:
    """The values that are not NULL, or None when a value is of another type (bool is not int here)."""
    others = set(map(type, column)).difference(types)
    if not others:
        return column
    return [value for value in column if value is not None] if rule.allows_null and others == {_NULL} else None


def _texts(rule: ColumnRule, column: Column, droppable: set[str | None]) -> Column:
    """The column, where NULLs are allowed without them: C drops the falsy faster than a look at each finds NULLs."""
    if not rule.allows_null or all(column):
        return column
    return list(filter(None, column)) if set(filterfalse(None, column)) <= droppable else column


def _within(rule: ColumnRule, present: Column) -> bool:
    low, high = rule.bounds
    return not present or bool(min(present) >= low and max(present) <= high)


def _is_there(value: object) -> bool:
    return value is not None


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_STRICT_JSON = json.JSONDecoder(parse_constant=_refuse)

_CHECKS: dict[str, Callable[[ColumnRule, Column], bool]] = {
    "text": _text,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "datetime": _datetime,
    "date": _date,
    "json": _json,
    "decimal": _decimal,
}
