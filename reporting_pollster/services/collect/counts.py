"""What was done with messages, counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from reporting_pollster.store.collector import COUNTS, Progress
from reporting_pollster.store.notification import Entry


class Counts:
    """Counts for whoever reads them in another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._last_message: datetime | None = None
        self._behind: int | None = None

    @property
    def total(self) -> Mapping[str, int]:
        """Since the start."""
        with self._lock:
            return {name: self._total[name] for name in COUNTS}

    def add(self, received: int, fresh: Sequence[Entry], now: datetime) -> None:
        """Count a batch that is stored."""
        sent = max((entry.sent for entry in fresh if entry.sent is not None), default=None)
        with self._lock:
            self._total.update(entry.verdict for entry in fresh)
            self._total.update(received=received, duplicates=received - len(fresh))
            self._last_message = now.replace(microsecond=0)
            if sent is not None:
                self._behind = max(0, int((now - sent).total_seconds()))

    def news(self) -> Progress | None:
        """What was not told yet; None when there is nothing. `told` says that it is."""
        with self._lock:
            counts = self._total - self._told
            return Progress(dict(counts), self._last_message, self._behind) if counts else None

    def told(self, progress: Progress) -> None:
        """What a progress says is told now."""
        with self._lock:
            self._told.update(progress.counts)
