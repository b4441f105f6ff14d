"""Where a device goes. What is placed never moves, and no unit is given twice.

Concertim itself looks only whether the lowest unit is free, so a device of three units could lie over another. Here
every unit counts. A rack is as high as it says and a number whose bits are its occupied units.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

HIGHEST = 72


class Space(NamedTuple):
    """A rack: bit n of `taken` is set when unit n is occupied; units are counted from 1."""

    height: int
    taken: int = 0

    def with_span(self, start: int, size: int) -> Space:
        """The same rack with a device in it."""
        return self._replace(taken=self.taken | _units(start, size))


class Place(NamedTuple):
    """Where a device goes: in which rack of those given (or one more), how high that has to be, and at which unit."""

    rack: int
    height: int
    start: int


def space(height: int, spans: Iterable[tuple[int, int]]) -> Space:
    """A rack whose devices have these (start, size)."""
    made = Space(height)
    for start, size in spans:
        made = made.with_span(start, size)
    return made


def place(racks: Sequence[Space], size: int, *, from_top: bool = False, new_height: int = 42) -> Place | None:
    """The place of a new device: where there is room, else where a rack can grow, else in one more rack.

    None when it is too high for any rack.
    """
    if not 1 <= size <= HIGHEST:
        return None
    for number, rack in enumerate(racks):
        if start := _start(rack, size, from_top):
            return Place(number, rack.height, start)
    for number, rack in enumerate(racks):
        if height := _grown(rack, size):
            return Place(number, height, height - size + 1)
    height = max(new_height, size)
    return Place(len(racks), height, height - size + 1 if from_top else 1)


def _start(rack: Space, size: int, from_top: bool) -> int | None:
    free = _units(1, rack.height) & ~rack.taken
    starts = free
    for unit in range(1, size):
        starts &= free >> unit
    if not starts:
        return None
    return (starts if from_top else starts & -starts).bit_length() - 1


def _grown(rack: Space, size: int) -> int | None:
    """The least height at which a device fits on top of what is there; units that are free there are used."""
    height = max(rack.taken.bit_length() - 1, 0) + size
    return height if rack.height < height <= HIGHEST else None


def _units(start: int, size: int) -> int:
    return ((1 << size) - 1) << start
