"""What a query string asks for.

Established clients send `column=value`, and the first of repeated ones counts; what is no pair is refused. So the
string is taken apart here, where others would be lenient.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.public_report.query import OPERATORS, Filter, Operator, ReportQuery

_OURS = ("limit", "marker", "sort", "fields")
_SEGMENT = "report"  # the path says which one it is, whatever the query says
_MOST_PAIRS = 100


def query_of(query_string: bytes) -> ReportQuery:
    """The query. Raises WrongParameter."""
    pairs = _pairs(query_string)
    filters = tuple(_filter(name, value) for name, value in pairs.items() if name not in (*_OURS, _SEGMENT))
    return ReportQuery(
        filters,
        fields=_names(pairs.get("fields")),
        sort=_names(pairs.get("sort")),
        limit=_number(pairs["limit"]) if "limit" in pairs else None,
        marker=pairs.get("marker"),
    )


def _pairs(query_string: bytes) -> dict[str, str]:
    if not query_string:
        return {}
    pairs: dict[str, str] = {}
    parts = query_string.decode("latin-1").split("&")
    if len(parts) > _MOST_PAIRS:
        raise WrongParameter(f"more than {_MOST_PAIRS} parameters")
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            raise WrongParameter("a parameter is NAME=VALUE")
        name, value = unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")
        if name in pairs and (name in _OURS or _operator(name) != "eq"):
            raise WrongParameter(f"{name} is given twice")
        pairs.setdefault(name, value)
    return pairs


def _filter(name: str, value: str) -> Filter:
    operator = _operator(name)
    return Filter(name if operator == "eq" else name.removesuffix(f"__{operator}"), operator, value)


def _operator(name: str) -> Operator:
    suffix = name.rpartition("__")[2] if "__" in name else ""
    return next((each for each in OPERATORS if each == suffix and each != "eq"), "eq")


def _names(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(text.split(","))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise WrongParameter("limit is a number of rows")
    return int(text)
