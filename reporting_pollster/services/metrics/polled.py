"""What a poll is asked for and what it says: apart, so that naming them imports no client of Gnocchi."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PollRequest:
    """What to poll: some kinds of resources or all, and from when on at the latest."""

    kinds: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True)
class Polled:
    """What became of one kind of resources."""

    kind: str
    resources: int = 0
    hours: int = 0
    failed: int = 0
    seconds: float = 0.0
    is_complete: bool = True  # the time was long enough
    problem: str | None = None

    @property
    def is_good(self) -> bool:
        return self.is_complete and not self.failed and self.problem is None
