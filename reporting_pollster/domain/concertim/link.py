"""Which team is which project, and which user which user, when nobody has said so yet but their names do.

Only what is empty is filled, and only where exactly one of each side has that name: Concertim deletes projects in
OpenStack by these ids, so a guess would be dangerous.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from reporting_pollster.domain.concertim.present import Present
from reporting_pollster.domain.concertim.step import Step
from reporting_pollster.domain.concertim.wanted import Wanted

T = TypeVar("T")


def links(wanted: Wanted, present: Present, team_project: str, user_name: str) -> Iterator[Step]:
    """The steps that fill ids. The patterns say what something is called in OpenStack; an empty one links nothing."""
    if team_project and present.profile != "P2":
        known = {team.project_id for team in present.teams}
        teams = _unique((team_project.replace("{name}", team.name), team) for team in present.teams)
        for name, project in _unique((one.name or "", one) for one in wanted.projects).items():
            if name in teams and not teams[name].project_id and project.id not in known:
                yield Step("change", "team", project.id, teams[name].id, {"project_id": project.id})
    if user_name:
        linked = {user.cloud_user_id for user in present.users}
        users = _unique((user_name.replace("{name}", one.login), one) for one in present.users if not one.root)
        for name, user in _unique((one.name or "", one) for one in wanted.users).items():
            if name in users and not users[name].cloud_user_id and user.id not in linked:
                yield Step("change", "user", user.id, users[name].id, {"cloud_user_id": user.id})


def _unique(named: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for name, one in named:
        found[name].append(one)
    return {name: ones[0] for name, ones in found.items() if len(ones) == 1 and name}
