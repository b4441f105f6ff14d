"""What a request asks for: known parameters, each once, and what whoever asks is granted.

A parameter that nobody knows is refused by name, since a misspelt filter would tell more than was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import request

from reporting_pollster.api import current
from reporting_pollster.api.resource import Resource
from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.permit import Permit
from reporting_pollster.services.report.request import read_time

LONGEST_TEXT = 255


def v2_resource(name: str, import_name: str, url_prefix: str) -> Resource:
    """A resource below /v2, which refuses what none of its routes has a word for."""
    resource = Resource(name, import_name, url_prefix=url_prefix)
    resource.before_request(_refuse_unknown)
    return resource


def permit() -> Permit:
    """Whose data, how long a query may take, and for how many days at most."""
    api = current.application().settings.api
    return Permit(current.reach(), api.query_seconds, api.stream_seconds, api.max_days)


def words() -> Mapping[str, str]:
    """The parameters of the query, by the names that they have here."""
    return request.args.to_dict()


def _refuse_unknown() -> None:
    route = current.route()
    if route is None:
        return
    known = [each.name for each in route.parameters if each.where == "query"]
    for name in request.args:
        if name not in known:
            raise WrongParameter(f"there is no parameter {name}; known are: {', '.join(known) or 'none'}")
        if len(request.args.getlist(name)) > 1:
            raise WrongParameter(f"{name}: give it once")


def time_of(name: str) -> datetime | None:
    """A parameter that is a time."""
    return read_time(name, request.args.get(name))


def flag_of(name: str) -> bool | None:
    """A parameter that is true or false."""
    given = request.args.get(name)
    if given not in (None, "true", "false"):
        raise WrongParameter(f"{name}: {given!r} is not accepted", hint="write true or false")
    return None if given is None else given == "true"


def choice_of(name: str, choices: Sequence[str]) -> str:
    """A parameter that is one of some words, the first of which is the default."""
    given = request.args.get(name, choices[0])
    if given not in choices:
        raise WrongParameter(f"{name}: {given!r} is not accepted", hint=f"choose one of {', '.join(choices)}")
    return given


def text_of(name: str) -> str | None:
    """A parameter that is a name, an id or a part of one."""
    given = request.args.get(name)
    if given is not None and not 0 < len(given) <= LONGEST_TEXT:
        raise WrongParameter(f"{name}: {'nothing is given' if not given else 'it is too long'}")
    return given


def span_of() -> tuple[datetime | None, datetime | None]:
    """The parameters from and to; either may be missing."""
    begin, end = time_of("from"), time_of("to")
    if begin is not None and end is not None and end <= begin:
        raise WrongParameter("to: the time span is empty", hint="to is exclusive and must be later than from")
    return begin, end
