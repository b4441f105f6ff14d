"""`/v2/reports`: every report of `reporting-pollster report`, each with a route of its own.

So the OpenAPI document says of each which parameters it takes and which columns it has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer
from reporting_pollster.api.v2.asked import permit, v2_resource
from reporting_pollster.api.v2.parameters import of_report
from reporting_pollster.api.v2.reports import answer, parameters, report_answers
from reporting_pollster.api.v2.table import answers
from reporting_pollster.domain.rates import KINDS
from reporting_pollster.reports import catalogue
from reporting_pollster.reports.base import Column, Report
from reporting_pollster.reports.cost import COST, money_columns

RESOURCE = v2_resource("v2_reports", __name__, "/v2/reports")
_TEXT = {"type": "string"}
_LIST = {
    "type": "object",
    "required": ["reports"],
    "properties": {
        "reports": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "title", "description", "by", "parameters", "links"],
                "properties": {
                    "name": _TEXT,
                    "title": _TEXT,
                    "description": _TEXT,
                    "by": {"type": "array", "items": _TEXT, "description": "What its rows may be of"},
                    "parameters": {"type": "array", "items": _TEXT},
                    "links": {"type": "object", "required": ["self"], "properties": {"self": _TEXT}},
                },
            },
        }
    },
}


@RESOURCE.answers(
    "GET", "", "The reports that whoever asks may read", answers(Answer("The reports", {"application/json": _LIST}))
)
def reports() -> Response:
    asker = permit()
    asker.require("project", "the list of reports")
    found = {**catalogue(), **({"cost": COST} if application().settings.rating.file is not None else {})}
    return jsonify(
        {"reports": [_entry(name, found[name]) for name in sorted(found) if asker.covers(found[name].told_to)]}
    )


def _entry(name: str, report: Report) -> dict[str, Any]:
    return {
        "name": name,
        "title": report.title,
        "description": report.description,
        "by": list(report.by),
        "parameters": [each.name for each in of_report(report)],
        "links": {"self": f"/v2/reports/{name}"},
    }


def _view(name: str, report: Report) -> Callable[[], Response]:
    def view() -> Response:
        return answer(name, report)

    view.__name__ = name.replace("-", "_")
    return view


def _cost_columns() -> list[tuple[Column, ...]]:
    """Money is in the currency of the price list, which is not known here."""
    return [(*COST.by[by], *money_columns("", KINDS, by, compared=False)) for by in COST.by]


for _name, _report in {**catalogue(), "cost": COST}.items():
    RESOURCE.answers(
        "GET",
        f"/{_name}",
        f"{_report.title} (`reporting-pollster report {_name}`)",
        report_answers(_report, *(_cost_columns() if _name == "cost" else ())),
        parameters=parameters(_report),
    )(_view(_name, _report))
