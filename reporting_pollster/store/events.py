"""Keeps what notifications told of resources, and notes the resources whose periods follow from it.

No lease is needed: rows are only added, and what is due is noted in the same transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from reporting_pollster.domain.notification.message import Told
from reporting_pollster.events import event_kinds
from reporting_pollster.events.base import Event
from reporting_pollster.store.due import note_ids

_KEYS = 500
_Key = tuple[str, str]


def record(connection: Connection, region: str, received: datetime, told: Sequence[tuple[str, Told]]) -> None:
    """Keep what each notification (by its message_id) told; what was kept already stays as it is."""
    by_resource: defaultdict[str, dict[_Key, Told]] = defaultdict(dict)
    for message_id, each in told:
        by_resource[each.resource].setdefault((message_id, each.id), each)
    for resource, found in by_resource.items():
        event = event_kinds()[resource]
        known = _known(connection, event, region, found)
        rows = [_row(event, region, received, key, each) for key, each in found.items() if key not in known]
        if rows:
            connection.execute(insert(event.target), rows)
            note_ids(connection, resource, region, [row["id"] for row in rows])


def _known(connection: Connection, event: Event, region: str, keys: Iterable[_Key]) -> set[_Key]:
    c, wanted = event.target.c, sorted(keys, key=lambda key: key[1])
    known: set[_Key] = set()
    for begin in range(0, len(wanted), _KEYS):
        messages, ids = zip(*wanted[begin : begin + _KEYS], strict=True)
        query = select(c.message_id, c.id).where(c.region == region, c.id.in_(ids), c.message_id.in_(messages))
        known.update((message_id, key) for message_id, key in connection.execute(query))
    return known


def _row(event: Event, region: str, received: datetime, key: _Key, told: Told) -> dict[str, Any]:
    row = {name: _value(event, name, told.values[name]) if name in told.values else None for name in event.columns}
    message_id, resource_id = key
    row |= {"region": region, "id": resource_id, "message_id": message_id, "known_from": received}
    return row | {"happened": told.at, "event": told.event, "exact": ",".join(sorted(told.exact))}


def _value(event: Event, name: str, value: Any) -> Any:
    if name in event.refers:
        return value or ""
    if name in event.documents:
        return None if value is None else json.dumps(value, ensure_ascii=True, sort_keys=True)
    return value
