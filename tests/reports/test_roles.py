"""Who can spend."""

from __future__ import annotations

from tests.reports.warehouse import Warehouse, at


def test_each_role_on_a_project_says_how_it_was_obtained(warehouse: Warehouse) -> None:
    put = warehouse.put
    put("project", {"id": "p1", "display_name": "tea", "enabled": True, "personal": False, "has_instances": False})
    put("user", {"id": "u1", "name": "Ada", "email": "ada@example.org", "enabled": False})
    role = {"project": "p1", "scope": "project", "role_id": "r"}
    put("role", {**role, "role": "member", "user": "u1", "origin": "direct"})
    put("role", {**role, "role": "reader", "user": "u2", "origin": "group+implied"})
    put("role", {**role, "role": "admin", "user": "u1", "origin": "direct", "project": "d", "scope": "domain"})
    put("role", {**role, "role": "past", "user": "u1", "origin": "direct", "active": False})
    warehouse.read_until(at("10-20 00:00"))

    rows = warehouse.ask("roles", project="tea")

    assert [(row["user"], row["email"], row["enabled"], row["role"], row["origin"]) for row in rows] == [
        ("Ada", "ada@example.org", False, "member", "direct"),
        (None, None, None, "reader", "group+implied"),
    ]
    assert rows == warehouse.ask("roles")
