"""What is believed of a source, case by case and for all figures."""

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.guard import Limits, refusal, unfamiliar, went_back

counts = st.integers(0, 10_000)
limits = st.builds(Limits, share=st.floats(0, 1), floor=st.integers(0, 100))


@given(counts, limits, st.booleans())
def test_a_plan_that_ends_nothing_is_believed(living: int, limits: Limits, may_empty: bool) -> None:
    reason = refusal(living=living, closing=0, limits=limits, may_empty=may_empty)

    assert reason is None


@given(counts, counts, limits, st.booleans())
def test_no_plan_ends_more_than_the_share_and_the_floor(
    living: int, closing: int, limits: Limits, may_empty: bool
) -> None:
    reason = refusal(living=living, closing=closing, limits=limits, may_empty=may_empty)

    assert reason is not None or closing <= max(limits.floor, limits.share * living)


@given(counts, counts, counts, limits)
def test_who_ends_more_is_never_believed_sooner(living: int, closing: int, more: int, limits: Limits) -> None:
    first = refusal(living=living, closing=closing, limits=limits, may_empty=True)
    second = refusal(living=living, closing=closing + more, limits=limits, may_empty=True)

    assert first is None or second is not None


@given(st.integers(1, 10_000), limits)
def test_a_source_without_rows_is_believed_only_where_a_table_may_empty(living: int, limits: Limits) -> None:
    reason = refusal(living=living, closing=0, limits=limits, may_empty=False, staged_all=0)

    assert reason == f"the source has no rows at all, but {living} are known to be active"
    assert refusal(living=living, closing=0, limits=limits, may_empty=True, staged_all=0) is None


def test_the_last_row_of_a_table_that_cannot_empty_does_not_end() -> None:
    generous = Limits(share=1.0, floor=100)

    assert refusal(living=1, closing=1, limits=generous, may_empty=False) == "all 1 active rows would end"
    assert refusal(living=1, closing=1, new=1, limits=generous, may_empty=False) is None
    assert refusal(living=2, closing=1, limits=generous, may_empty=False) is None
    assert refusal(living=1, closing=1, limits=generous, may_empty=True) is None


def test_a_few_rows_may_always_end() -> None:
    limits = Limits(share=0.3, floor=10)

    assert refusal(living=10, closing=10, limits=limits, may_empty=True) is None
    assert refusal(living=11, closing=11, limits=limits, may_empty=True) == (
        "11 of 11 active rows would end, more than 10"
    )
    assert refusal(living=100, closing=30, limits=limits, may_empty=True) is None
    assert refusal(living=100, closing=31, limits=limits, may_empty=True) is not None


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_one_familiar_row_is_enough(known: int, others: int) -> None:
    assert (unfamiliar(known, known + others) is None) == (known > 0)


@given(st.integers(1, 20), st.integers(0, 20))
def test_a_source_that_went_on_is_no_older_copy_unless_all_is_gone(asked: int, older: int) -> None:
    assert went_back(asked - 1, older, asked, went_on=True) is None
    assert (went_back(asked, 0, asked, went_on=True) is None) == (asked < 3)


def test_one_row_that_went_back_is_enough() -> None:
    assert went_back(0, 1, 20) == (
        "1 of the 20 rows read last are older than when they were read: it seems to be an older copy"
    )
    assert went_back(0, 0, 20) is None


def test_most_of_the_rows_read_last_must_be_there() -> None:
    assert went_back(11, 0, 20) == (
        "11 of the 20 rows read last are not there: it seems to be an older copy, or truncated"
    )
    assert went_back(10, 0, 20) is None
    assert went_back(2, 0, 2) is None
