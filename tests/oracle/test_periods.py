"""The periods of 2,000 random lives agree with the truth, to the second; `make oracle-test` asks for 100,000.

.venv/bin/pytest tests/oracle/test_periods.py --lifecycles 20000
.venv/bin/pytest tests/oracle/test_periods.py -k 'from-500'        the lives that begin with seed 500

A life is read where only its row can tell (an error, a state that an operator reset) and once when all is over, or
while it still goes on: everything else follows from nova's own records.
"""

from __future__ import annotations

import pytest

from reporting_pollster.domain.timeline.instance import instance_periods
from tests.oracle.comparison import Periods, differences, windows_of
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.reader import facts_read_at
from tests.oracle.told import story

BLOCK = 500


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The seeds in blocks, each a test of its own."""
    if "first_seed" in metafunc.fixturenames:
        seeds = range(0, metafunc.config.getoption("--lifecycles"), BLOCK)
        metafunc.parametrize("first_seed", seeds, ids=[f"from-{seed}" for seed in seeds])


def test_periods_are_the_truth(first_seed: int) -> None:
    print(f"seeds {first_seed} to {first_seed + BLOCK - 1}")
    wrong = [story for seed in range(first_seed, first_seed + BLOCK) if (story := _wrong(seed))]

    assert not wrong, f"{len(wrong)} of {BLOCK} lives are told wrong\n" + "\n".join(wrong[:3])


def test_most_of_it_is_certain() -> None:
    """Or else everything could be within its bounds."""
    lives = [Lifecycle(seed) for seed in range(300)]
    told = [_periods(life) for life in lives]

    sizes, uses, states = (sum(_is_vague(each, name) for each in told) for name in ("flavour", "in_use", "state"))

    assert (sizes, uses) == (0, 0)
    assert 0 < states < 120


def _periods(life: Lifecycle) -> Periods:
    return instance_periods(facts_read_at(life.journal, life.server.uuid, [*life.server.telling, life.now]))


def _is_vague(periods: Periods, aspect: str) -> bool:
    return any(begin < end for begin, end in windows_of(periods, aspect))


def _wrong(seed: int) -> str | None:
    life = Lifecycle(seed)
    facts = facts_read_at(life.journal, life.server.uuid, [*life.server.telling, life.now])
    periods = instance_periods(facts)
    found = differences(life.server.truth.spans(), periods, life.now, life.server.blurred)
    return story(life, facts, periods, found) if found else None
