"""Who holds which role where, as keystone itself would say when it makes a token.

Keystone stores grants, not what follows from them: groups, inheritance and implied roles are worked out on demand.
The traps are in its rules. An inherited grant does not hold on its own target, only below it. A role of a domain
never holds itself, it only brings the roles that it implies. There are no foreign keys, so grants outlive their
users, groups, projects and roles. And the answer may be far larger than the question (one inherited grant of a big
group on a big domain): it is handed out user by user and never held whole.

- A user that nothing else knows keeps its roles: users of LDAP need not be in the database at all.
- A grant on an unknown target or of an unknown role is dropped and counted. A group without known members gives
  nothing (the members of LDAP groups are not in the database).
- A domain is a project too: a project grant may name a domain. The scope says what the target is.
- Trusts and application credentials pass roles on and give none: they are left out. So are disabled users and
  projects: whether somebody may use a role is another question than who holds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

Scope = Literal["project", "domain", "system"]

SYSTEM = "system"
_GLOBAL = {None, "<<null>>"}  # what keystone stores as the domain of a role that belongs to none

# From the most direct way to the least: fewer steps first, then a group before inheritance before implication.
ORIGINS = (
    "direct",
    "group",
    "inherited",
    "direct+implied",
    "group+inherited",
    "group+implied",
    "inherited+implied",
    "group+inherited+implied",
)


class Project(NamedTuple):
    """A project; a top-level one has its domain as parent."""

    id: str
    domain_id: str | None
    parent_id: str | None


class Role(NamedTuple):
    """A role; `domain_id` is NULL or '<<null>>' for a global one."""

    id: str
    name: str
    domain_id: str | None


class Assignment(NamedTuple):
    """A grant as stored in `assignment` and `system_assignment`."""

    type: str
    actor_id: str
    target_id: str
    role_id: str
    inherited: bool


class EffectiveRole(NamedTuple):
    """A role that holds: the role table's key (role name, user, target) and how it comes about."""

    role_name: str
    role_id: str
    user_id: str
    target_id: str
    scope: Scope
    origin: str


@dataclass(frozen=True)
class Dropped:
    """Grants that give nobody anything, counted once each, by the first reason that applies."""

    malformed: int = 0
    unknown_role: int = 0
    unknown_target: int = 0
    memberless_group: int = 0


def _rank(by_group: bool, inherited: bool, implied: bool) -> int:
    words = [word for word, taken in (("group", by_group), ("inherited", inherited)) if taken] or ["direct"]
    return ORIGINS.index("+".join([*words, "implied"] if implied else words))


class _Grant(NamedTuple):
    target_id: str
    whole_domain: bool
    inherited: bool
    role_id: str


class EffectiveRoles:
    """The effective roles of everybody: iterate over it, as often as needed, for one row per (role, user, target).

    Rows come sorted by user, target and role name, whatever the order of the inputs. All inputs may be plain tuples
    in the order of the named ones; `implied` holds (prior role, implied role), `memberships` (user, group).
    """

    def __init__(
        self,
        *,
        projects: Iterable[tuple[str, str | None, str | None]],
        domains: Iterable[str],
        roles: Iterable[tuple[str, str, str | None]],
        implied: Iterable[tuple[str, str]],
        assignments: Iterable[tuple[str, str, str, str, bool]],
        memberships: Iterable[tuple[str, str]],
    ) -> None:
        self._tree = _Tree(projects, domains)
        self._roles = _Implications(roles, implied)
        self._groups_of: dict[str, set[str]] = defaultdict(set)
        self._of_users: dict[str, set[_Grant]] = defaultdict(set)
        self._of_groups: dict[str, set[_Grant]] = defaultdict(set)
        members = set()
        for user_id, group_id in memberships:
            self._groups_of[user_id].add(group_id)
            members.add(group_id)
        self.dropped = self._sort_out(assignments, members)

    def __iter__(self) -> Iterator[EffectiveRole]:
        granted = self._of_groups.keys()
        members = (user for user, groups in self._groups_of.items() if not granted.isdisjoint(groups))
        for user_id in sorted({*self._of_users, *members}):
            yield from self._of(user_id)

    def _sort_out(self, assignments: Iterable[tuple[str, str, str, str, bool]], populated: set[str]) -> Dropped:
        """Files each grant under its actor, or counts why it gives nothing."""
        counts: dict[str, int] = defaultdict(int)
        for row in assignments:
            assignment = Assignment(*row)
            reason = self._refusal(assignment, populated)
            if reason is not None:
                counts[reason] += 1
                continue
            by_group = assignment.type.startswith("Group")
            (self._of_groups if by_group else self._of_users)[assignment.actor_id].add(_grant(assignment))
        return Dropped(**counts)

    def _refusal(self, assignment: Assignment, populated: set[str]) -> str | None:
        kind = assignment.type.removeprefix("User").removeprefix("Group") if assignment.type else ""
        if kind not in ("Project", "Domain", "System") or not assignment.actor_id or kind == assignment.type:
            return "malformed"
        if assignment.role_id not in self._roles:
            return "unknown_role"
        if not self._tree.knows(kind, assignment.target_id):
            return "unknown_target"
        if assignment.type.startswith("Group") and assignment.actor_id not in populated:
            return "memberless_group"
        return None

    def _of(self, user_id: str) -> Iterator[EffectiveRole]:
        best: dict[tuple[str, str], tuple[int, str]] = {}
        for grant, by_group in self._grants(user_id):
            for target_id in self._tree.reach(grant):
                for role_id, name, is_implied in self._roles.given_by(grant.role_id):
                    way = (_RANK[by_group, grant.inherited, is_implied], role_id)
                    if way < best.get((target_id, name), (len(ORIGINS), "")):
                        best[target_id, name] = way
        for (target_id, name), (rank, role_id) in sorted(best.items()):
            yield EffectiveRole(name, role_id, user_id, target_id, self._tree.scope(target_id), ORIGINS[rank])

    def _grants(self, user_id: str) -> Iterator[tuple[_Grant, bool]]:
        for grant in self._of_users.get(user_id, ()):
            yield grant, False
        for group_id in self._groups_of.get(user_id, ()):
            for grant in self._of_groups.get(group_id, ()):
                yield grant, True


def _grant(assignment: Assignment) -> _Grant:
    if assignment.type.endswith("System"):
        return _Grant(
            SYSTEM, False, False, assignment.role_id
        )  # nothing is below the system: keystone ignores the flag
    whole_domain = assignment.type.endswith("Domain")
    return _Grant(assignment.target_id, whole_domain, bool(assignment.inherited), assignment.role_id)


_RANK = {way: _rank(*way) for way in product((False, True), repeat=3)}


class _Tree:
    """Domains and projects, and what lies below each."""

    def __init__(self, projects: Iterable[tuple[str, str | None, str | None]], domains: Iterable[str]) -> None:
        self._domains = set(domains)
        self._projects = set[str]()
        self._in_domain: dict[str | None, list[str]] = defaultdict(list)
        self._children: dict[str | None, list[str]] = defaultdict(list)
        for project_id, domain_id, parent_id in projects:
            self._projects.add(project_id)
            self._in_domain[domain_id].append(project_id)
            self._children[parent_id].append(project_id)

    def knows(self, kind: str, target_id: str) -> bool:
        if kind == "System":
            return True
        return target_id in self._domains or (kind == "Project" and target_id in self._projects)

    def scope(self, target_id: str) -> Scope:
        if target_id == SYSTEM:
            return "system"
        return "domain" if target_id in self._domains else "project"

    def reach(self, grant: _Grant) -> Iterable[str]:
        """The targets on which a grant holds."""
        if not grant.inherited:
            return (grant.target_id,)
        if grant.whole_domain:
            return self._in_domain.get(grant.target_id, ())
        return self._subtree(grant.target_id)

    def _subtree(self, top: str) -> Iterator[str]:
        seen, waiting = {top}, [top]  # a row may be its own ancestor: nothing in the database forbids it
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
                    yield child


class _Implications:
    """Roles and what follows from them, transitively."""

    def __init__(self, roles: Iterable[tuple[str, str, str | None]], implied: Iterable[tuple[str, str]]) -> None:
        self._roles = {role.id: role for role in (Role(*row) for row in roles)}
        self._implied: dict[str, list[str]] = defaultdict(list)
        for prior_id, implied_id in implied:
            self._implied[prior_id].append(implied_id)
        self._given: dict[str, tuple[tuple[str, str, bool], ...]] = {}

    def __contains__(self, role_id: str) -> bool:
        return role_id in self._roles

    def given_by(self, role_id: str) -> tuple[tuple[str, str, bool], ...]:
        """(id, name, implied?) of each global role that a grant of the role gives."""
        if role_id not in self._given:
            closure = [self._roles[found] for found in self._closure(role_id)]
            self._given[role_id] = tuple(
                (role.id, role.name, role.id != role_id) for role in closure if role.domain_id in _GLOBAL
            )
        return self._given[role_id]

    def _closure(self, role_id: str) -> set[str]:
        seen, waiting = {role_id}, [role_id]
        while waiting:
            new = [
                found for found in self._implied.get(waiting.pop(), ()) if found in self._roles and found not in seen
            ]
            seen.update(new)
            waiting += new
        return seen
