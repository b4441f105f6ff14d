"""`/v2/quota`: the answer of `report quota`, as the sources were last read."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.v2.asked import v2_resource
from reporting_pollster.api.v2.reports import answer, parameters, report_answers
from reporting_pollster.reports.quota import REPORT

RESOURCE = v2_resource("v2_quota", __name__, "/v2/quota")


@RESOURCE.answers(
    "GET",
    "",
    "What projects may have, have, and have left",
    report_answers(REPORT),
    parameters=tuple(each for each in parameters(REPORT) if each.name not in ("as_of", "as_known_at")),
)
def quota() -> Response:
    return answer("quota", REPORT)
