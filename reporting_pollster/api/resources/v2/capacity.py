"""`/v2/capacity`: the answer of `report capacity`, as the sources were last read."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.v2.asked import v2_resource
from reporting_pollster.api.v2.reports import answer, parameters, report_answers
from reporting_pollster.reports.capacity import REPORT

RESOURCE = v2_resource("v2_capacity", __name__, "/v2/capacity")


@RESOURCE.answers(
    "GET",
    "",
    "What hypervisors have, what instances take of it, and what is free, as last read",
    report_answers(REPORT),
    parameters=tuple(each for each in parameters(REPORT) if each.name not in ("as_of", "as_known_at")),
)
def capacity() -> Response:
    return answer("capacity", REPORT)
