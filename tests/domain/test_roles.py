"""Effective roles are keystone's: groups, inheritance, implied roles, and grants that outlived their rows."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from reporting_pollster.domain.roles import ORIGINS, Assignment, Dropped, EffectiveRole, EffectiveRoles, Project, Role

# default ─ parent ─ child ─ grandchild, and a neighbour in another domain
PROJECTS = [
    Project("parent", "default", "default"),
    Project("child", "default", "parent"),
    Project("grandchild", "default", "child"),
    Project("neighbour", "other", "other"),
]
ROLES = [Role("a", "admin", "<<null>>"), Role("m", "member", None), Role("r", "reader", None), Role("l", "local", "d")]


def effective(
    *assignments: tuple[str, str, str, str, bool],
    implied: Iterable[tuple[str, str]] = (),
    memberships: Iterable[tuple[str, str]] = (),
    projects: Iterable[tuple[str, str | None, str | None]] = PROJECTS,
    roles: Iterable[tuple[str, str, str | None]] = ROLES,
) -> EffectiveRoles:
    return EffectiveRoles(
        projects=projects,
        domains=["default", "other"],
        roles=roles,
        implied=implied,
        assignments=assignments,
        memberships=memberships,
    )


def held(roles: EffectiveRoles) -> list[tuple[str, str, str, str]]:
    return [(role.user_id, role.role_name, role.target_id, role.origin) for role in roles]


def test_a_grant_on_a_project_holds_there_and_nowhere_else() -> None:
    roles = effective(Assignment("UserProject", "u", "parent", "m", False))

    assert list(roles) == [EffectiveRole("member", "m", "u", "parent", "project", "direct")]
    assert roles.dropped == Dropped()


def test_every_member_of_a_group_holds_its_roles() -> None:
    roles = effective(("GroupProject", "g", "child", "m", False), memberships=[("v", "g"), ("u", "g"), ("w", "h")])

    assert held(roles) == [("u", "member", "child", "group"), ("v", "member", "child", "group")]


def test_an_inherited_grant_holds_below_its_project_but_not_on_it() -> None:
    roles = effective(("UserProject", "u", "parent", "m", True))

    assert held(roles) == [("u", "member", "child", "inherited"), ("u", "member", "grandchild", "inherited")]


def test_an_inherited_grant_on_a_domain_holds_on_all_its_projects_and_not_on_the_domain() -> None:
    roles = effective(("UserDomain", "u", "default", "m", True))

    assert [role.target_id for role in roles] == ["child", "grandchild", "parent"]


def test_a_grant_on_a_domain_holds_on_the_domain_alone() -> None:
    roles = effective(("UserDomain", "u", "default", "m", False))

    assert list(roles) == [EffectiveRole("member", "m", "u", "default", "domain", "direct")]


def test_a_project_grant_may_name_a_domain_which_is_a_project_too() -> None:
    roles = effective(("UserProject", "u", "default", "m", False), ("UserProject", "u", "default", "r", True))

    assert [(role.role_name, role.target_id, role.scope) for role in roles] == [
        ("reader", "child", "project"),
        ("member", "default", "domain"),
        ("reader", "grandchild", "project"),
        ("reader", "parent", "project"),
    ]


def test_implied_roles_are_followed_to_the_end_and_round_in_circles_once() -> None:
    roles = effective(("UserProject", "u", "child", "a", False), implied=[("a", "m"), ("m", "r"), ("r", "a")])

    assert held(roles) == [
        ("u", "admin", "child", "direct"),
        ("u", "member", "child", "direct+implied"),
        ("u", "reader", "child", "direct+implied"),
    ]


def test_a_role_of_a_domain_does_not_hold_but_what_it_implies_does() -> None:
    roles = effective(("UserProject", "u", "child", "l", False), implied=[("l", "r")])

    assert held(roles) == [("u", "reader", "child", "direct+implied")]
    assert roles.dropped == Dropped()


@pytest.mark.parametrize("inherited", [False, True])
def test_system_roles_have_the_system_as_target(inherited: bool) -> None:
    roles = effective(
        ("UserSystem", "u", "system", "a", inherited),
        ("GroupSystem", "g", "system", "r", inherited),
        implied=[("a", "m")],
        memberships=[("v", "g")],
    )

    assert list(roles) == [
        EffectiveRole("admin", "a", "u", "system", "system", "direct"),
        EffectiveRole("member", "m", "u", "system", "system", "direct+implied"),
        EffectiveRole("reader", "r", "v", "system", "system", "group"),
    ]


def test_of_several_ways_to_a_role_the_most_direct_is_told() -> None:
    everything = [
        ("UserProject", "u", "child", "m", False),
        ("GroupProject", "g", "child", "m", False),
        ("UserProject", "u", "parent", "m", True),
        ("UserProject", "u", "child", "a", False),
        ("GroupProject", "g", "parent", "m", True),
        ("GroupProject", "g", "child", "a", False),
        ("UserProject", "u", "parent", "a", True),
        ("GroupProject", "g", "parent", "a", True),
    ]

    for fewer, origin in enumerate(ORIGINS):
        roles = effective(*everything[fewer:], implied=[("a", "m")], memberships=[("u", "g")])
        assert {role.origin for role in roles if (role.role_name, role.target_id) == ("member", "child")} == {origin}


def test_two_roles_of_one_name_are_one_row() -> None:
    twins = [Role("2", "member", None), Role("1", "member", None)]

    roles = effective(*(("UserProject", "u", "child", role.id, False) for role in twins), roles=twins)

    assert [role.role_id for role in roles] == ["1"]


def test_grants_that_lead_nowhere_are_counted() -> None:
    roles = effective(
        ("UserProject", "u", "gone", "m", False),
        ("UserDomain", "u", "parent", "m", False),  # a project is no domain
        ("UserProject", "u", "child", "gone", False),
        ("GroupProject", "nobody", "child", "m", False),
        ("Unheard", "u", "child", "m", False),
        ("Project", "u", "child", "m", False),
        ("UserProject", "", "child", "m", False),
    )

    assert list(roles) == []
    assert roles.dropped == Dropped(malformed=3, unknown_role=1, unknown_target=2, memberless_group=1)


def test_an_implied_role_that_is_gone_gives_nothing() -> None:
    roles = effective(("UserProject", "u", "child", "m", False), implied=[("m", "gone"), ("gone", "a")])

    assert held(roles) == [("u", "member", "child", "direct")]


def test_projects_that_are_their_own_ancestors_do_not_hang() -> None:
    ring = [Project("x", "default", "y"), Project("y", "default", "x"), Project("z", "default", "z")]

    roles = effective(("UserProject", "u", "x", "m", True), ("UserProject", "u", "z", "m", True), projects=ring)

    assert held(roles) == [("u", "member", "y", "inherited")]


def test_iterating_again_gives_the_same() -> None:
    roles = effective(("UserDomain", "u", "default", "m", True))

    assert list(roles) == list(roles) != []


def test_memory_holds_one_user_at_a_time() -> None:
    projects = [Project(f"p{n}", "default", "default") for n in range(400)]
    members = [(f"u{n}", "g") for n in range(400)]

    tracemalloc.start()
    rows = sum(1 for _ in effective(("GroupDomain", "g", "default", "m", True), projects=projects, memberships=members))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rows == 160_000
    assert peak < 2_000_000


# --- against an independent oracle ---------------------------------------------------------------------------------


class Oracle:
    """Asks the question the other way round: does this user hold this role there, and in which ways?

    Ancestors are walked upwards, implication is a matrix closed by brute force, and nothing is generated: every
    combination of user, target and role is tried against every stored row.
    """

    def __init__(self, cloud: dict[str, Any]) -> None:
        self.cloud = cloud
        self.projects = {p[0]: p for p in cloud["projects"]}
        self.roles = {r[0]: r for r in cloud["roles"]}
        self.reaches = {(r, r) for r in self.roles}
        self.reaches |= {(a, b) for a, b in cloud["implied"] if a in self.roles and b in self.roles}
        for middle in self.roles:
            for a in self.roles:
                for b in self.roles:
                    if (a, middle) in self.reaches and (middle, b) in self.reaches:
                        self.reaches.add((a, b))

    def rows(self) -> list[EffectiveRole]:
        members = {user for user, _ in self.cloud["memberships"]}
        users = members | {a[1] for a in self.cloud["assignments"] if a[0].startswith("User")}
        targets = {*self.projects, *self.cloud["domains"], "system"}
        found = []
        for user in users:
            for target in targets:
                for name in {role[1] for role in self.roles.values()}:
                    ways = [
                        way for role in self.roles.values() if role[1] == name for way in self.ways(user, target, role)
                    ]
                    if ways:
                        _, words, role_id = min(ways)
                        found.append(EffectiveRole(name, role_id, user, target, self.scope(target), words[-1]))
        return sorted(found, key=lambda role: (role.user_id, role.target_id, role.role_name))

    def ways(self, user: str, target: str, role: tuple[str, str, str | None]) -> list[Any]:
        ways = []
        for kind, actor, on, granted, inherited in self.cloud["assignments"] if role[2] in (None, "<<null>>") else ():
            by_group = kind.startswith("Group")
            acts = (user, actor) in self.cloud["memberships"] if by_group else user == actor
            flag = inherited and not kind.endswith("System")
            if not acts or (granted, role[0]) not in self.reaches or not self.holds(kind, on, flag, target):
                continue
            steps = [by_group, flag, granted != role[0]]
            words = [w for w, taken in zip(("group", "inherited"), steps, strict=False) if taken] or ["direct"]
            origin = "+".join(words + ["implied"] * steps[2])
            ways.append((sum(steps), ([not steps[0], not steps[1], origin]), role[0]))
        return ways

    def holds(self, kind: str, on: str, inherited: bool, target: str) -> bool:
        if kind.endswith("System"):
            return target == "system"
        if kind.endswith("Domain"):
            if on not in self.cloud["domains"]:
                return False
            return (
                self.projects[target][1] == on
                if inherited and target in self.projects
                else not inherited and target == on
            )
        if on not in self.projects and on not in self.cloud["domains"]:
            return False
        return self.is_below(target, on) if inherited else target == on

    def is_below(self, project: str, top: str) -> bool:
        """Walks up from the project, no further than there are projects."""
        at: str | None = project
        for _ in range(len(self.projects) + 1):
            at = self.projects[at][2] if at in self.projects else None
            if at == top:
                return project != top
        return False

    def scope(self, target: str) -> Any:
        return "system" if target == "system" else "domain" if target in self.cloud["domains"] else "project"


def cloud(seed: int) -> dict[str, Any]:
    """A small cloud with everything that may go wrong in it."""
    chance = random.Random(seed)
    domains = [f"d{n}" for n in range(chance.randint(1, 2))]
    names = [f"p{n}" for n in range(chance.randint(0, 6))]
    roles = [f"r{n}" for n in range(chance.randint(1, 4))]
    users, groups = ["u0", "u1", "u2"], ["g0", "g1", "g2"]
    strange = ["gone"] if chance.random() < 0.3 else []

    def project(n: int) -> tuple[str, str, str | None]:
        above = [*domains, *names[:n]] if chance.random() < 0.9 else [*names, "gone"]  # now and then a ring
        return names[n], chance.choice(domains), chance.choice(above)

    def assignment() -> tuple[str, str, str, str, bool]:
        actor, kind = (
            chance.choice(["User", "Group"]),
            chance.choice(["Project", "Project", "Domain", "Domain", "System"]),
        )
        target = {"System": ["system"], "Domain": [*domains, *strange], "Project": [*names, *domains, *strange]}[kind]
        who = chance.choice([*(users if actor == "User" else groups), *strange])
        return actor + kind, who, chance.choice(target), chance.choice([*roles, *strange]), chance.random() < 0.5

    return {
        "domains": domains,
        "projects": [project(n) for n in range(len(names))],
        "roles": [
            (role, chance.choice([role, role, "same"]), chance.choice([None, "<<null>>", "<<null>>", "d0"]))
            for role in roles
        ],
        "implied": [
            (chance.choice(roles + strange), chance.choice(roles + strange)) for _ in range(chance.randint(0, 4))
        ],
        "assignments": [assignment() for _ in range(chance.randint(0, 7))],
        "memberships": [(chance.choice(users), chance.choice(groups)) for _ in range(chance.randint(0, 4))],
    }


def test_a_thousand_random_clouds_agree_with_the_oracle() -> None:
    origins: Counter[str] = Counter()
    scopes: Counter[str] = Counter()
    for seed in range(1200):
        some = cloud(seed)
        shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in some.items()}

        expected = Oracle(some).rows()

        assert list(EffectiveRoles(**some)) == expected, seed
        assert list(EffectiveRoles(**shuffled)) == expected, seed
        origins.update(role.origin for role in expected)
        scopes.update(role.scope for role in expected)
    assert set(origins) == set(ORIGINS)
    assert min(origins.values()) > 50
    assert set(scopes) == {"project", "domain", "system"}
