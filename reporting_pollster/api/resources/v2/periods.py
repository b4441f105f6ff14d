"""`/v2/periods/<kind>`: since when and until when resources had which size, state and owner, and what tells so."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Parameter
from reporting_pollster.api.v2.asked import permit, span_of, text_of, time_of, v2_resource, words
from reporting_pollster.api.v2.pages import PAGING, page_answer, place
from reporting_pollster.api.v2.parameters import KNOWN_AT, NAME, PROJECT, TIME
from reporting_pollster.api.v2.table import LINKS_SCHEMA, answers, table_schema
from reporting_pollster.derived import timelines
from reporting_pollster.services.browse import PeriodFilter, period_columns

RESOURCE = v2_resource("v2_periods", __name__, "/v2/periods")
_PARAMETERS = (
    PROJECT,
    Parameter("resource", NAME, "Only of the resource with this id"),
    Parameter("from", TIME, "Only periods that ended after this instant, UTC, or go on"),
    Parameter("to", TIME, "Only periods that began before this instant, UTC"),
    KNOWN_AT,
    *PAGING,
)


def _view(kind: str) -> Callable[[], Response]:
    def view() -> Response:
        wanted = PeriodFilter(text_of("project"), text_of("resource"), *span_of(), time_of("as_known_at"))
        return page_answer(application().questions(permit()).periods(kind, wanted, place(words())))

    view.__name__ = kind
    return view


for _kind in timelines():
    _schema = table_schema(period_columns(_kind), links=LINKS_SCHEMA)
    RESOURCE.answers(
        "GET",
        f"/{_kind}",
        f"The periods of {_kind.replace('_ip', ' IP')}s; who sees more than one project names one, or a resource",
        answers(Answer("A page of periods, by resource and time", {"application/json": _schema}), 404),
        parameters=_PARAMETERS,
    )(_view(_kind))
