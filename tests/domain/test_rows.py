"""Rows from a source are loaded, mended or put aside, and never stop a batch."""

from __future__ import annotations

import json
import math
import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_pollster.domain.rows import Checked, Checker, ColumnRule, RowProblem

ID = ColumnRule("id", "text", nullable=False, length=36, key=True)


def column(kind: Any, value: object, **limits: Any) -> Checked:
    """Checks one value of a nullable column in a row with a good key."""
    return Checker([ID, ColumnRule("it", kind, **limits)]).check([("k", value)])


def loaded(checked: Checked) -> Any:
    ((_, value),) = checked.rows
    return value


def only(checked: Checked) -> RowProblem:
    (problem,) = checked.problems
    return problem


# What comes out of a single value: (kind, limits, value, loaded, reason or None when nothing is lost)
CASES: list[tuple[str, dict[str, Any], Any, Any, str | None]] = [
    ("text", {}, "as it is", "as it is", None),
    ("text", {}, "", "", None),
    ("text", {}, "   ", "   ", None),
    ("text", {"length": 3}, "äöüß", "äöü", "cut from 4 to 3 characters"),
    ("text", {"length": 3}, "😀😀😀", "😀😀😀", None),
    ("text", {"length": 255}, "x" * 65536, "x" * 255, "cut from 65536 to 255 characters"),
    ("text", {}, "a\0b", "ab", "NUL characters removed"),
    ("text", {}, "a\ud83db", "a\ufffdb", "lone surrogates replaced"),
    ("text", {"length": 2}, "a\0b\udfffc", "ab", "NUL characters removed; lone surrogates replaced; cut from 4 to 2"),
    ("text", {}, b"bytes", "bytes", None),
    ("text", {}, "gr\xfcn".encode(), "gr\xfcn", None),
    ("text", {}, b"gr\xfcn", "gr\ufffdn", "broken UTF-8 replaced"),
    ("text", {}, 7, "7", None),
    ("text", {}, Decimal("1.50"), "1.50", None),
    ("text", {}, 2.5, "2.5", None),
    ("text", {}, math.nan, None, "not text"),
    ("text", {}, datetime(2024, 1, 2, 3, 4, 5), "2024-01-02 03:04:05", None),
    ("text", {}, date(2024, 1, 2), "2024-01-02", None),
    ("text", {}, ["a"], None, "not text"),
    ("int", {}, 7, 7, None),
    ("int", {}, "7", 7, None),
    ("int", {}, " -7 ", -7, None),
    ("int", {}, b"7", 7, None),
    ("int", {}, b"\x01", 1, None),
    ("int", {}, Decimal(7), 7, None),
    ("int", {}, Decimal("7.00"), 7, None),
    ("int", {}, 7.0, 7, None),
    ("int", {}, "7.0", 7, None),
    ("int", {}, True, 1, None),
    ("int", {}, 7.5, None, "not a whole number"),
    ("int", {}, "7.5", None, "not a whole number"),
    ("int", {}, "seven", None, "not a number"),
    ("int", {}, "", None, "not a number"),
    ("int", {}, "1_000", None, "not a number"),
    ("int", {}, "٣", None, "not a number"),
    ("int", {}, "9" * 5000, None, "not a number"),
    ("int", {}, 10**5000, None, "not a number"),
    ("int", {}, Decimal("1e999999"), None, "not a number"),
    ("int", {}, math.inf, None, "not a number"),
    ("int", {}, math.nan, None, "not a number"),
    ("int", {}, [7], None, "not a number"),
    ("int", {"minimum": 0}, -1, None, "less than 0"),
    ("int", {"minimum": -1}, -1, -1, None),
    ("int", {"maximum": 2**31 - 1}, 2**31, None, "more than 2147483647"),
    ("int", {"maximum": 2**31 - 1}, 2**31 - 1, 2**31 - 1, None),
    ("int", {"minimum": -(2**31), "maximum": 2**31 - 1}, 2**31, None, "more than 2147483647"),
    ("int", {"minimum": -(2**31), "maximum": 2**31 - 1}, -(2**31) - 1, None, "less than -2147483648"),
    ("int", {"minimum": -(2**31), "maximum": 2**31 - 1}, -(2**31), -(2**31), None),
    ("int", {}, -(2**63) - 1, None, "less than -9223372036854775808"),
    ("int", {}, 2**63 - 1, 2**63 - 1, None),
    ("int", {}, 2**63, None, "more than 9223372036854775807"),
    ("int", {}, -(2**63), -(2**63), None),
    ("int", {}, "1e3", 1000, None),
    ("float", {}, 1.5, 1.5, None),
    ("float", {}, 2, 2, None),
    ("float", {}, "1.5", 1.5, None),
    ("float", {}, Decimal("1.5"), 1.5, None),
    ("float", {}, math.nan, None, "not a number"),
    ("float", {}, math.inf, None, "more than 1.797"),
    ("float", {}, -math.inf, None, "less than -1.797"),
    ("float", {}, 10**400, None, "more than"),
    ("float", {"minimum": 0}, -0.5, None, "less than 0"),
    ("float", {}, 1.7e308, 1.7e308, None),
    ("decimal", {}, Decimal("1.10"), Decimal("1.10"), None),
    ("decimal", {}, "1.10", Decimal("1.10"), None),
    ("decimal", {}, 0.1, Decimal("0.1"), None),
    ("decimal", {}, 3, 3, None),
    ("decimal", {}, Decimal("NaN"), None, "not a number"),
    ("decimal", {}, Decimal("sNaN"), None, "not a number"),
    ("decimal", {}, Decimal("Infinity"), None, "not a number"),
    ("decimal", {}, Decimal("1e31"), None, "more than"),
    ("bool", {}, 0, 0, None),
    ("bool", {}, 1, 1, None),
    ("bool", {}, False, 0, None),
    ("bool", {}, True, 1, None),
    ("bool", {}, "0", 0, None),
    ("bool", {}, "1", 1, None),
    ("bool", {}, b"\x00", 0, None),
    ("bool", {}, b"\x01", 1, None),
    ("bool", {}, b"1", 1, None),
    ("bool", {}, "True", 1, None),
    ("bool", {}, "no", 0, None),
    ("bool", {}, Decimal(1), 1, None),
    ("bool", {}, 2, 1, "neither 0 nor 1"),
    ("bool", {}, -1, 1, "neither 0 nor 1"),
    ("bool", {}, "maybe", None, "neither true nor false"),
    ("bool", {}, "", None, "neither true nor false"),
    ("bool", {}, math.nan, None, "neither true nor false"),
    ("datetime", {}, "2024-02-29 23:59:59", "2024-02-29 23:59:59", None),
    ("datetime", {}, "0001-01-01 00:00:00", "0001-01-01 00:00:00", None),
    ("datetime", {}, "9999-12-31 23:59:59", "9999-12-31 23:59:59", None),
    ("datetime", {}, "0000-00-00 00:00:00", None, "zero date"),
    ("datetime", {}, "0000-00-00", None, "zero date"),
    ("datetime", {}, b"0000-00-00 00:00:00", None, "zero date"),
    ("datetime", {}, "2024-00-10 00:00:00", None, "no such time"),
    ("datetime", {}, "2024-10-00 00:00:00", None, "no such time"),
    ("datetime", {}, "2024-02-31 00:00:00", None, "no such time"),
    ("datetime", {}, "2023-02-29 00:00:00", None, "no such time"),
    ("datetime", {}, "2024-01-01 24:00:00", None, "no such time"),
    ("datetime", {}, "2024-01-01 23:59:60", None, "no such time"),
    ("datetime", {}, "2024-W01-1 00:00:00", None, "no such time"),
    ("datetime", {}, "2024-01-01 00:00+01", "2023-12-31 23:00:00", None),
    ("datetime", {}, "garbage", None, "no such time"),
    ("datetime", {}, "", None, "no such time"),
    ("datetime", {}, "٢024-01-01 00:00:00", None, "no such time"),
    ("datetime", {}, "2024-01-01 00:00:00\n2024-01-01 00:00:00", None, "no such time"),
    ("datetime", {}, "2024-01-02 03:04:05.999999", "2024-01-02 03:04:05", None),
    ("datetime", {}, "2024-01-02T03:04:05Z", "2024-01-02 03:04:05", None),
    ("datetime", {}, "2024-01-02T03:04:05.000000", "2024-01-02 03:04:05", None),
    ("datetime", {}, "2024-01-02T03:04:05+10:00", "2024-01-01 17:04:05", None),
    ("datetime", {}, "0001-01-01T00:00:00+10:00", None, "no such time"),
    ("datetime", {}, "2024-01-02", "2024-01-02 00:00:00", None),
    ("datetime", {}, "2024-1-2 3:4:5", "2024-01-02 03:04:05", None),
    ("datetime", {}, "2024-01-10-12", None, "no such time"),
    ("datetime", {}, b"2024-01-02 03:04:05", "2024-01-02 03:04:05", None),
    ("datetime", {}, datetime(2024, 1, 2, 3, 4, 5, 6), "2024-01-02 03:04:05", None),
    ("datetime", {}, datetime(24, 1, 2), "0024-01-02 00:00:00", None),
    ("datetime", {}, datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2024-01-01 22:00:00", None),
    ("datetime", {}, datetime(2024, 1, 2, tzinfo=UTC), "2024-01-02 00:00:00", None),
    ("datetime", {}, datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), None, "no such time"),
    ("datetime", {}, date(2024, 1, 2), "2024-01-02 00:00:00", None),
    ("datetime", {}, 1704164645, None, "no such time"),
    ("date", {}, "2024-02-29", "2024-02-29", None),
    ("date", {}, "2024-02-30", None, "no such time"),
    ("date", {}, "0000-00-00", None, "zero date"),
    ("date", {}, "2024-02-29 00:00:00", "2024-02-29", None),
    ("date", {}, "2024-02-29 10:00:00", "2024-02-29", "time of day dropped"),
    ("date", {}, date(2024, 2, 29), "2024-02-29", None),
    ("json", {}, '{"a": [1, null]}', '{"a": [1, null]}', None),
    ("json", {}, "null", "null", None),
    ("json", {}, '{"a": ', None, "not valid JSON"),
    ("json", {}, "1,2", None, "not valid JSON"),
    ("json", {}, "", None, "not valid JSON"),
    ("json", {}, "NaN", None, "not valid JSON"),
    ("json", {}, "[" * 100_000, None, "not valid JSON"),
    ("json", {}, b"[1]", "[1]", None),
    ("json", {}, {"a": 1}, '{"a": 1}', None),
    ("json", {}, {"a": math.nan}, None, "not valid JSON"),
    ("json", {}, '"a\ud800"', '"a\ufffd"', "lone surrogates replaced"),
    ("json", {"length": 4}, "[1,2]", None, "at most 4 fit"),
    ("json", {}, object(), None, "not text"),
]


@pytest.mark.parametrize(
    ("kind", "limits", "value", "expected", "reason"),
    CASES,
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_a_value_is_loaded_as_its_column_takes_it(
    kind: str, limits: dict[str, Any], value: Any, expected: Any, reason: str | None
) -> None:
    checked = column(kind, value, **limits)

    assert (type(loaded(checked)), loaded(checked)) == (type(expected), expected)
    if reason is None:
        assert checked.problems == []
        assert checked.converted == int(type(value) is not type(expected) or value != expected)
    else:
        problem = only(checked)
        assert problem.reason.startswith(reason) or reason in problem.reason
        assert (problem.key, problem.column, problem.action) == ("k", "it", "repaired")


@pytest.mark.parametrize("kind", ["text", "int", "float", "bool", "datetime", "date", "json", "decimal"])
def test_null_stays_null_where_it_may_and_keeps_the_row_out_where_it_may_not(kind: str) -> None:
    assert loaded(column(kind, None)) is None

    refused = column(kind, None, nullable=False)

    assert refused.rows == []
    assert (only(refused).action, only(refused).reason, only(refused).column) == ("withheld", "is NULL", "it")


def test_a_value_beyond_repair_keeps_the_row_out_where_null_is_not_allowed() -> None:
    checked = column("datetime", "2024-02-31 00:00:00", nullable=False)

    assert checked.rows == []
    assert (only(checked).action, only(checked).reason) == ("withheld", "no such time")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_none_is_found_among_good_ones(bad: float) -> None:
    checked = Checker([ID, ColumnRule("it", "float")]).check([("a", 1.5), ("b", bad), ("c", 0.5), ("d", None)])

    assert checked.rows == [("a", 1.5), ("b", None), ("c", 0.5), ("d", None)]
    assert only(checked).key == "b"


@pytest.mark.parametrize("key", [None, "", "\0", b"\xff", "x" * 37, "\ud800", [], math.nan])
def test_a_row_whose_key_would_have_to_change_is_withheld(key: object) -> None:
    checked = Checker([ID]).check([("good",), (key,)])

    assert checked.rows == [("good",)]
    assert only(checked).action == "withheld"


def test_a_key_in_another_form_is_still_the_same_key() -> None:
    checked = Checker([ID, ColumnRule("n", "int", key=True)]).check([(b"id", "7")])

    assert checked == Checked([("id", 7)], [], converted=2)


def test_an_empty_key_is_a_key_where_the_rule_says_so() -> None:
    zone = ColumnRule("availability_zone", "text", length=255, key=True, minimum=0)

    assert Checker([ID, zone]).check([("a", ""), ("b", "az")]).problems == []
    assert only(Checker([ID, zone]).check([("a", None)])).reason == "is NULL"


def test_a_withheld_row_is_reported_for_what_keeps_it_out_and_nothing_else() -> None:
    rules = [ID, ColumnRule("name", "text", length=3), ColumnRule("size", "int", nullable=False)]

    checked = Checker(rules).check([("a", "long", 1), (None, "long", None), ("c", "ok", 3)])

    assert checked.rows == [("a", "lon", 1), ("c", "ok", 3)]
    assert [(p.key, p.column, p.action) for p in checked.problems] == [
        ("a", "name", "repaired"),
        ("", "id", "withheld"),
        ("", "size", "withheld"),
    ]


@pytest.mark.parametrize("row", [(), ("a",), ("a", 1, 2), None, 7, "ab", {"a": 1}])
def test_a_row_of_the_wrong_width_is_withheld_and_the_others_are_loaded(row: Any) -> None:
    checker = Checker([ID, ColumnRule("n", "int")])

    checked = checker.check([("a", 1), row, ("b", "2")])

    assert checked.rows == [("a", 1), ("b", 2)]
    assert (only(checked).action, only(checked).column) == ("withheld", "")
    assert "where 2 belong" in only(checked).reason


def test_the_raw_row_is_kept_readable_small_and_storable() -> None:
    row = ("k", "x" * 10_000, b"\xff\0", 10**5000, math.nan, datetime(2024, 1, 2), object(), "a\0\ud800")
    rules = [ID, *(ColumnRule(f"c{n}", "int") for n in range(len(row) - 1))]

    raw = Checker(rules).check([row]).problems[0].raw

    assert raw == {
        "id": "k",
        "c0": "x" * 500,
        "c1": "\\xff\\x00",
        "c2": "integer of 16610 bits",
        "c3": "nan",
        "c4": "2024-01-02T00:00:00",
        "c5": "<object>",
        "c6": "a\\x00\\ud800",
    }


def test_composite_keys_are_named_in_order() -> None:
    rules = [ColumnRule("id", "int", key=True), ColumnRule("az", "text", key=True), ColumnRule("n", "int")]

    assert only(Checker(rules).check([(7, "nova", "x")])).key == "7,nova"


def test_an_empty_batch_is_clean() -> None:
    rows: list[tuple[Any, ...]] = []

    assert Checker([ID]).check(rows).rows is rows


# --- what always holds -------------------------------------------------------------------------------------------

KINDS = ("text", "int", "float", "bool", "datetime", "date", "json", "decimal")

any_text = st.text(st.characters(exclude_categories=()), max_size=12)
dates_as_text = st.sampled_from(
    ["0000-00-00 00:00:00", "2024-02-31 00:00:00", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05.5", "2024-01-02", "x"]
)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 3),
    st.floats(),
    any_text,
    any_text.map(lambda text: text * 50),
    st.binary(max_size=8),
    st.decimals(),
    st.datetimes(timezones=st.none() | st.just(UTC)),
    st.dates(),
    dates_as_text,
    st.sampled_from(["1", "0", "-1", "true", "{}", "[1", '{"a": NaN}', "1e5", " 7 "]),
    st.just(object()),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(any_text, st.floats(), max_size=2),
)


def rule(number: int, kind: Any, nullable: bool, length: int | None, low: int | None, key: bool) -> ColumnRule:
    return ColumnRule(f"c{number}", kind, nullable, length, low, None if low is None else low + 1000, key)


rules_of_any_kind = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.booleans(),
        st.none() | st.integers(1, 40),
        st.none() | st.integers(-2, 2),
        st.integers(0, 4).map(lambda n: n == 0),
    ),
    min_size=1,
    max_size=4,
).map(lambda all_: [rule(n, *one) for n, one in enumerate(all_)])


def obeys(rule: ColumnRule, value: Any) -> bool:
    """The rule said once more, plainly and for one value."""
    if value is None:
        return rule.nullable and not rule.key
    if rule.kind in ("text", "json"):
        if not isinstance(value, str) or "\0" in value or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            return False
        if rule.length is not None and len(value) > rule.length:
            return False
        if rule.kind == "json":
            json.loads(value)
            return "NaN" not in value
        return not rule.key or value != "" or rule.minimum == 0
    if rule.kind in ("datetime", "date"):
        form, width = ("%Y-%m-%d %H:%M:%S", 19) if rule.kind == "datetime" else ("%Y-%m-%d", 10)
        return isinstance(value, str) and len(value) == width and bool(datetime.strptime(value, form))  # noqa: DTZ007
    if rule.kind == "bool":
        return type(value) is int and value in (0, 1)
    types = {"int": (int,), "float": (int, float), "decimal": (int, Decimal)}[rule.kind]
    if type(value) not in types or not math.isfinite(value):
        return False
    if rule.kind == "int" and not -(2**63) <= value < 2**63:
        return False
    return (rule.minimum is None or value >= rule.minimum) and (rule.maximum is None or value <= rule.maximum)


@settings(max_examples=400, deadline=None)
@given(rules_of_any_kind, st.data())
def test_whatever_comes_what_goes_out_obeys_the_rules(rules: list[ColumnRule], data: st.DataObject) -> None:
    row = st.tuples(*(anything for _ in rules))
    rows: list[Any] = data.draw(st.lists(row | st.just(()) | st.just((1, "a")) | st.none(), max_size=6))
    before = list(rows)

    checked = Checker(rules).check(rows)

    assert rows == before or any(value != value for row in before for value in row or ())
    for out in checked.rows:
        assert len(out) == len(rules)
        for limits, value in zip(rules, out, strict=True):
            assert obeys(limits, value), (limits, value)
    for problem in checked.problems:
        kept = json.dumps([problem.key, problem.reason, problem.raw], allow_nan=False, ensure_ascii=False)
        assert "\0" not in kept
        assert kept.encode()
    whole = {problem.column == "" for problem in checked.problems}
    if checked.rows is not rows and whole != {True}:
        assert len(checked.rows) < len(rows) or checked.problems or checked.converted


@settings(max_examples=200, deadline=None)
@given(rules_of_any_kind, st.data())
def test_a_row_fares_the_same_alone_and_in_a_batch_and_twice(rules: list[ColumnRule], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*(anything for _ in rules)), max_size=6))
    checker = Checker(rules)

    together = checker.check(rows)
    alone = [checker.check([row]) for row in rows]

    assert together.rows == [out for one in alone for out in one.rows]
    assert together.problems == [problem for one in alone for problem in one.problems]
    assert together.converted >= sum(one.converted for one in alone if one.rows)
    assert checker.check(together.rows) == Checked(together.rows, [])


def clean(rule: ColumnRule) -> st.SearchStrategy[Any]:
    """Values that obey the rule."""
    low = -1000 if rule.minimum is None else rule.minimum
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=rule.length or 50)
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "text": text.filter(bool) if rule.key and rule.minimum != 0 else text,
        "int": st.integers(low, low + 1000),
        "float": st.floats(low, low + 1000) | st.integers(low, low + 1000),
        "bool": st.integers(0, 1),
        "datetime": st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds")),
        "date": st.dates().map(date.isoformat),
        "json": st.sampled_from(["1", "{}", "[]", '"a"'][: max(1, min(4, rule.length or 4))]).filter(
            lambda t: len(t) <= (rule.length or 9)
        ),
        "decimal": st.decimals(low, low + 1000, allow_nan=False),
    }
    return by_kind[rule.kind] if rule.key or not rule.nullable else st.none() | by_kind[rule.kind]


@settings(max_examples=200, deadline=None)
@given(rules_of_any_kind, st.data())
def test_clean_rows_come_back_as_the_same_list(rules: list[ColumnRule], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*(clean(rule) for rule in rules)), max_size=8))

    checked = Checker(rules).check(rows)

    assert checked.rows is rows
    assert (checked.problems, checked.converted) == ([], 0)


def test_clean_batches_cost_microseconds_per_row() -> None:
    """A generous bound: a Python function per value would take ten times as long."""
    kinds: list[Any] = ["text"] * 14 + ["int"] * 8 + ["datetime"] * 4 + ["bool"] * 4
    rules = [ColumnRule(f"c{n}", kind, length=64 if kind == "text" else None) for n, kind in enumerate(kinds)]
    values = {"text": "some text of usual length", "int": 4096, "datetime": "2024-01-02 03:04:05", "bool": 1}
    rows = [tuple(None if (n + at) % 7 == 0 else values[kind] for at, kind in enumerate(kinds)) for n in range(5000)]
    checker = Checker(rules)

    best = min(_seconds(checker, rows) for _ in range(10))

    assert best / len(rows) < 8e-6


def _seconds(checker: Checker, rows: list[tuple[Any, ...]]) -> float:
    start = time.perf_counter()
    checker.check(rows)
    return time.perf_counter() - start


def test_a_problem_among_the_rows_is_one_of_the_batch() -> None:
    found = RowProblem("k1", "n", "told by its maker", "repaired", {"n": "?"})
    checker = Checker([ColumnRule("id", "text", key=True)])

    checked = checker.check([("a",), found, ("b",)])  # type: ignore[list-item]

    assert checked == Checked([("a",), ("b",)], [found])
