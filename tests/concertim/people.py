"""Teams and users. They cannot be made here; deleting them would delete in OpenStack, and is a violation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tests.concertim.answer import Refused, broken, invalid, no_route, not_found
from tests.concertim.installation import Installation, Team, User
from tests.concertim.request import Request, amount, blank, too_long

_PERIOD = ("billing_period_start", "billing_period_end")
_UNIQUE = ("project_id", "billing_acct_id")
_FORBIDDEN = {"errors": [{"status": "403", "title": "Not Authorized", "description": "You are not authorized."}]}


def team_shown(team: Team) -> dict[str, Any]:
    """Return a team as it is answered."""
    return {**vars(team), "cost": f"{team.cost:.2f}", "credits": f"{team.credits:.2f}"}


def user_shown(there: Installation, user: User) -> dict[str, Any]:
    """Return a user as it is answered."""
    values: dict[str, Any] = {
        "id": user.id,
        "login": user.login,
        "name": user.login.title(),
        "fullname": user.login.title(),
        "email": f"{user.login}@example.org",
        "root": user.root,
        "status": "active",
    }
    if not user.root:
        values["cloud_user_id"] = user.cloud_user_id
    if not there.has_teams:
        return {**values, "project_id": user.project_id, "cost": "0.00"}
    roles = [{"id": f"{user.id}/{team_id}", "team_id": team_id, "user_id": user.id} for team_id in user.team_ids]
    return {**values, "team_roles": roles}


def current(there: Installation, request: Request) -> Any:
    """GET /users/current"""
    assert request.caller is not None
    return user_shown(there, request.caller)


def users(there: Installation, request: Request) -> Any:
    """GET /users"""
    return [user_shown(there, user) for user in there.users.values() if request.by_root or user is request.caller]


def change_user(there: Installation, request: Request) -> Any:
    """PATCH /users/:id"""
    user = there.users.get(request.ids[0])
    if user is None:
        raise not_found()
    values = request.wrapped("user", "cloud_user_id", "project_id", "cost", "name")
    if there.has_teams and ("project_id" in values or "cost" in values):
        raise broken("ActiveModel::UnknownAttributeError", "unknown attribute 'project_id' for User.")
    if not request.by_root:
        return user_shown(there, user)  # heard, and not done
    for name in ("cloud_user_id", "project_id"):
        if name in values:
            _check_unique(name, values[name], (each for each in there.users.values() if each is not user))
            setattr(user, name, values[name])
    return user_shown(there, user)


def teams(there: Installation, request: Request) -> Any:
    """GET /teams"""
    if not there.has_teams:
        raise no_route()
    mine = request.caller.team_ids if request.caller else ()
    return [team_shown(team) for team in there.teams.values() if request.by_root or team.id in mine]


def change_team(there: Installation, request: Request) -> Any:
    """PATCH /teams/:id"""
    if not there.has_teams:
        raise no_route()
    if not request.by_root:
        raise Refused(403, _FORBIDDEN)
    team = there.teams.get(request.ids[0])
    if team is None:
        raise not_found()
    values = request.wrapped("team", *_UNIQUE, *_PERIOD, "cost", "credits")
    for name in _UNIQUE:
        _check_unique(name, values.get(name), (each for each in there.teams.values() if each is not team))
    _check_period(there, {name: values.get(name, getattr(team, name)) for name in _PERIOD})
    money: dict[str, Any] = {name: amount(values[name]) for name in ("cost", "credits") if name in values}
    if "cost" in money and (money["cost"] is None or money["cost"] < 0):
        raise invalid({"cost": ["must be greater than or equal to 0"]})
    if "credits" in money and money["credits"] is None:
        raise invalid({"credits": ["is not a number"]})
    for name, value in {**values, **money}.items():
        setattr(team, name, value)
    return team_shown(team)


def delete_team(there: Installation, request: Request) -> Any:
    """DELETE /teams/:id deletes the project in OpenStack."""
    return _never(there, f"DELETE /teams/{request.ids[0]} deletes a project in OpenStack")


def delete_user(there: Installation, request: Request) -> Any:
    """DELETE /users/:id deletes the user in OpenStack."""
    return _never(there, f"DELETE /users/{request.ids[0]} deletes a user in OpenStack")


def _never(there: Installation, what: str) -> Any:
    there.violations.append(what)
    raise broken("never", what)


def _check_unique(name: str, value: Any, others: Any) -> None:
    if too_long(value):
        raise invalid({name: ["is too long (maximum is 255 characters)"]})
    if not blank(value) and any(getattr(each, name) == value for each in others):
        raise invalid({name: ["has already been taken"]})


def _check_period(there: Installation, period: dict[str, Any]) -> None:
    start, end = (period[name] for name in _PERIOD)
    if blank(start) and blank(end):
        return
    if blank(start) or blank(end):
        raise invalid({"billing_period": ["must have a start date and end date, or neither"]})
    today = datetime.fromtimestamp(there.clock.now(), UTC).date()
    if date.fromisoformat(start) > today:
        raise invalid({"billing_period_start": ["must be today or earlier"]})
    if date.fromisoformat(end) < today:
        raise invalid({"billing_period_end": ["must be today or later"]})
    if end <= start:
        raise invalid({"billing_period": ["end date must be after start date"]})
