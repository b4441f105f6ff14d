"""Releases told apart by what their databases show, and what came with which."""

from __future__ import annotations

import re

import pytest

from reporting_pollster.domain.release import RELEASES, came_with, described, guess
from reporting_pollster.services.needs import needs
from tests.openstack import RELEASES as DUMPED
from tests.openstack import SCHEMAS

DATABASES = {"nova": "nova_cell"}


def shown(database: str, release: str) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Columns and indexes by table, as the dump has them."""
    path = SCHEMAS / release / f"{DATABASES.get(database, database)}.sql"
    tables = re.findall(r"CREATE TABLE `(\w+)` \((.*?)\n\)", path.read_text() if path.exists() else "", re.DOTALL)
    columns = {name: frozenset(re.findall(r"^  `(\w+)`", body, re.MULTILINE)) for name, body in tables}
    return columns, {name: frozenset(re.findall(r"KEY `(\w+)`", body)) for name, body in tables}


def test_every_dumped_release_is_known() -> None:
    assert RELEASES == DUMPED


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("database", ["keystone", "nova_api", "nova", "cinder", "glance", "neutron"])
def test_the_guess_includes_the_release(database: str, release: str) -> None:
    columns, indexes = shown(database, release)
    if not columns:
        pytest.skip("not dumped")

    earliest, latest = guess(database, columns, indexes, sees_all=True)

    assert earliest <= release <= latest
    assert guess(database, columns, indexes, sees_all=False)[0] == earliest


@pytest.mark.parametrize("release", RELEASES)
def test_a_cell_tells_exactly_to_who_sees_all(release: str) -> None:
    assert guess("nova", *shown("nova", release), sees_all=True) == (release, release)


@pytest.mark.parametrize("release", RELEASES)
def test_what_queries_take_for_new_came_when_it_is_said_to(release: str) -> None:
    for database, needed in needs().items():
        columns, _ = shown(database, release)
        wrong = [
            (table, column)
            for table, wanted in needed.newer.items()
            for column in wanted
            if columns and (column in columns.get(table, ())) != ((came_with(database, table, column) or "") <= release)
        ]
        assert wrong == [], database


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (("2022.2", "2022.2"), "2022.2"),
        (("2022.2", "2024.1"), "2022.2 or 2024.1"),
        (("2019.2", "2025.1"), "2019.2 to 2025.1"),
        (("2026.2", "2026.2"), "2026.2 or later"),
        (("2022.2", "2026.2"), "2022.2 to 2026.2 or later"),
    ],
)
def test_a_guess_is_put_into_words(span: tuple[str, str], words: str) -> None:
    assert described(*span) == words
