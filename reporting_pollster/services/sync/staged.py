"""What reading one source ended with: the rows are in the staging table, and this says what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporting_pollster.store.state import State


@dataclass(frozen=True)
class Staged:
    """`state` is to be saved with the rows. `gone` are keys (ours) of rows that the source surely lacks.

    `complete` says that the whole source was staged, so that what is not there is gone as well; `first` that
    nothing was known before. `now` is the source's clock at the beginning, and `ended` at the instant by which it
    surely was as it was read: the same within a snapshot. `held` is the number of active rows that we hold, if counted.
    Of single rows that somebody asked for (`single`), nothing follows for the rest of the source.
    """

    state: State
    now: datetime
    ended: datetime
    rows: int
    bad: int
    complete: bool
    first: bool = False
    gone: tuple[tuple[Any, ...], ...] = ()
    held: int | None = None
    single: bool = False
