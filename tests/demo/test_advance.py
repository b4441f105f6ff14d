"""A sample cloud that lives on changes in every service, and still looks like a real one."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from reporting_pollster.demo import Advance, DemoCloud, advance
from reporting_pollster.errors import SettingsError
from tests.demo.conftest import NOW
from tests.demo.invariants import INVARIANTS
from tests.demo.reading import digests, instances, rows, values

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Grown:
    """A cloud before and after."""

    before: DemoCloud
    after: DemoCloud
    advance: Advance


@pytest.fixture(scope="module")
def grown(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    copy = tmp_path_factory.mktemp("grown") / "cloud"
    shutil.copytree(home, copy)
    return Grown(DemoCloud.at(home), DemoCloud.at(copy), advance(copy))


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home, tmp_path / "cloud"))


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_it_still_holds_together(grown: Grown, invariant):
    invariant(grown.after, grown.advance.until)


def test_every_service_has_changed(grown: Grown):
    before, after = digests(grown.before), digests(grown.after)

    assert {name for name in after if after[name] != before[name]} >= {
        *grown.after.databases,
        "cell1",
        "cell2",
        "cell3",
    }


def test_the_clock_goes_on(grown: Grown):
    assert (grown.advance.since, grown.advance.until) == (NOW, NOW + DAY)


def test_the_counts_say_what_happened(grown: Grown):
    counts = grown.advance.counts

    def uuids(cloud: DemoCloud) -> set[str]:
        query = "SELECT uuid FROM instances UNION SELECT uuid FROM shadow_instances"
        return {uuid for path in cloud.cells.values() for uuid in values(path, query)}

    def count(cloud: DemoCloud, name: str, query: str) -> int:
        return int(values(cloud.databases[name], f"SELECT count(*) FROM {query}")[0])

    assert counts["instances created"] == len(uuids(grown.after) - uuids(grown.before))
    for what, name, query in (
        ("volumes created", "cinder", "volumes"),
        ("snapshots created", "cinder", "snapshots"),
        ("users created", "keystone", "user"),
    ):
        assert counts[what] == count(grown.after, name, query) - count(grown.before, name, query) > 0
    for what in ("instances stopped", "instances resized", "volumes detached", "roles withdrawn", "quotas changed"):
        assert counts[what] > 0


def test_one_deletion_at_least_leaves_updated_at_as_it_was(grown: Grown):
    gone = instances(grown.after, f"deleted_at >= '{NOW}' AND deleted <> 0")
    silent = [row for row in gone if (row["updated_at"] or "") < str(NOW)]

    assert 0 < len(silent) <= grown.advance.counts["instances deleted silently"]


def test_old_rows_were_archived_with_their_actions(grown: Grown):
    def archived(cloud: DemoCloud) -> set[str]:
        return {uuid for path in cloud.cells.values() for uuid in values(path, "SELECT uuid FROM shadow_instances")}

    moved = archived(grown.after) - archived(grown.before)

    assert len(moved) == grown.advance.counts["instances archived"] > 0
    for path in grown.after.cells.values():
        assert not moved & set(values(path, "SELECT instance_uuid FROM instance_actions"))


def test_what_was_half_done_is_done(grown: Grown):
    halfway = instances(grown.before, "deleted = 0 AND (vm_state IN ('building', 'deleted') OR task_state IS NOT NULL)")
    now = {row["uuid"]: row for row in instances(grown.after, "hidden = 0")}

    assert {row["task_state"] for row in halfway} >= {None, "scheduling", "resize_migrating"}
    for row in halfway:
        later = now[row["uuid"]]
        assert later["deleted"] or (later["vm_state"], later["task_state"]) != (row["vm_state"], row["task_state"])
    for uuid in values(grown.before.databases["nova_api"], "SELECT instance_uuid FROM build_requests"):
        assert uuid in now
    assert values(grown.after.databases["cinder"], "SELECT 1 FROM volumes WHERE migration_status LIKE 'target:%'") == []


def test_the_hidden_copy_became_the_instance_and_the_other_is_gone(grown: Grown):
    (hidden,) = instances(grown.before, "hidden = 1")

    (row,) = instances(grown.after, f"uuid = '{hidden['uuid']}'")

    assert (row["cell"], row["id"], row["hidden"]) == (hidden["cell"], hidden["id"], 0)


def test_a_withdrawn_role_leaves_no_trace(grown: Grown):
    query = "SELECT type || actor_id || target_id || role_id || inherited FROM assignment"
    before, after = (set(values(cloud.databases["keystone"], query)) for cloud in (grown.before, grown.after))

    assert before - after
    assert after - before


def test_numbers_are_never_given_twice(grown: Grown):
    query = "SELECT m.id, m.instance_uuid FROM instance_mappings m"
    before = {row["id"]: row["instance_uuid"] for row in rows(grown.before.databases["nova_api"], query)}
    after = {row["id"]: row["instance_uuid"] for row in rows(grown.after.databases["nova_api"], query)}

    assert all(before[key] == after[key] for key in before.keys() & after.keys())
    assert min(after.keys() - before.keys()) > max(before)


def test_the_same_future_twice(home: Path, grown: Grown, copy: Path):
    again = advance(copy)

    assert again == grown.advance
    assert digests(DemoCloud.at(copy)) == digests(grown.after)


def test_another_seed_is_another_future(grown: Grown, copy: Path):
    advance(copy, seed=99)

    assert digests(DemoCloud.at(copy)) != digests(grown.after)


@pytest.mark.parametrize("steps", [(timedelta(minutes=1),) * 2, (timedelta(hours=1), timedelta(days=20))])
def test_it_lives_on_for_any_time(copy: Path, steps: tuple[timedelta, ...]):
    now = NOW
    for step in steps:
        happened = advance(copy, step)
        assert (happened.since, happened.until) == (now, now + step)
        now += step

    for invariant in INVARIANTS:
        invariant(DemoCloud.at(copy), now)


def test_without_a_cloud_or_without_time_it_says_so(copy: Path, tmp_path: Path):
    with pytest.raises(SettingsError, match="no sample cloud"):
        advance(tmp_path)
    with pytest.raises(SettingsError, match="so little"):
        advance(copy, timedelta(seconds=1))
