"""Applies messages that were put aside or unknown, by what this version understands of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine

from reporting_pollster.services.collect.inbox import put
from reporting_pollster.services.collect.message import body_of, entry_of
from reporting_pollster.store.engine import reading
from reporting_pollster.store.notification import VERDICTS, Entry, unresolved
from reporting_pollster.store.notification import replay as store_again

_BATCH = 100


def replay(engine: Engine, region: str) -> Mapping[str, int]:
    """Apply all of them once more; returns how many are of which verdict now."""

    def store(entries: Sequence[Entry]) -> list[Entry]:
        store_again(engine, region, entries)
        return list(entries)

    found: Counter[str] = Counter()
    after = ""
    while True:
        with reading(engine) as connection:
            rows = unresolved(connection, region, after, _BATCH)
        if not rows:
            return {verdict: found[verdict] for verdict in VERDICTS}
        entries = [_entry(row["message_id"], row["body"]) for row in rows]
        found.update(entry.verdict for entry in put(entries, store))
        after = rows[-1]["message_id"]


def _entry(message_id: str, kept: str) -> Entry:
    """Under the id that it was stored by, and with what was kept of it."""
    return entry_of(body_of(kept))._replace(message_id=message_id, body=kept)
