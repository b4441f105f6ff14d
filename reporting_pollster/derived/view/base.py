"""What a view is: a query with a name, and what each of its columns means.

Views are for people who write SQL: they join the names and do the arithmetic that differs from server to server. They
read tables only, never each other, so that their order does not matter. Nothing in the pollster reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Numeric,
    Select,
    Table,
    cast,
    func,
    literal,
    literal_column,
    select,
)

from reporting_pollster.derived.arithmetic import quotient
from reporting_pollster.entities.base import Reporting

HOUR = 3600


@dataclass(frozen=True)
class View:
    """One view; `columns` are the comments of the query's columns, in their order."""

    name: str
    comment: str
    columns: Mapping[str, str]
    query: Callable[[], Select[Any]]


def table(name: str) -> Table:
    """A reporting table."""
    return Reporting.metadata.tables[name]


def owners() -> FromClause:
    """Projects with the names of their domains."""
    project, domain = table("project"), table("domain")
    same = (domain.c.id == project.c.domain_id) & (domain.c.region == project.c.region)
    return (
        select(project.c.region, project.c.id, project.c.display_name.label("project"), domain.c.name.label("domain"))
        .select_from(project.outerjoin(domain, same))
        .subquery("owner")
    )


def with_owners(rows: FromClause, of: FromClause, owner: FromClause) -> FromClause:
    """Rows with the project that `of` belongs to, if that is known."""
    return rows.outerjoin(owner, (owner.c.id == of.c.project_id) & (owner.c.region == of.c.region))


def total(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum that stays a whole number; PostgreSQL would make it a decimal one."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


def hours(seconds: ColumnElement[int], per: int = HOUR) -> ColumnElement[Any]:
    """Seconds as hours with two decimals, halves rounded up, the same on every server."""
    hundredths = quotient((seconds * 100 + per // 2).self_group(), literal(per))
    return cast(hundredths / literal_column("100.0", Numeric()), Numeric(20, 2))
