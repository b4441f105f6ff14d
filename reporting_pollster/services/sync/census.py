"""Compares the living, counted over covering indexes on both sides, to find what left no other trace.

Both counts run at the same time, on servers that are mostly not the same. Only the groups that differ have their keys
compared, many in one question: a deletion without a date in each of many days must not become many round trips.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from reporting_pollster.entities.base import Living
from reporting_pollster.services.sync.context import Work
from reporting_pollster.services.sync.page import Pages
from reporting_pollster.store.engine import reading
from reporting_pollster.store.living import OurLiving

_GROUPS = 100  # in one statement


class Census(NamedTuple):
    """Source keys of rows that one side counts among the living of a group and the other does not.

    `held` is the number of active rows that we hold before anything is applied.
    """

    suspects: set[Any]
    groups: int
    held: int


def census(work: Work, living: Living, pages: Pages) -> Census:
    """Count the living at the source and in the store, the staged rows taken into account, and compare."""
    with reading(work.engine) as connection, ThreadPoolExecutor(1, thread_name_prefix="census") as pool:
        counting = pool.submit(pages.living, living)
        ours = OurLiving(work.entity, work.scope, connection)
        figures = ours.figures()
        theirs = counting.result()
        differing = [group for group in theirs.keys() | figures.keys() if theirs.get(group) != figures.get(group)]
        suspects = set[Any]()
        for begin in range(0, len(differing), _GROUPS):
            some = differing[begin : begin + _GROUPS]
            suspects |= {key for _group, key in pages.living_pairs(living, some) ^ ours.pairs(some)}
    return Census(suspects, len(differing), ours.held)
