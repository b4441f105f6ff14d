"""Each of a thousand damaged rows is found by one verification, and a sync repairs them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from reporting_pollster.services.verify import Verdict
from tests.servers import SQLite
from tests.services.verify.faults import Faults, Report
from tests.services.verify.sample import Sample

COUNT = 1000


@pytest.fixture
def seed() -> int:
    """Return another seed in each run, printed when a test fails; FAULT_SEED repeats one."""
    number = int(os.environ.get("FAULT_SEED") or time.time())
    print(f"FAULT_SEED={number}")
    return number


def reports(verdicts: Iterable[Verdict]) -> list[Report]:
    return [
        Report(each.table, each.source, each.key, each.problem)
        for verdict in verdicts
        for each in verdict.differences
        if not each.pending
    ]


def test_a_thousand_faults_are_found_and_repaired(make_sample: Callable[..., Sample], seed: int) -> None:
    sample = make_sample(guard_floor=10**6)
    sample.sync()
    assert reports(sample.verify()) == []

    faults = Faults(sample, seed)
    expected = faults.inject(COUNT)
    verdicts = sample.verify(limit=2 * COUNT)

    print(faults.kinds)
    found = reports(verdicts)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert sum(verdict.faults for verdict in verdicts) == COUNT
    assert sum(verdict.pending for verdict in verdicts) == 0
    assert {verdict.table for verdict in verdicts if not verdict.is_good} == {report.table for report in expected}
    sample.sync(full=True)
    assert reports(sample.verify()) == []


def test_cycles_repair_what_no_time_tells_of(small_cloud: Path, tmp_path: Path, sqlite: SQLite, seed: int) -> None:
    """No full read: counts find some of it, and the walk finds the rest, once it has come round."""
    sample = Sample(small_cloud, tmp_path / "cloud", sqlite.url("reporting"), guard_floor=10**6, sweep_share=1.0)
    sample.sync()

    expected = Faults(sample, seed).inject(200)
    assert set(reports(sample.verify(limit=400))) == expected
    for _ in range(_cycles(sample)):
        sample.sync()

    assert reports(sample.verify()) == []
    sample.close()


def _cycles(sample: Sample) -> int:
    """How many it takes until every walk has come round: each takes a hundred rows at least."""
    largest = max(len(sample.rows(name)) for name in ("instance_action", "instance", "migration", "image"))
    return 3 + largest // 100
