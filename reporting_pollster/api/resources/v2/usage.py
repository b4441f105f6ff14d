"""`/v2/usage`: what was used, by whom or by what; the answer of `report usage`."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.v2.asked import v2_resource
from reporting_pollster.api.v2.reports import answer, parameters, report_answers
from reporting_pollster.reports.usage import REPORT

RESOURCE = v2_resource("v2_usage", __name__, "/v2/usage")


@RESOURCE.answers(
    "GET",
    "",
    "What was used in a time span, by project, flavour, zone, state, day or month",
    report_answers(REPORT),
    parameters=parameters(REPORT),
)
def usage() -> Response:
    return answer("usage", REPORT)
