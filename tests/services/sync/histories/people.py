"""What keystone does to its rows: it dates nothing and deletes outright."""

from __future__ import annotations

from collections.abc import Iterator

from tests.services.sync.histories.world import PROJECTS, Step, World


class People:
    """Random steps in keystone. The first project, user and role stay: a keystone without any isn't one."""

    tables = ("role",)

    def __init__(self, world: World) -> None:
        self._world = world
        self._execute = lambda sql, *values: world.cloud.execute("keystone", sql, values)

    def steps(self) -> Iterator[tuple[int, Step]]:
        """All steps with how often they are taken."""
        yield 3, self._found_project
        yield 2, self._rename_project
        yield 2, self._switch_project
        yield 2, self._drop_project
        yield 3, self._hire
        yield 2, self._write_extra
        yield 2, self._fire
        yield 2, self._found_group
        yield 2, self._join
        yield 1, self._leave
        yield 1, self._drop_group
        yield 3, self._grant
        yield 2, self._revoke

    # -- projects

    def _found_project(self) -> None:
        key = self._world.life.name().replace("-", "")
        name = self._world.random.choice(("gamma", "Delta", "pt-eve"))
        if not self._world.rows("keystone", "SELECT id FROM project WHERE name = %s", name):
            self._world.life.project(key, name)

    def _rename_project(self) -> None:
        name = self._world.random.choice(("Beta", "beta", "beta ", "béta"))
        self._execute("UPDATE IGNORE project SET name = %s WHERE id = %s", name, PROJECTS[1])

    def _switch_project(self) -> None:
        key = self._one("SELECT id FROM project WHERE is_domain = 0 ORDER BY id")
        self._execute("UPDATE project SET enabled = 1 - enabled WHERE id = %s", key)

    def _drop_project(self) -> None:
        key = self._one("SELECT id FROM project WHERE is_domain = 0 AND id <> %s ORDER BY id", PROJECTS[0])
        self._execute("DELETE FROM assignment WHERE target_id = %s", key)
        self._execute("DELETE FROM project WHERE id = %s", key)

    # -- users and groups

    def _hire(self) -> None:
        key = self._world.life.name().replace("-", "")
        at, put = self._world.stamp(), self._world.cloud.insert
        put("keystone", "user", id=key, domain_id="default", enabled=1, extra="{}", created_at=at)
        put("keystone", "local_user", user_id=key, domain_id="default", name=f"user-{key}")

    def _write_extra(self) -> None:
        mail = self._world.random.choice(('{"email": "e@example.org"}', "{}", '{"email": ', None))
        self._execute("UPDATE user SET extra = %s WHERE id = %s", mail, self._user())

    def _fire(self) -> None:
        key = self._one("SELECT id FROM user WHERE id <> 'admin' ORDER BY id")
        for table, column in (
            ("user_group_membership", "user_id"),
            ("local_user", "user_id"),
            ("assignment", "actor_id"),
        ):
            self._execute(f"DELETE FROM {table} WHERE {column} = %s", key)
        self._execute("DELETE FROM user WHERE id = %s", key)

    def _found_group(self) -> None:
        key = self._world.life.name().replace("-", "")
        self._world.cloud.insert("keystone", "group", id=key, domain_id="default", name=f"group-{key}", extra="{}")

    def _join(self) -> None:
        group = self._group()
        if group:
            self._execute("INSERT IGNORE INTO user_group_membership VALUES (%s, %s)", self._user(), group)

    def _leave(self) -> None:
        self._execute("DELETE FROM user_group_membership WHERE user_id = %s", self._user())

    def _drop_group(self) -> None:
        group = self._group()
        self._execute("DELETE FROM user_group_membership WHERE group_id = %s", group)
        self._execute("DELETE FROM assignment WHERE actor_id = %s", group)
        self._execute("DELETE FROM `group` WHERE id = %s", group)

    # -- roles

    def _grant(self) -> None:
        group = self._group()
        kind, actor = ("GroupProject", group) if group and self._world.maybe(0.4) else ("UserProject", self._user())
        target = self._one("SELECT id FROM project WHERE is_domain = 0 ORDER BY id")
        role = self._one("SELECT id FROM role ORDER BY id")
        self._execute("INSERT IGNORE INTO assignment VALUES (%s, %s, %s, %s, 0)", kind, actor, target, role)

    def _revoke(self) -> None:
        found = self._world.rows(
            "keystone", "SELECT * FROM assignment WHERE actor_id <> 'admin' ORDER BY type, actor_id, target_id, role_id"
        )
        if found:
            row = self._world.random.choice(found)
            self._execute(
                "DELETE FROM assignment WHERE type = %s AND actor_id = %s AND target_id = %s AND role_id = %s",
                row["type"], row["actor_id"], row["target_id"], row["role_id"],
            )  # fmt: skip

    # -- choices

    def _user(self) -> object:
        return self._one("SELECT id FROM user ORDER BY id")

    def _group(self) -> object:
        return self._one("SELECT id FROM `group` ORDER BY id")

    def _one(self, sql: str, *values: object) -> object:
        return self._world.choose("", "keystone", sql, *values)
