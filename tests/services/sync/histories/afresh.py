"""A reporting database that followed a cloud says the same of what is there as one that was loaded afterwards."""

from __future__ import annotations

from typing import Any

from tests.pollster import BOOKKEEPING, Pollster
from tests.services.sync.histories.truth import KEYS, Key


def check_against(afresh: Pollster, followed: Pollster, tables: tuple[str, ...]) -> None:
    """Every column of every row that a first load gives, but for flavours that only instances know."""
    results = afresh.sync(*tables)
    for table in dict.fromkeys(result.table for result in results if result.table in KEYS):
        loaded, known = _rows(afresh, table), _rows(followed, table)
        wrong = [
            f"{table} {key}: {name} is {known[key][name]!r} and afresh {value!r}"
            for key, row in loaded.items()
            for name, value in row.items()
            if (table != "flavour" or row["active"]) and known[key][name] != value
        ]
        assert not wrong, "\n".join(wrong[:20])


def _rows(pollster: Pollster, table: str) -> dict[Key, dict[str, Any]]:
    return {
        tuple(row[name] for name in KEYS[table]): {
            name: value for name, value in row.items() if name not in BOOKKEEPING
        }
        for row in pollster.rows(table)
    }
