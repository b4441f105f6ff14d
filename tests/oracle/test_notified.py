"""Notifications and polling agree: whatever became of the messages, periods end as polling and all messages tell them.

The lives are those of the oracle, read from nova's rows at random instants; nova's messages of them come in any order,
some twice, and a fifth never. `make oracle-test` asks for 5,000 lives of each kind instead of 100.

What can hold at all:

- Where polling tells a change to the second, messages change nothing: a lost one is none.
- Where only a row shows it, and so polling has an estimate with its bounds, a message tells the instant, which lies
  within them. When the message is lost, the estimate stays. So two accounts agree everywhere but within the bounds of
  the vaguer one. A poll after every pause (`often`) makes most bounds a second wide, but not all: a row that was saved
  again, however little that changed, forgets when it was saved before.
- What came and went between two polls is not known at all when its message is lost: with few polls (`seldom`) the lives
  have nothing of which only a reading could tell.
- Where an instance is (host, zone) has no bounds: what a first reading shows is believed of all the time before. So it
  is not compared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from reporting_pollster.domain.timeline.fact import InstanceFacts
from tests.oracle.agreement import disagreements, said
from tests.oracle.comparison import Periods, differences
from tests.oracle.heard import periods_of, told_by
from tests.oracle.journal import at
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.notices import Format, Notice, notices
from tests.oracle.reader import facts_read_at

KNOWN = ("state", "in_use", "flavour", "project_id")
NOTHING = InstanceFacts(())
_STATES = {"soft-delete": "soft_deleted"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A twentieth of the lives that are asked for, in two blocks."""
    if "seeds" in metafunc.fixturenames:
        count = metafunc.config.getoption("--lifecycles") // 40
        blocks = [range(count), range(count, 2 * count)]
        metafunc.parametrize("seeds", blocks, ids=[f"from-{block.start}" for block in blocks])


def lives(seeds: Sequence[int], *, silent: bool) -> Iterator[tuple[Lifecycle, Random, list[Notice]]]:
    for seed in seeds:
        life, random = Lifecycle(seed, silent=silent), Random(f"heard {seed}")
        told = notices(life, of_states=random.random() < 0.5, heartbeats=random.random() < 0.5)
        yield life, random, told


def often(life: Lifecycle, random: Random) -> list[int]:
    """A poll in every pause, but for those in which messages may be on their way still."""
    seconds = sorted({write.second for write in life.journal.writes()} | {life.now})
    pauses = [(before, after) for before, after in pairwise(seconds) if after - before >= 8]
    return [*(random.randint(before + 3, min(after - 1, before + 4000)) for before, after in pauses), life.now]


def seldom(life: Lifecycle, random: Random) -> list[int]:
    return sorted({random.randint(1, life.now) for _poll in range(random.randint(0, 4))} | {life.now})


def bodies_of(told: Sequence[Notice], form: Format = "unversioned") -> list[bytes]:
    return [body for notice in told for body in notice.bodies(form)]


def mishandled(bodies: Sequence[bytes], random: Random, *, lost: float) -> list[bytes]:
    """In any order, some of them twice."""
    kept = [body for body in bodies if random.random() >= lost]
    kept += random.choices(kept, k=len(kept) // 4) if kept else []
    random.shuffle(kept)
    return kept


@pytest.mark.parametrize("polls_of", [often, seldom], ids=["often", "seldom"])
def test_a_lost_message_is_made_up_for_by_polling(polls_of: Any, seeds: range) -> None:
    """Case 23 of the notifications' contract: events off, on, or some of them."""
    for life, random, told in lives(seeds, silent=polls_of is often):
        facts = facts_read_at(life.journal, life.server.uuid, polls_of(life, random))
        bodies = bodies_of(told, random.choice(("unversioned", "versioned", "both")))
        blurred = [(at(begin), at(end)) for begin, end in life.server.blurred]

        every = periods_of(facts, told_by(bodies))
        accounts = {"some": mishandled(bodies, random, lost=0.2), "few": mishandled(bodies, random, lost=0.9), "no": []}

        for name, heard in accounts.items():
            found = disagreements(periods_of(facts, told_by(heard)), every, blurred)
            assert not [each for each in found if each.aspect in KNOWN], f"seed {life.seed}, {name} messages"


@pytest.mark.parametrize("polls_of", [often, seldom], ids=["often", "seldom"])
def test_what_is_told_is_true(polls_of: Any, seeds: range) -> None:
    for life, random, told in lives(seeds, silent=False):
        facts = facts_read_at(life.journal, life.server.uuid, polls_of(life, random))
        heard = mishandled(bodies_of(told), random, lost=0.2)

        found = differences(life.server.truth.spans(), periods_of(facts, told_by(heard)), life.now, life.server.blurred)

        assert not found, f"seed {life.seed}: {found}"


def test_order_and_repeats_change_nothing(seeds: range) -> None:
    """Cases 3 and 9: to the second, whether there are rows or not."""
    for life, random, told in lives(seeds, silent=True):
        facts = random.choice((NOTHING, facts_read_at(life.journal, life.server.uuid, seldom(life, random))))
        bodies = bodies_of(told)

        shuffled = periods_of(facts, told_by(mishandled(bodies, random, lost=0)))

        assert said(shuffled) == said(periods_of(facts, told_by(bodies))), f"seed {life.seed}"


def test_both_formats_tell_what_one_tells(seeds: range) -> None:
    """Case 7: only the legacy format has the number of a flavour, which the rows have as well."""
    for life, random, told in lives(seeds, silent=True):
        facts = random.choice((NOTHING, facts_read_at(life.journal, life.server.uuid, seldom(life, random))))

        one, other, both = (
            _sizes(periods_of(facts, told_by(mishandled(bodies_of(told, form), random, lost=0))))
            for form in ("unversioned", "versioned", "both")
        )

        assert one == other == both, f"seed {life.seed}"


def test_without_polling_every_boundary_is_that_of_its_event(seeds: range) -> None:
    """Cases 7 and 8, and 29 of Almanach's: what the messages say, each at its own time, and nothing else."""
    for seed in seeds:
        life = Lifecycle(seed, silent=False)
        told = notices(life)

        periods = periods_of(NOTHING, told_by(bodies_of(told)))

        assert _brief(periods) == _expected(told), f"seed {seed}"


def _sizes(periods: Periods) -> list[tuple[Any, ...]]:
    """But for the numbers of flavours."""
    return [(start, end, values._replace(flavour=values.flavour[1:])) for start, end, values in said(periods)]


def _brief(periods: Periods) -> list[tuple[Any, ...]]:
    return [
        (each.start, each.end, each.values.state, each.values.in_use, each.values.flavour.id, each.values.host)
        for each in periods
        if each.values.state != "building"
    ]


def _expected(told: Sequence[Notice]) -> list[tuple[Any, ...]]:
    """What follows from the messages by reading them one after the other."""
    steps: list[tuple[datetime, tuple[Any, ...]]] = []
    ended = None
    for notice in told:
        row, seen = notice.row, at(notice.second)
        if notice.event == "delete.end":
            ended = row["deleted_at"]
            if row["terminated_at"] is not None and row["terminated_at"] < ended:
                steps.append((row["terminated_at"], ("deleting", False, row["instance_type_id"], row["host"])))
            break
        if notice.event == "create.end":
            seen = row["launched_at"]
        state = _STATES.get(row["vm_state"], row["vm_state"])
        if state == "resized":
            state = steps[-1][1][0]
        steps.append((seen, (state, True, row["instance_type_id"], row["host"])))
    changes = [step for number, step in enumerate(steps) if number == 0 or steps[number - 1][1] != step[1]]
    if not changes:  # a build that was never told of, nor terminated
        return []
    ends = [*(seen for seen, _being in changes[1:]), ended]
    return [(seen, end, *being) for (seen, being), end in zip(changes, ends, strict=True) if end is None or seen < end]
