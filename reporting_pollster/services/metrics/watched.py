"""What is looked at and what is seen: apart, so that naming them imports no client of Gnocchi."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Watched:
    """A metric, by its id or by its name and the resource (host) that has it, and how to look at it."""

    metric: str
    host: str | None = None
    aggregation: str = "mean"
    granularity: str = "minute"  # or seconds
    points: int = 30
    with_open: bool = False


@dataclass(frozen=True)
class Seen:
    """A value, and how much time it is of."""

    at: datetime
    granularity: float
    value: float
