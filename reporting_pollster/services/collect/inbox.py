"""Stores batches of messages, and finds the one that cannot be stored, so that the others can.

Only a database that is away, or busy with others, fails the batch: it is the same for any message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from reporting_pollster.errors import Retriable
from reporting_pollster.services.collect.message import parked
from reporting_pollster.store.failure import reason_of
from reporting_pollster.store.notification import Entry

LOG = logging.getLogger(__name__)


def put(entries: Sequence[Entry], store: Callable[[Sequence[Entry]], list[Entry]]) -> list[Entry]:
    """Store the entries, all at once or in halves around those that fail by themselves, which are put aside.

    Returns those that were new. Raises Retriable when nothing can be stored now.
    """
    try:
        return store(entries)
    except Retriable:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, the other messages have no part in it)
        if len(entries) == 1:
            return _put_aside(entries[0], error, store)
    middle = len(entries) // 2
    return put(entries[:middle], store) + put(entries[middle:], store)


def _put_aside(entry: Entry, error: Exception, store: Callable[[Sequence[Entry]], list[Entry]]) -> list[Entry]:
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    reason = f"{type(original).__name__}: {reason_of(original)}"
    fresh = store([parked(entry, reason)])  # what fails now is no fault of the message
    LOG.error(
        "a message could not be applied and is put aside; see `reporting-pollster quarantine` "
        "message_id=%s event_type=%s reason=%s",
        entry.message_id,
        entry.event_type,
        reason,
    )
    return fresh
