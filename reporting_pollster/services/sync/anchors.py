"""The rows that changed last: they tell an older copy of a source from the source itself.

Rows that were read may not be as they were before, nor missing, unless they had ended: an operator may purge those at
any time. The trap is a controller whose clock is wrong: what it saved seems to come after the next save by another one.
But the source goes on, with times and keys that were never read, and no older copy has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reporting_pollster.domain.guard import went_back
from reporting_pollster.domain.watermark import is_past, start
from reporting_pollster.entities.base import Appended, Paged, Since
from reporting_pollster.errors import SourceRefused
from reporting_pollster.services.sync.context import Work
from reporting_pollster.services.sync.page import Pages, is_position, mark_name
from reporting_pollster.store.state import State

_CLOCK_SECONDS = 30  # by which the clocks of two controllers may differ, although someone keeps them right
Row = tuple[Any, ...]
Known = list[tuple[Any, str | None]]


class Anchors:
    """The living rows with the highest times of change, as many as `count`; none for a table without `active`."""

    def __init__(self, columns: Sequence[str], key: str, known: Known, count: int) -> None:
        self._key_at = columns.index(key)
        self._active_at = columns.index("active") if "active" in columns else None
        self._updated_at = columns.index("updated") if "updated" in columns else None
        self._count = count
        self._known: dict[Any, str | None] = dict(known)

    def remember(self, batch: Iterable[Row], now: datetime) -> None:
        """Take note of rows that were read; a time in the future says nothing."""
        if self._active_at is None:
            return
        for row in batch:
            key, at = row[self._key_at], row[self._updated_at] if self._updated_at is not None else None
            if not row[self._active_at]:
                self._known.pop(key, None)
            elif is_position(key) and (at is None or is_past(at, now)):
                self._known[key] = at
        if len(self._known) > 2 * self._count:
            self._known = dict(self.kept())

    def forget(self, keys: Iterable[Any]) -> None:
        """These rows are gone."""
        for key in keys:
            self._known.pop(key, None)

    def kept(self) -> Known:
        """What is to be remembered until the next cycle."""
        ordered = sorted(self._known.items(), key=lambda item: (str(item[1] or ""), item[0]), reverse=True)
        return ordered[: max(self._count, 0)]


def refuse_older_copy(
    work: Work, source: Paged, state: State, living: Pages, archived: Pages | None, now: datetime
) -> None:
    """Raise SourceRefused when what was read last is gone, or as it was before."""
    anchors = dict(state.progress.anchors)
    if not anchors or work.accepted:
        return
    found = living.changed(list(anchors))
    lost = [key for key in anchors if key not in found]
    if lost and archived is not None:
        in_archive = archived.changed(lost)
        lost = [key for key in lost if key not in in_archive]
    if work.entity.gone == "keep":  # purged with what they are about, and what was done remains done
        lost = []
    older = [key for key, at in found.items() if _is_older(at, anchors[key])]
    if not lost and not older:
        return
    reason = went_back(len(lost), len(older), len(anchors), went_on=_went_on(source, state, living, found, now))
    if reason is not None:
        name = work.entity.name
        raise SourceRefused(
            f"{name} from {work.scope.source} is not believed: {reason}",
            hint=f"check the connection; if it is right, run `reporting-pollster sync {name} --accept {name}`",
        )


def _is_older(at: str | None, known: str | None) -> bool:
    return known is not None and str(at or "") < start(known, _CLOCK_SECONDS)


def _went_on(source: Paged, state: State, living: Pages, found: Mapping[Any, str | None], now: datetime) -> bool:
    """Whether the source has anything newer than all that was read from it."""
    newest = max((at for _key, at in state.progress.anchors if at), default="")
    if any(is_past(at, now) and str(at) > newest for at in found.values()):
        return True
    return any(_is_beyond(cursor, state, living, now) for cursor in source.cursors)


def _is_beyond(cursor: Any, state: State, living: Pages, now: datetime) -> bool:
    if isinstance(cursor, Since):
        mark, highest = state.progress.marks.get(mark_name(cursor)), living.highest(cursor)
        return is_past(highest, now) and str(highest) > (mark or "")
    if isinstance(cursor, Appended):
        trail, highest = state.progress.trail, living.highest(cursor)
        return bool(trail) and highest is not None and highest > trail[-1][1]
    return False
