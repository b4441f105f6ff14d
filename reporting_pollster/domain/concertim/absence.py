"""Whether what is not in OpenStack any more may be deleted in Concertim.

A listing that failed, or was cut short, looks like a cloud that lost everything. So what OpenStack has ended may go at
once, but what is merely not there has to be missed twice in a row, only in listings that are believed, and never all
or most of a kind at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from reporting_pollster.domain.guard import Limits, refusal


class HasId(Protocol):
    """An object of Concertim."""

    @property
    def id(self) -> str:
        """Concertim's id."""


T = TypeVar("T", bound=HasId)


@dataclass
class Absence:
    """What was missed in the last cycle (`before`), and from this one what is missed and why it is not believed."""

    before: frozenset[str]
    complete: frozenset[str]
    limits: Limits
    missed: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    def deletable(
        self, kind: str, living: int, ended: Collection[T], absent: Iterable[T], obsolete: Iterable[T] = ()
    ) -> list[T]:
        """Those that may be deleted now. `living`: all of a kind that are OpenStack's.

        `obsolete` are there twice or in a wrong place: that too may be a passing view, but says nothing of a listing.
        """
        certain = list(ended)
        twice = self._missed_twice(kind, absent) if kind in self.complete else []
        again = self._missed_twice(kind, obsolete)
        # what OpenStack has ended is no sign of an empty listing, however much it is
        why = refusal(living=living, closing=len(twice), limits=self.limits, may_empty=False)
        why = why or refusal(
            living=living, closing=len(certain) + len(twice) + len(again), limits=self.limits, may_empty=True
        )
        if why:
            self.refusals.append(f"{kind}: {why}")
            return []
        return certain + twice + again

    def _missed_twice(self, kind: str, objects: Iterable[T]) -> list[T]:
        found = list(objects)
        marks = [f"{kind}/{one.id}" for one in found]
        self.missed.update(marks)
        return [one for one, mark in zip(found, marks, strict=True) if mark in self.before]
