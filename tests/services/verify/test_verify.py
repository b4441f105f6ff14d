"""What verify takes for a fault, and what not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reporting_pollster.errors import UnknownName
from reporting_pollster.services.verify import Difference, Request, Verdict, verify
from reporting_pollster.store.engine import writing
from reporting_pollster.store.lease import holding
from tests.openstack import Cloud
from tests.pollster import Pollster, at
from tests.servers import SQLite
from tests.services.sync.life import Life
from tests.services.verify.sample import Sample


@pytest.fixture
def life(cloud: Cloud) -> Life:
    """Return what the services would do in the cloud, which has a project already."""
    made = Life(cloud)
    made.region()
    return made


@pytest.fixture
def pollster(cloud: Cloud, life: Life, ready_store_url: str) -> Iterator[Pollster]:
    """Return a pollster of the cloud."""
    made = Pollster(cloud, ready_store_url)
    yield made
    made.close()


def verified(pollster: Pollster, *names: str, **request: Any) -> list[Verdict]:
    return verify(pollster.sources, pollster.engine, pollster.settings, Request(names, **request))


def differences(verdicts: list[Verdict]) -> list[tuple[str, str, str]]:
    """Table, key and problem of each."""
    assert not [verdict for verdict in verdicts if verdict.outcome == "failed"]
    return [(each.table, each.key, each.problem) for each in listed(verdicts)]


def listed(verdicts: list[Verdict]) -> list[Difference]:
    return [each for verdict in verdicts for each in verdict.differences]


def damage(pollster: Pollster, sql: str, **values: Any) -> None:
    with writing(pollster.engine) as connection:
        assert connection.execute(text(sql), values).rowcount


def test_what_differs_is_named_with_both_values(life: Life, pollster: Pollster) -> None:
    key = life.instance(display_name="web")
    pollster.sync()

    damage(pollster, "UPDATE instance SET name = 'Web', vcpus = NULL WHERE id = :key", key=key)
    (difference,) = listed(verified(pollster, "instance"))

    assert (difference.table, difference.source, difference.key) == ("instance", "cell1", key)
    assert difference.columns == {"name": ("web", "Web"), "vcpus": (2, None)}


def test_nothing_loaded_is_all_missing(life: Life, pollster: Pollster) -> None:
    key = life.volume()

    (verdict,) = verified(pollster, "volume")

    assert (verdict.outcome, verdict.rows, verdict.ours, verdict.chunks_differing) == ("different", 1, 0, 1)
    assert differences([verdict]) == [("volume", key, "missing")]


def test_what_the_source_has_forgotten_is_history(life: Life, pollster: Pollster) -> None:
    keys = [life.instance() for _ in range(10)]
    life.cloud.insert("nova_cell1", "instance_actions", id=1, instance_uuid=keys[0], action="create")
    pollster.sync()

    for key in keys[:2]:
        life.delete(key, at("04-01 00:00"))
    life.archive()
    pollster.sync()
    assert differences(verified(pollster)) == []
    life.purge()
    life.vanish(keys[2])
    pollster.sync()
    verdicts = verified(pollster)

    assert differences(verdicts) == []
    assert [(v.rows, v.ours) for v in verdicts if (v.table, v.source) == ("instance", "cell1")] == [(7, 7)]
    assert len(pollster.rows("instance")) == 10


def test_rows_that_cannot_be_loaded_are_not_expected(life: Life, pollster: Pollster) -> None:
    life.cloud.insert("cinder", "volumes", id="", project_id="a" * 32)
    odd = life.volume(size=-5, display_name="ok")
    life.cloud.execute("cinder", "SET SESSION sql_mode = ''")
    life.change_volume(odd, launched_at="0000-00-00 00:00:00")
    pollster.sync()

    (verdict,) = verified(pollster, "volume")

    assert (verdict.outcome, verdict.rows, verdict.ours, verdict.withheld) == ("equal", 1, 1, 1)
    assert (pollster.one("volume", id=odd)["size"], pollster.one("volume", id=odd)["launched"]) == (None, None)


def test_a_change_after_the_last_read_is_pending(life: Life, pollster: Pollster) -> None:
    old, changed = life.instance(), life.instance()
    pollster.sync()
    now = pollster.one("sync_state", table_name="instance", source="cell1")["seen_at"]

    life.save(changed, now, display_name="renamed")
    new = life.instance(created=now)
    life.silently(old, display_name="secretly renamed")
    verdicts = verified(pollster, "instance")

    assert {(each.key, each.problem, each.pending) for each in listed(verdicts)} == {
        (old, "different", False),
        (changed, "different", True),
        (new, "missing", True),
    }
    assert sum(verdict.pending for verdict in verdicts) == 2
    assert sum(verdict.faults for verdict in verdicts) == 1
    pollster.sync("instance")
    assert [each.key for each in listed(verified(pollster, "instance"))] == []


def test_a_time_in_the_far_future_hides_nothing(life: Life, pollster: Pollster) -> None:
    key = life.instance(updated_at=datetime(2090, 1, 1))
    pollster.sync()

    damage(pollster, "UPDATE instance SET name = 'other' WHERE id = :key", key=key)
    (difference,) = listed(verified(pollster, "instance"))

    assert not difference.pending


def test_what_only_the_walk_finds_is_pending_until_it_has_come_round(
    life: Life, cloud: Cloud, ready_store_url: str
) -> None:
    """Cinder has no index on a time: a change waits for the walk, however often there is a cycle."""
    keys = sorted(life.volume() for _ in range(40))
    pollster = Pollster(cloud, ready_store_url, page_rows=10, sweep_share=0.01, overlap_seconds=0)
    pollster.sync()
    pollster.sync("volume")  # the walk is at the tenth
    now = pollster.one("sync_state", table_name="volume")["seen_at"]

    life.change_volume(keys[0], display_name="changed", updated_at=now)
    pollster.sync("volume")
    assert [(each.key, each.pending) for each in listed(verified(pollster, "volume"))] == [(keys[0], True)]
    for _ in range(4):
        pollster.sync("volume")

    assert listed(verified(pollster, "volume")) == []
    pollster.close()


def test_a_source_may_sort_its_keys_otherwise(life: Life, pollster: Pollster) -> None:
    keys = ["b", "A", "c", "D", "é", "Z", "y"]
    for key in keys:
        life.volume(id=key)
    pollster.sync()

    for chunk in (1, 2, 3, 100):
        (verdict,) = verified(pollster, "volume", chunk_rows=chunk)
        assert (verdict.outcome, verdict.rows, verdict.ours) == ("equal", 7, 7)
    damage(pollster, "DELETE FROM volume WHERE id = 'c'")
    damage(pollster, "UPDATE volume SET id = 'Y' WHERE id = 'y'")
    damage(pollster, "UPDATE volume SET id = 'e' WHERE id = 'é'")
    expected = [("c", "missing"), ("y", "missing"), ("Y", "extra"), ("é", "missing"), ("e", "extra")]
    for chunk in (1, 2, 3, 100):
        found = [(key, problem) for _, key, problem in differences(verified(pollster, "volume", chunk_rows=chunk))]
        assert sorted(found) == sorted(expected)


def test_a_row_in_the_wrong_cell_is_found_where_it_belongs(life: Life, pollster: Pollster) -> None:
    key = life.instance(cell="cell1")
    life.instance(cell="cell1")
    life.instance(cell="cell0")
    pollster.sync()

    damage(pollster, "UPDATE instance SET cell_name = 'cell0' WHERE id = :key", key=key)
    found = listed(verified(pollster, "instance"))

    assert {(each.source, each.key, each.problem) for each in found} == {
        ("cell1", key, "different"),
        ("cell0", key, "extra"),
    }
    pollster.sync("instance", full=True)
    assert listed(verified(pollster, "instance")) == []


def test_our_rows_without_the_source_key_are_not_overlooked(life: Life, pollster: Pollster) -> None:
    key, lost = life.instance(), life.instance()
    pollster.sync()

    damage(pollster, "UPDATE instance SET source_id = 999 WHERE id = :key", key=key)
    damage(pollster, "UPDATE instance SET source_id = NULL, id = 'made up' WHERE id = :key", key=lost)

    for chunk in (1, 100):
        assert sorted(differences(verified(pollster, "instance", chunk_rows=chunk))) == [
            ("instance", key, "different"),
            ("instance", lost, "missing"),
            ("instance", "made up", "extra"),
        ]
    pollster.sync("instance", full=True)
    assert listed(verified(pollster, "instance")) == []


def test_the_size_of_a_chunk_changes_no_result(sample: Sample) -> None:
    with writing(sample.engine) as connection:
        connection.execute(text("UPDATE volume SET size = size + 1 WHERE status = 'in-use'"))
        connection.execute(text("DELETE FROM role WHERE project IN (SELECT id FROM project WHERE id < '8')"))

    def results(chunk: int) -> list[Any]:
        return [
            (v.table, v.source, v.rows, v.ours, v.missing, v.different, v.extra, v.checksum, v.checksum_ours)
            for v in sample.verify("volume", "role", "instance", "domain", chunk_rows=chunk)
        ]

    assert results(50) == results(5000)


def test_all_differences_are_counted_and_some_listed(sample: Sample) -> None:
    with writing(sample.engine) as connection:
        gone = connection.execute(text("DELETE FROM snapshot")).rowcount

    (verdict,) = sample.verify("snapshot", limit=7, chunk_rows=100)

    assert (verdict.missing, len(verdict.differences)) == (gone, 7)
    assert verdict.chunks == verdict.chunks_differing == -(-gone // 100)


def test_a_source_that_cannot_be_read_fails_alone(sample: Sample) -> None:
    sample.execute("heat", "DROP TABLE stack")

    verdicts = {verdict.table: verdict for verdict in sample.verify("stack", "image")}

    assert (verdicts["stack"].outcome, verdicts["image"].outcome) == ("failed", "equal")
    assert "heat" in (verdicts["stack"].message or "")


def test_an_optional_database_that_is_not_configured_is_skipped(sample: Sample) -> None:
    sample.sources.databases.pop("heat")  # type: ignore[attr-defined]

    (verdict,) = sample.verify("stack")

    assert (verdict.outcome, verdict.is_good) == ("skipped", True)


def test_an_unknown_table_is_an_error(sample: Sample) -> None:
    with pytest.raises(UnknownName, match="vollume"):
        sample.verify("vollume")


def test_verify_needs_no_lease_and_writes_nothing(sample: Sample) -> None:
    before = {name: sample.rows(name) for name in ("sync_state", "sync_run", "quarantine", "volume")}

    with holding(sample.engine):
        lease = sample.rows("lease")
        sample.verify()
        assert [row["token"] for row in sample.rows("lease")] == [row["token"] for row in lease]

    assert {name: sample.rows(name) for name in before} == before


@pytest.mark.parametrize(
    ("column", "value"),
    [("created", "'2025-13-45 00:00:00'"), ("name", "CAST(x'C328' AS TEXT)"), ("vcpus", "'many'"), ("active", "7")],
)
def test_what_sqlite_should_never_hold_is_found(
    small_cloud: Path, tmp_path: Path, sqlite: SQLite, column: str, value: str
) -> None:
    """Other servers check what they are given."""
    sample = Sample(small_cloud, tmp_path / "cloud", sqlite.url("reporting"))
    sample.sync("instance")
    key = sample.rows("instance", active=True)[0]["id"]

    with closing(sqlite3.connect(str(sample.engine.url.database))) as connection, connection:
        connection.execute(f"UPDATE instance SET {column} = {value} WHERE id = ?", (key,))
    found = listed(sample.verify("instance"))

    assert [(each.key, list(each.columns)) for each in found] == [(key, [column])]
    sample.close()
