"""What is asked in words, and what is said about mistakes."""

from __future__ import annotations

from datetime import datetime

import pytest

from reporting_pollster.errors import PollsterError
from reporting_pollster.reports import report_named
from reporting_pollster.services.report import ReportRequest, read_request


def asked(report: str, **words: str) -> ReportRequest:
    return read_request(
        report_named(report), {name.rstrip("_").replace("_", "-"): word for name, word in words.items()}
    )


def test_times_are_days_or_seconds() -> None:
    request = asked("usage", from_="2026-10-01", to="2026-10-02T03:04:05", as_known_at="2026-11-01T00:00:00Z")

    assert (request.begin, request.end) == (datetime(2026, 10, 1), datetime(2026, 10, 2, 3, 4, 5))
    assert request.known_at == datetime(2026, 11, 1)


@pytest.mark.parametrize(("month", "end"), [("2026-10", datetime(2026, 11, 1)), ("2026-12", datetime(2027, 1, 1))])
def test_a_month_is_a_span(month: str, end: datetime) -> None:
    request = asked("usage", month=month)

    assert (request.begin, request.end) == (datetime.fromisoformat(f"{month}-01"), end)


@pytest.mark.parametrize(
    ("report", "words", "said"),
    [
        ("usage", {"from_": "yesterday"}, "from: 'yesterday' is no time; write 2026-10-01 or 2026-10-01T12:00:00, UTC"),
        ("usage", {"from_": "2026-02-30"}, "from: '2026-02-30' is no time"),
        ("usage", {"from_": "2026-10-01 12:00:00"}, "is no time"),
        ("usage", {"from_": "0001-01-01"}, "is no time"),
        ("usage", {"to": "9999-12-31"}, "is no time"),
        ("usage", {"from_": "٢٠٢٦-10-01"}, "is no time"),
        ("usage", {"month": "2026-13"}, "month: '2026-13' is no month; write it like 2026-10"),
        ("usage", {"month": "2026-10", "from_": "2026-10-01"}, "short form"),
        ("usage", {"to": "2026-10-01"}, "to needs a from"),
        ("usage", {"from_": "2026-10-02", "to": "2026-10-02"}, "the time span is empty"),
        ("usage", {"by": "colour"}, "choose one of project, domain"),
        ("usage", {"project": ""}, "project: nothing is given"),
        ("usage", {"as_of": "2026-10-01"}, "this report takes no as-of; it takes from, to, month"),
        ("roles", {"month": "2026-10"}, "this report takes no month"),
        ("idle", {"days": "-1"}, "days: '-1' is not accepted; give a whole number of 0 or more"),
        ("top-consumers", {"limit": "0"}, "a whole number of 1 or more"),
        ("top-consumers", {"limit": "99999999999"}, "is not accepted"),
    ],
)
def test_a_mistake_is_named_with_what_to_write_instead(report: str, words: dict[str, str], said: str) -> None:
    with pytest.raises(PollsterError) as caught:
        asked(report, **words)

    assert said in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_status == 2


def test_an_unknown_report_is_named() -> None:
    with pytest.raises(PollsterError, match="there is no report usages; `reporting-pollster report list` names them"):
        report_named("usages")
