"""The parameters below /v2: the words of the reports, with _ for -, and what the OpenAPI document says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from reporting_pollster.api.resource import Parameter, Schema
from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Report
from reporting_pollster.services.report import names_for

TIME: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z?)?$",
    "examples": ["2026-10-01", "2026-10-01T12:00:00Z"],
}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-10"]}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255}

BEGIN = Parameter("from", TIME, "Begin of the time span, UTC; it belongs to it")
END = Parameter("to", TIME, "End of the time span, UTC; it does not belong to it")
PROJECT = Parameter("project", NAME, "Only of the project with this id or name")
KNOWN_AT = Parameter(
    "as_known_at", TIME, "What was known at this instant, without later corrections: such an answer never changes"
)
_PLAIN: Mapping[str, Parameter] = {
    "from": Parameter("from", TIME, "Begin of the time span, UTC; without it, that of the month"),
    "to": Parameter("to", TIME, "Its end, exclusive, UTC; without it, when the sources were last read"),
    "month": Parameter("month", _MONTH, "A whole month, instead of from and to"),
    "as-of": Parameter("as_of", TIME, "The state at this instant; without it, when the sources were last read"),
    "project": PROJECT,
    "as-known-at": KNOWN_AT,
}


def of_report(report: Report) -> Iterator[Parameter]:
    """The parameters that a report takes."""
    own = {option.name: option for option in report.options}
    for name in names_for(report):
        if name == "by":
            schema = {"type": "string", "enum": list(report.by), "default": report.default_by}
            yield Parameter("by", schema, report.by_help)
        elif name in own:
            option = own[name]
            whole = {"type": "integer", "minimum": option.minimum, "maximum": 1_000_000_000, "default": option.default}
            yield Parameter(name.replace("-", "_"), whole, option.help)
        else:
            yield _PLAIN[name]


@contextmanager
def our_words() -> Iterator[None]:
    """Say what is wrong with a parameter by the name that it has here."""
    try:
        yield
    except WrongParameter as error:
        hint = None if error.hint is None else _ours(error.hint)
        raise WrongParameter(_ours(error.message), hint=hint) from error


def _ours(text: str) -> str:
    return re.sub(r"\bas-(of|known-at)\b", lambda found: found[0].replace("-", "_"), text)


def report_words(given: Mapping[str, str]) -> dict[str, str | None]:
    """Parameters in the words of the reports."""
    return {name.replace("_", "-"): value for name, value in given.items()}
