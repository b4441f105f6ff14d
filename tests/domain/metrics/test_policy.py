"""How a metric is read follows from its archive policy."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from reporting_pollster.domain.metrics.policy import Policy, policy_of, reading_of

ALL = ("mean", "min", "max", "count")
DAYS = "7 days, 0:00:00"
NEWEST = datetime(2026, 11, 2, 9, 17)


def policy(*granularities: tuple[str, str], methods: tuple[str, ...] = ALL, back_window: int = 0) -> Policy:
    definition = [{"granularity": each, "timespan": span, "points": 1} for each, span in granularities]
    body: dict[str, Any] = {"name": "p", "aggregation_methods": list(methods), "back_window": back_window}
    return policy_of(body | {"definition": definition})


def test_durations_are_read_as_gnocchi_writes_them() -> None:
    (archive,) = policy(("0:05:00", "416 days, 16:00:00")).archives

    assert archive.granularity == timedelta(minutes=5)
    assert archive.span == timedelta(days=416, hours=16)


def test_a_gauge_is_read_by_the_hour_where_all_is_kept() -> None:
    reading = reading_of(policy(("0:01:00", DAYS), ("1:00:00", DAYS)), is_counter=False)

    assert reading is not None
    assert reading.granularity == timedelta(hours=1)
    assert reading.aggregates == ALL


def test_a_gauge_is_read_as_finely_as_can_be_where_only_means_are_kept() -> None:
    reading = reading_of(policy(("0:01:00", DAYS), ("1:00:00", DAYS), methods=("mean",)), is_counter=False)

    assert reading is not None
    assert (reading.granularity, reading.aggregates) == (timedelta(minutes=1), ("mean",))


def test_a_counter_is_read_in_steps_that_tell_how_fast_it_grew() -> None:
    reading = reading_of(policy(("0:01:00", DAYS), ("0:05:00", DAYS), ("1:00:00", DAYS)), is_counter=True)

    assert reading is not None
    assert reading.granularity == timedelta(minutes=5)


def test_what_is_soon_forgotten_is_not_relied_on() -> None:
    reading = reading_of(policy(("0:00:01", "1:00:00"), ("0:01:00", DAYS)), is_counter=True)

    assert reading is not None
    assert reading.granularity == timedelta(minutes=1)


@pytest.mark.parametrize("found", [policy(("1 day, 0:00:00", DAYS)), policy(("0:01:00", DAYS), methods=("sum",))])
def test_what_tells_nothing_of_an_hour_is_not_read(found: Policy) -> None:
    assert reading_of(found, is_counter=False) is None


def test_a_late_measure_fits_into_the_newest_coarsest_block() -> None:
    assert policy(("0:01:00", DAYS), ("1:00:00", DAYS)).open_since(NEWEST) == datetime(2026, 11, 2, 9)


def test_a_back_window_and_a_rate_leave_earlier_blocks_open() -> None:
    found = policy(("0:05:00", DAYS), methods=("mean", "rate:mean"), back_window=2)

    assert found.open_since(NEWEST) == datetime(2026, 11, 2, 9)
