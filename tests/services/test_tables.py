"""What is told of the reporting tables."""

from __future__ import annotations

from reporting_pollster.entities import catalogue
from reporting_pollster.services.tables import TableDescription, describe_tables


def described(name: str) -> TableDescription:
    (found,) = [each for each in describe_tables() if each.table == name]
    return found


def test_every_table_is_described_after_its_parents() -> None:
    names = [each.table for each in describe_tables()]

    assert names == list(catalogue())
    for number, each in enumerate(describe_tables()):
        assert set(each.after) <= set(names[:number])
        assert each.description
        assert each.databases


def test_a_large_table_says_how_its_changes_are_found() -> None:
    instance = described("instance")

    assert instance.databases == ("each nova cell", "nova_api")
    assert instance.changes == (
        "since updated_at",
        "since created_at of the living",
        "since terminated_at",
        "beyond the last id",
        "count of the living per day of created_at",
        "walk along id, archived rows too",
    )
    assert instance.history


def test_optional_databases_are_told_apart() -> None:
    assert described("user").databases == ("keystone", "rcshib (optional)")
    assert described("stack").databases == ("heat (optional)",)
    assert described("domain").changes == ("read whole in each cycle",)
