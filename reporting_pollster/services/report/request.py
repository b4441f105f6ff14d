"""What is asked of a report, as text: the same words and mistakes for the command line and the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Report

_DAY = "%Y-%m-%d"
_SECOND = "%Y-%m-%dT%H:%M:%S"
_EARLIEST, _LATEST = datetime(1970, 1, 1), datetime(9998, 1, 1)
_LARGEST = 1_000_000_000


@dataclass(frozen=True)
class ReportRequest:
    """What was asked; None where a default applies, which may depend on the reporting database's clock."""

    begin: datetime | None = None
    end: datetime | None = None
    as_of: datetime | None = None
    by: str | None = None
    project: str | None = None
    known_at: datetime | None = None
    options: Mapping[str, int] = field(default_factory=dict)


def read_request(report: Report, given: Mapping[str, str | None]) -> ReportRequest:
    """The request that texts make, by parameter: from, to, month, as-of, as-known-at, by, project, own options."""
    texts = {name: value for name, value in given.items() if value is not None}
    known = names_for(report)
    for name in texts:
        if name not in known:
            raise WrongParameter(f"this report takes no {name}", hint=f"it takes {', '.join(known) or 'nothing'}")
    begin, end = _span(texts)
    return ReportRequest(
        begin=begin,
        end=end,
        as_of=_time(texts, "as-of"),
        by=_by(report, texts.get("by")),
        project=_project(texts.get("project")),
        known_at=_time(texts, "as-known-at"),
        options={
            option.name: _number(texts, option.name, option.minimum)
            for option in report.options
            if option.name in texts
        },
    )


def names_for(report: Report) -> tuple[str, ...]:
    """The parameters that a report takes."""
    times = {"span": ("from", "to", "month"), "instant": ("as-of",), "now": ()}[report.time]
    return (
        *times,
        *(("by",) if report.by else ()),
        *(("project",) if report.of_project else ()),
        *(("as-known-at",) if report.remembers else ()),
        *(option.name for option in report.options),
    )


def _span(texts: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    begin, end = _time(texts, "from"), _time(texts, "to")
    if "month" in texts:
        if begin is not None or end is not None:
            raise WrongParameter("month is a short form of from and to", hint="give either it or them")
        return _month(texts["month"])
    if end is not None and begin is None:
        raise WrongParameter("to needs a from", hint="give both, or a month such as 2026-10")
    if begin is not None and end is not None and end <= begin:
        raise WrongParameter("the time span is empty", hint="to is exclusive and must be later than from")
    return begin, end


def _month(text: str) -> tuple[datetime, datetime]:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        try:
            begin = datetime(int(text[:4]), int(text[5:]), 1)
            if _EARLIEST <= begin < _LATEST:
                return begin, following_month(begin)
        except ValueError:
            pass
    raise WrongParameter(f"month: {text!r} is no month", hint="write it like 2026-10")


def following_month(day: datetime) -> datetime:
    """The first instant of the month after."""
    return datetime(day.year + day.month // 12, day.month % 12 + 1, 1)


def _time(texts: Mapping[str, str], name: str) -> datetime | None:
    return read_time(name, texts.get(name))


def read_time(name: str, given: str | None) -> datetime | None:
    """A time from a text, of a parameter of this name."""
    if given is None:
        return None
    value = given.removesuffix("Z")
    for pattern, form in (
        (r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]", _DAY),
        (r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]", _SECOND),
    ):
        if re.fullmatch(pattern, value):
            try:
                found = datetime.strptime(value, form)  # noqa: DTZ007 (UTC)
            except ValueError:
                break
            if _EARLIEST <= found < _LATEST:
                return found
    raise WrongParameter(f"{name}: {given!r} is no time", hint="write 2026-10-01 or 2026-10-01T12:00:00, UTC")


def _by(report: Report, by: str | None) -> str | None:
    if by is not None and by not in report.by:
        raise WrongParameter(f"by: this report is not grouped by {by!r}", hint=f"choose one of {', '.join(report.by)}")
    return by


def _project(project: str | None) -> str | None:
    if project is not None and not project:
        raise WrongParameter("project: nothing is given", hint="give the id or the name of a project")
    return project


def _number(texts: Mapping[str, str], name: str, minimum: int) -> int:
    if re.fullmatch(r"[0-9]{1,10}", texts[name]) and minimum <= int(texts[name]) <= _LARGEST:
        return int(texts[name])
    raise WrongParameter(f"{name}: {texts[name]!r} is not accepted", hint=f"give a whole number of {minimum} or more")
