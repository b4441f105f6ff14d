"""How much of a time span a resource existed, in whole seconds.

The rule is that of nova's simple tenant usage: from creation to deletion, cut to the span that is asked for; what
has no end yet lasts until the end of the span.
"""

from __future__ import annotations

from datetime import datetime


def overlap_seconds(created: datetime | None, deleted: datetime | None, begin: datetime, end: datetime) -> int:
    """Seconds of [begin, end) in which something lived that was created and deleted then; 0 when never, or unknown."""
    if created is None:
        return 0
    last = end if deleted is None else min(deleted, end)
    return max(0, int((last - max(created, begin)).total_seconds()))
