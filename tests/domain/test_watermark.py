"""How far cursors move, for all orders in which times and keys may come."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.watermark import BEGINNING, as_text, extended, moved, settled, start, trimmed

moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0))
texts = moments.map(as_text)
overlaps = st.integers(0, 100_000)


@given(texts, st.lists(st.none() | texts), moments)
def test_a_mark_is_a_time_that_was_read_or_now(mark: str, values: list[str | None], now: datetime) -> None:
    result = moved(mark, values, now)

    assert result in {mark, *values, as_text(now)}
    assert result is not None
    assert result <= as_text(now)


@given(texts, st.lists(st.none() | texts), moments)
def test_a_mark_moves_back_only_with_the_clock(mark: str, values: list[str | None], now: datetime) -> None:
    result = moved(mark, values, now)

    assert result == as_text(now) or (result is not None and result >= mark)


@given(moments)
def test_without_a_value_there_is_no_mark(now: datetime) -> None:
    assert moved(None, [None, None], now) is None
    assert start(None, 300) == BEGINNING


@given(texts, overlaps)
def test_a_read_begins_an_overlap_before_the_mark(mark: str, overlap: int) -> None:
    assert datetime.fromisoformat(mark) - datetime.fromisoformat(start(mark, overlap)) == timedelta(seconds=overlap)


def test_a_read_never_begins_before_the_calendar() -> None:
    assert start("0001-01-01 00:01:00", 300) == BEGINNING
    assert start("0001-01-01 00:10:00", 300) == "0001-01-01 00:05:00"


@st.composite
def cycles(draw: st.DrawFn) -> list[tuple[datetime, int]]:
    """Times of cycles, each later than the one before, and the highest key that each saw."""
    now, key, seen = draw(moments), 0, []
    for _number in range(draw(st.integers(1, 30))):
        now += timedelta(seconds=draw(st.integers(1, 900)))
        key += draw(st.integers(0, 5))
        seen.append((now, key))
    return seen


@given(cycles(), overlaps)
def test_a_settled_key_was_known_an_overlap_ago(seen: list[tuple[datetime, int]], overlap: int) -> None:
    trail: list[tuple[str, int]] = []
    for now, highest in seen:
        before = settled(trail, now, overlap)
        known = [key for at, key in seen if at < now and at <= now - timedelta(seconds=overlap)]
        assert before == (known[-1] if known else None)
        trail = trimmed(extended(trail, now, highest), now, overlap)


@given(cycles(), overlaps, st.data())
def test_a_late_commit_within_the_overlap_is_never_behind_the_cursor(
    seen: list[tuple[datetime, int]], overlap: int, data: st.DataObject
) -> None:
    """A key is taken at a time; whatever the cycles saw meanwhile, the first read after its commit gives it."""
    first, last = sorted(data.draw(st.lists(st.integers(0, len(seen) - 1), min_size=2, max_size=2)))
    key = seen[first][1] + 1  # the next free one at that cycle, and higher ones are seen later
    trail: list[tuple[str, int]] = []
    for number, (now, highest) in enumerate(seen):
        shown = highest if number <= first else highest + 1  # the others took higher ones
        begin = settled(trail, now, overlap)
        if number == last and now - seen[first][0] < timedelta(seconds=overlap):
            assert begin is None or begin < key
        trail = trimmed(extended(trail, now, shown), now, overlap)


@given(cycles(), overlaps)
def test_a_trail_stays_short_and_in_order(seen: list[tuple[datetime, int]], overlap: int) -> None:
    trail: list[tuple[str, int]] = []
    for now, highest in seen:
        trail = trimmed(extended(trail, now, highest), now, overlap)
        settled_ones = [at for at, _key in trail if at <= as_text(now - timedelta(seconds=overlap))]
        assert len(settled_ones) <= 1
        assert trail == sorted(trail)


@given(st.lists(st.integers(0, 100), min_size=1), moments)
def test_keys_of_a_trail_never_go_down(highest: list[int], now: datetime) -> None:
    """The row with the highest key may be purged; the keys below it were taken all the same."""
    trail: list[tuple[str, int]] = []
    for number, key in enumerate(highest):
        trail = extended(trail, now + timedelta(seconds=number), key)

    assert [key for _at, key in trail] == sorted(key for _at, key in trail)
    assert trail[-1][1] == max(highest)


@given(cycles(), st.integers(1, 5000))
def test_a_clock_that_was_set_back_forgets_what_it_had_seen_later(
    seen: list[tuple[datetime, int]], seconds: int
) -> None:
    trail: list[tuple[str, int]] = []
    for now, highest in seen:
        trail = extended(trail, now, highest)

    back = seen[-1][0] - timedelta(seconds=seconds)
    trail = extended(trail, back, seen[-1][1])

    assert all(at <= as_text(back) for at, _key in trail)
    assert trail[-1] == (as_text(back), seen[-1][1])
