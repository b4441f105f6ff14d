"""Checks source rows before they reach the store, so that a bad row never stops a cycle.

Services, migrations and operators have left zero dates, cut JSON, NULL ids and worse in OpenStack's databases; one
of them fails a whole batch at the target. But a Python function per value would cost more than everything else, so
whole columns of a batch are checked at once and only a column that looks wrong is gone through value by value.

A key that would have to be changed is another key: such a row is withheld, never loaded under a made-up identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from reporting_pollster.domain.clean_columns import clean_check
from reporting_pollster.domain.column_rule import ColumnRule, Kind
from reporting_pollster.domain.raw_values import LONGEST, Raw, raw_value, raw_values
from reporting_pollster.domain.repair import repair

__all__ = ["Checked", "Checker", "ColumnRule", "Kind", "RowProblem"]

Row = tuple[Any, ...]


@dataclass(frozen=True)
class RowProblem:
    """One thing wrong with one row: the row was loaded without it (repaired), or not at all (withheld).

    `key` is the key's text, several columns joined by commas; `column` is empty when the row as a whole is wrong.
    """

    key: str
    column: str
    reason: str
    action: Literal["repaired", "withheld"]
    raw: Raw


@dataclass(frozen=True)
class Checked:
    """The rows to load and what was wrong with the batch.

    `rows` is the very list that was given when nothing had to change. `converted` counts values that changed their
    form and not their meaning (b'7' for 7): no problem, but a sign that the source's query could say it better.
    """

    rows: list[Row]
    problems: list[RowProblem]
    converted: int = 0


class _Finding(NamedTuple):
    row: int
    column: int
    reason: str
    withheld: bool


class Checker:
    """Checks batches of rows whose values stand in the order of the rules."""

    def __init__(self, rules: Sequence[ColumnRule]) -> None:
        self._rules = tuple(rules)
        self._names = tuple(rule.name for rule in rules)
        self._keys = tuple(number for number, rule in enumerate(rules) if rule.key)
        self._checks = tuple(clean_check(rule) for rule in rules)

    def check(self, rows: list[Row]) -> Checked:
        """Loadable rows and problems; never raises, whatever the rows hold.

        Whoever makes the rows may put a problem of its own among them.
        """
        columns = self._columns(rows)
        if columns is None:
            return self._without_misfits(rows)
        suspects = [n for n, (fits, column) in enumerate(zip(self._checks, columns, strict=True)) if not fits(column)]
        return self._repaired(rows, columns, suspects) if suspects else Checked(rows, [])

    def refused(self, row: Row, reason: str) -> RowProblem:
        """The problem of a row that passed, but that the store would not take."""
        return RowProblem(self._key(row), "", reason, "withheld", raw_values(self._names, row))

    def _columns(self, rows: list[Row]) -> list[Row] | None:
        """The batch turned by a quarter, or None when a row has not one value per rule."""
        if not rows:
            return [()] * len(self._rules)
        if not all(map(_is_row, set(map(type, rows)))):
            return None
        try:
            columns = list(zip(*rows, strict=True))
        except ValueError:
            return None
        return columns if len(columns) == len(self._rules) and columns else None

    def _without_misfits(self, rows: list[Row]) -> Checked:
        fitting, problems = [], []
        for row in rows:
            if _is_row(type(row)) and len(row) == len(self._rules):
                fitting.append(row)
            else:
                problems.append(row if isinstance(row, RowProblem) else self._misfit(row))
        if not self._rules:
            return Checked(fitting, problems)
        checked = self.check(fitting)
        return Checked(checked.rows, problems + checked.problems, checked.converted)

    def _misfit(self, row: object) -> RowProblem:
        width = f"{len(row)} values" if isinstance(row, Sequence) and _is_row(type(row)) else "no values"
        reason = f"{width} where {len(self._rules)} belong"
        return RowProblem("", "", reason, "withheld", raw_values(self._names, row))

    def _repaired(self, rows: list[Row], columns: list[Row], suspects: list[int]) -> Checked:
        converted, findings = 0, list[_Finding]()
        for number in suspects:
            columns[number], found, changed = self._repaired_column(number, columns[number])
            findings += found
            converted += changed
        withheld = {finding.row for finding in findings if finding.withheld}
        if not findings and not converted:
            return Checked(rows, [])  # a false alarm
        kept = [row for number, row in enumerate(zip(*columns, strict=True)) if number not in withheld]
        return Checked(kept, self._problems(rows, findings, withheld), converted)

    def _repaired_column(self, number: int, column: Row) -> tuple[Row, list[_Finding], int]:
        rule = self._rules[number]
        values, findings, converted = [], [], 0
        for row, value in enumerate(column):
            fixed, lost = repair(rule, value)
            values.append(fixed)
            reason, withheld = _verdict(rule, fixed, lost)
            if reason is not None:
                findings.append(_Finding(row, number, reason, withheld))
            elif fixed is not value and (type(fixed) is not type(value) or fixed != value):
                converted += 1
        return tuple(values), findings, converted

    def _problems(self, rows: list[Row], findings: list[_Finding], withheld: set[int]) -> list[RowProblem]:
        """In the order of the rows; of a withheld row only what it is withheld for."""
        problems, raws = [], dict[int, Raw]()
        for row, column, reason, fatal in sorted(findings):
            if fatal or row not in withheld:
                if row not in raws:
                    raws[row] = raw_values(self._names, rows[row])
                action: Literal["repaired", "withheld"] = "withheld" if fatal else "repaired"
                problems.append(RowProblem(self._key(rows[row]), self._names[column], reason, action, raws[row]))
        return problems

    def _key(self, row: Row) -> str:
        """The key as it came: readable even when it cannot be used."""
        parts = (raw_value(row[number]) for number in self._keys)
        return ",".join("" if part is None else str(part) for part in parts)[:LONGEST]


def _is_row(kind: type) -> bool:
    """Tuples and what drivers put in their place; a text is a sequence too, but not of values."""
    return issubclass(kind, Sequence) and not issubclass(kind, str | bytes | bytearray)


def _verdict(rule: ColumnRule, fixed: object, lost: str | None) -> tuple[str | None, bool]:
    """Why the value is a problem, if it is one, and whether the row must stay out for it."""
    if fixed is None and not rule.allows_null:
        return lost or "is NULL", True
    if fixed == "" and not rule.allows_empty:
        return lost or "is empty", True
    return lost, lost is not None and rule.key
