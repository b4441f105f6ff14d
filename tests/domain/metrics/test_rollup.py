"""Hours are what the raw measures say, however they were put into buckets, and rates are true or absent."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.metrics.policy import floor
from reporting_pollster.domain.metrics.rollup import Hour, Point, buckets, hours

START = datetime(2026, 11, 2, 9)
LATER = START + timedelta(days=30)
MINUTE = timedelta(minutes=1)

values = st.floats(-1e12, 1e12, allow_nan=False)
seconds = st.integers(0, 6 * 3600)
measures = st.dictionaries(seconds, values, min_size=1, max_size=60)


def aggregated(raw: Iterable[Point], step: timedelta) -> dict[str, list[Point]]:
    """What Gnocchi would answer."""
    found: dict[datetime, list[float]] = {}
    for at, value in raw:
        found.setdefault(floor(at, step), []).append(value)
    methods = {"mean": lambda each: math.fsum(each) / len(each), "min": min, "max": max, "count": len}
    return {name: [(at, float(make(each))) for at, each in found.items()] for name, make in methods.items()}  # type: ignore[operator]


def counted(numbers: Sequence[float], step: timedelta = MINUTE) -> list[Hour]:
    """Hours of a counter that was read once in each bucket."""
    means = [(START + number * step, value) for number, value in enumerate(numbers)]
    return list(hours(buckets({"mean": means}, LATER), is_counter=True))


@given(measures, st.sampled_from([10, 60, 300, 1800, 3600]))
def test_an_hour_is_what_its_raw_measures_say(raw: dict[int, float], granularity: int) -> None:
    points = [(START + timedelta(seconds=at), value) for at, value in raw.items()]
    answer = aggregated(points, timedelta(seconds=granularity))

    found = list(hours(buckets(answer, LATER), is_counter=False))

    expected = {START + timedelta(hours=at // 3600) for at in raw}
    assert {each.hour for each in found} == expected
    for each in found:
        of_hour = [value for at, value in points if floor(at, timedelta(hours=1)) == each.hour]
        assert (each.minimum, each.maximum, each.samples) == (min(of_hour), max(of_hour), len(of_hour))
        assert each.mean == pytest.approx(math.fsum(of_hour) / len(of_hour), rel=1e-9, abs=1e-3)
        assert each.rate is None


@given(st.dictionaries(seconds, st.integers(0, 10**12), min_size=1, max_size=60), st.integers(0, 5))
def test_an_hour_depends_on_itself_and_the_hour_before_alone(raw: dict[int, int], first: int) -> None:
    answer = aggregated([(START + timedelta(seconds=at), value) for at, value in raw.items()], MINUTE)
    begin = START + timedelta(hours=first)
    shorter = {name: [p for p in each if p[0] >= begin - timedelta(hours=1)] for name, each in answer.items()}

    whole = [each for each in hours(buckets(answer, LATER), is_counter=True) if each.hour >= begin]
    part = [each for each in hours(buckets(shorter, LATER), is_counter=True) if each.hour >= begin]

    assert part == whole


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=100))
def test_a_rate_is_never_negative_and_neither_lost_nor_invented(steps: list[int]) -> None:
    total, readings = 0, []
    for step in steps:
        total += step
        readings.append(float(total))

    found = counted(readings)

    assert math.fsum((each.rate or 0) * each.rate_seconds for each in found) == pytest.approx(sum(steps[1:]))
    assert sum(each.rate_seconds for each in found) == 60 * (len(steps) - 1)


def test_samples_more_often_than_the_granularity_give_the_rate_per_second() -> None:
    raw = [(START + timedelta(seconds=10 * number), 10.0 * number) for number in range(60)]

    (hour,) = hours(buckets(aggregated(raw, MINUTE), LATER), is_counter=True)

    assert hour.rate == 1.0


def test_a_counter_that_was_reset_has_no_rate_across_the_reset() -> None:
    (hour,) = counted([1000, 2000, 3000, 100, 1100])

    assert hour.rate == pytest.approx(1000 / 60)
    assert hour.rate_seconds == 180


def test_a_reset_within_a_bucket_is_seen_where_minimum_and_maximum_are_kept() -> None:
    raw = [
        1000.0,
        1100,
        1200,
        1300,
        0,
        5000,
        5100,
        5200,
    ]  # two a bucket: the third holds the reset and has the mean 2500
    points = [(START + timedelta(seconds=30 * number), value) for number, value in enumerate(raw)]

    (hour,) = hours(buckets(aggregated(points, MINUTE), LATER), is_counter=True)

    assert hour.rate == pytest.approx(((1250 - 1050) + (5150 - 2500)) / 120)


def test_the_rate_after_a_gap_is_the_true_average() -> None:
    means = [(START, 0.0), (START + MINUTE, 60.0), (START + 7 * MINUTE, 420.0)]

    (hour,) = hours(buckets({"mean": means}, LATER), is_counter=True)

    assert (hour.rate, hour.rate_seconds) == (1.0, 420)


def test_what_is_no_number_is_left_out() -> None:
    nothing = float("nan")
    answer = {"mean": [(START, nothing), (START + MINUTE, 5.0)], "max": [(START, 1.0), (START + MINUTE, 5.0)]}

    (hour,) = hours(buckets(answer, LATER), is_counter=False)

    assert (hour.samples, hour.mean) == (1, 5.0)


def test_the_future_is_left_out() -> None:
    answer = {"mean": [(START, 1.0), (START + timedelta(hours=2), 2.0)]}

    found = list(hours(buckets(answer, START + MINUTE), is_counter=False))

    assert [each.hour for each in found] == [START]
