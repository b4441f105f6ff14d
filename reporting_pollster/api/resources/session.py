"""`/session`: signing in and out with a browser, and who is signed in.

Programs need none of this: they send their token with each request.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized, UnsupportedMediaType

from reporting_pollster.api import current
from reporting_pollster.api.identity import Identity
from reporting_pollster.api.patience import Patience
from reporting_pollster.api.problem import MEDIA_TYPE as PROBLEM
from reporting_pollster.api.problem import SCHEMA as PROBLEM_SCHEMA
from reporting_pollster.api.problem import problem
from reporting_pollster.api.resource import Answer, Resource, Schema
from reporting_pollster.api.session import HEADER, Session
from reporting_pollster.api.sign_in import Choice, Door

RESOURCE = Resource("session", __name__, url_prefix="/session")
_PATIENCE = "reporting_pollster.patience"
_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": ["string", "null"]}
_PLACE: Schema = {
    "type": "object",
    "description": "What the token is to be of: one of project_id, project_name with project_domain_name, domain_id, "
    "domain_name, or system_scope with the value all",
    "additionalProperties": {"type": "string", "maxLength": 255},
}
_SIGN_IN: Schema = {
    "type": "object",
    "description": "Either a token or the private key, or a user's name and password",
    "properties": {
        "token": {"type": "string", "minLength": 1},
        "user": {"type": "string", "minLength": 1, "maxLength": 255},
        "password": {"type": "string", "minLength": 1},
        "user_domain": {"type": "string", "maxLength": 255, "default": "Default"},
        "scope": _PLACE,
    },
    "additionalProperties": False,
}
_WHO: Schema = {
    "type": "object",
    "required": ["signed_in", "methods"],
    "properties": {
        "signed_in": {"type": "boolean"},
        "methods": {"type": "array", "items": {"enum": ["password", "token", "private_key"]}},
        "csrf": {"type": "string", "description": f"What the header {HEADER} must say in requests that change"},
        "expires": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["private_key", "keystone"]},
        "user": _NAME,
        "project": {"type": "object", "properties": {"id": _NAME, "name": _NAME}},
        "reads": {"enum": ["everything", "domain", "project", "nothing"]},
    },
}
_CHOICE: Schema = {
    "type": "object",
    "required": ["places"],
    "properties": {
        "places": {
            "type": "array",
            "items": {"type": "object", "properties": {"kind": _TEXT, "name": _TEXT, "scope": _PLACE}},
        }
    },
}
_SCOPES = frozenset({"project_id", "project_name", "project_domain_name", "domain_id", "domain_name", "system_scope"})


def _problem(text: str) -> Answer:
    return Answer(text, {PROBLEM: PROBLEM_SCHEMA})


@RESOURCE.answers(
    "GET",
    "",
    "Who is signed in with this browser, and how one can",
    {200: Answer("Who", {"application/json": _WHO}), 503: _problem("Keystone is not available; try again")},
    access="open",
)
def show() -> Response:
    session = current.sessions().of(request)
    who = current.authenticator().identify(session.token) if session else None
    return _told(_document(session, who) if session and who else {"signed_in": False, "methods": _methods()})


@RESOURCE.answers(
    "POST",
    "",
    "Sign in; the answer has a cookie, which is taken instead of a token below /v2",
    {
        200: Answer("Who", {"application/json": _WHO}),
        300: Answer(
            "The user has a role in several places, or in none: name one as scope", {"application/json": _CHOICE}
        ),
        400: _problem("The document is not understood"),
        401: _problem("Not a valid token, name, password or scope"),
        403: _problem("The request comes from another site"),
        413: _problem("The document is too long"),
        415: _problem("The document is not JSON"),
        429: _problem("Too many tries: wait as long as Retry-After says"),
        503: _problem("Keystone is not available; try again"),
    },
    access="open",
    body=_SIGN_IN,
)
def sign_in() -> Response:
    given = _given()
    address, name = request.remote_addr or "", str(given.get("user") or "")
    seconds = _patience().wait(address, name)
    if seconds:
        return _come_later(seconds)
    try:
        token = given["token"] if "token" in given else _token(given)
    except Choice as choice:
        answer = _told({"places": [place._asdict() for place in choice.places]})
        answer.status_code = 300
        return answer
    who = current.authenticator().identify(token)
    if token is None or who is None:
        _patience().failed(address, name)
        raise _refused(given)
    return _begun(token, who, is_ours="token" not in given)


@RESOURCE.answers(
    "DELETE",
    "",
    "Sign out; a token that was made by signing in ends with it",
    {204: Answer("Signed out"), 403: _problem(f"The header {HEADER} is missing or wrong")},
    access="open",
)
def sign_out() -> Response:
    answer = Response(status=204)
    if current.sessions().token_of(request) is not None:
        session = current.sessions().of(request)
        door = _door()
        if session is not None and session.is_ours and door is not None:
            door.end(session.token)
    current.sessions().end(answer, request)
    return answer


def _begun(token: str, who: Identity, *, is_ours: bool) -> Response:
    session = current.sessions().begun(token, who.expires, datetime.now(UTC), is_ours=is_ours)
    answer = _told(_document(session, who))
    if not current.sessions().begin(answer, session, request):
        return problem(413, "the token is too long for a cookie")
    return answer


def _document(session: Session, who: Identity) -> Mapping[str, Any]:
    reach = who.reach(current.application().settings.api.required_role)
    told = (("everything", reach.everything), ("domain", reach.domain_id), ("project", reach.project_id))
    return {
        "signed_in": True,
        "methods": _methods(),
        "csrf": session.csrf,
        "expires": f"{session.expires:%Y-%m-%dT%H:%M:%SZ}",
        "kind": who.kind,
        "user": who.user_name,
        "project": {"id": who.project_id, "name": who.project_name},
        "reads": next((name for name, is_so in told if is_so), "nothing"),
    }


def _given() -> dict[str, Any]:
    """The document, of the right form."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("sign in on the page itself")
    if not request.is_json:
        raise UnsupportedMediaType("send application/json")
    given = request.get_json()
    if not isinstance(given, dict) or not given.keys() <= _SIGN_IN["properties"].keys():
        raise BadRequest("send an object with token, or with user and password")
    scope = given.get("scope", {})
    if not isinstance(scope, dict) or not scope.keys() <= _SCOPES:
        raise BadRequest(f"scope: it may have {', '.join(sorted(_SCOPES))}")
    texts = [*scope.values(), *(value for name, value in given.items() if name != "scope")]
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest("all values are texts")
    if ("token" in given) == ("user" in given) or ("user" in given) != ("password" in given):
        raise BadRequest("send token, or user and password")
    return given


def _token(given: Mapping[str, Any]) -> str | None:
    door = _door()
    if door is None:
        raise BadRequest("no keystone is asked here: send the private key as token")
    return door.token(given["user"], given["password"], given.get("user_domain") or "Default", given.get("scope", {}))


def _refused(given: Mapping[str, Any]) -> Unauthorized:
    error = current.unauthorized()
    error.description = (
        "the token is not valid" if "token" in given else "the name, the password or the scope is not right"
    )
    return error


def _come_later(seconds: int) -> Response:
    answer = problem(429, f"too many tries; wait {seconds} s")
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _methods() -> list[str]:
    keystone = current.authenticator().keystone is not None
    private = ["private_key"] if current.authenticator().accepts_private_key else []
    return [*(["password", "token"] if keystone else []), *private]


def _door() -> Door | None:
    address = current.authenticator().keystone
    return None if address is None else Door(address)


def _patience() -> Patience:
    found: Patience = current_app.extensions.setdefault(_PATIENCE, Patience())
    return found


def _told(content: Mapping[str, Any]) -> Response:
    answer = jsonify(content)
    answer.headers["Cache-Control"] = "no-store"
    answer.vary.add("Cookie")
    return answer
