"""The sample cloud is complete, looks like a real one, and comes out the same each time."""

import configparser
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from importlib import resources
from pathlib import Path

import pytest

from reporting_pollster.demo import DemoCloud, advance, build
from reporting_pollster.errors import SettingsError
from tests.demo.conftest import INSTANCES, NOW
from tests.demo.invariants import INVARIANTS
from tests.demo.reading import digests, everything, instances, rows, values

SMALL = 60
SCHEMAS = Path(__file__).parents[1] / "schemas"


@pytest.mark.parametrize("name", ["keystone", "nova_api", "nova_cell", "cinder", "glance", "neutron", "heat"])
def test_its_schemas_are_those_of_the_newest_release(name: str):
    ours = resources.files("reporting_pollster.demo") / "schema" / f"{name}.sql"

    assert ours.read_text() == (SCHEMAS / "2026.2" / f"{name}.sql").read_text()


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_it_holds_together(cloud: DemoCloud, invariant):
    invariant(cloud, NOW)


def test_every_instance_that_was_asked_for_is_in_a_cell_or_archived(cloud):
    shadows = [uuid for path in cloud.cells.values() for uuid in values(path, "SELECT uuid FROM shadow_instances")]
    uuids = {row["uuid"] for row in instances(cloud)} | set(shadows)

    assert len(uuids) == INSTANCES
    assert shadows


def test_it_has_lived_for_two_years(cloud):
    born = sorted(row["created_at"] for row in instances(cloud, "hidden = 0"))
    shadows = [
        born for path in cloud.cells.values() for born in values(path, "SELECT created_at FROM shadow_instances")
    ]

    assert min(shadows) < str(NOW - timedelta(days=700))
    assert born[-1] == str(NOW)
    assert born[len(born) // 2] > str(NOW - timedelta(days=365))  # it grows


def test_ids_grow_with_time(cloud):
    for path in cloud.cells.values():
        born = values(path, "SELECT created_at FROM instances WHERE hidden = 0 ORDER BY id")
        assert born == sorted(born)


@pytest.mark.parametrize(
    "case",
    [
        "vm_state = 'building' AND updated_at IS NULL AND host IS NULL",
        "vm_state = 'deleted' AND deleted = 0",
        "vm_state = 'soft-delete' AND deleted = 0 AND deleted_at IS NOT NULL",
        "vm_state = 'shelved_offloaded'",
        "vm_state = 'stopped' AND deleted = 0",
        "vm_state = 'active' AND deleted <> 0 AND terminated_at IS NULL",
        "vm_state = 'building' AND deleted <> 0 AND updated_at IS NULL",
        "deleted <> 0 AND julianday(deleted_at) - julianday(updated_at) > 1",
        "deleted = 0 AND vm_state = 'error'",
        "hidden = 1",
        "image_ref = '' AND deleted = 0",
    ],
)
def test_every_kind_of_instance_is_there(cloud, case):
    assert instances(cloud, case)


def test_some_flavours_are_gone_and_some_instances_do_not_say_which(cloud):
    flavours = set(values(cloud.databases["nova_api"], "SELECT id FROM flavors"))
    extras = [flavor for path in cloud.cells.values() for flavor in values(path, "SELECT flavor FROM instance_extra")]

    assert any(row["instance_type_id"] not in flavours for row in instances(cloud, "deleted = 0"))
    assert None in extras


def test_migrations_of_every_kind(cloud):
    query = "SELECT migration_type || ' ' || status FROM migrations WHERE migration_type <> 'resize' OR {}"
    differ = "cross_cell_move = 1 OR old_instance_type_id <> new_instance_type_id"
    found = {kind for path in cloud.cells.values() for kind in values(path, query.format(differ))}

    expected = {
        "resize confirmed",
        "resize reverted",
        "resize migrating",
        "live-migration completed",
        "migration confirmed",
    }
    assert expected | {"evacuation completed"} <= found


def test_keystone_has_the_cases_that_mislead(cloud):
    path = cloud.databases["keystone"]

    assert values(path, "SELECT count(*) FROM project WHERE is_domain = 0") == [40]
    assert values(path, "SELECT count(*) FROM project WHERE is_domain = 0 AND enabled = 0") == [1]
    assert values(path, "SELECT count(*) FROM project WHERE name LIKE 'pt-%'") == [9]
    assert rows(path, "SELECT enabled, is_domain FROM project WHERE id = '<<keystone.domain.root>>'") == [
        {"enabled": 0, "is_domain": 1}
    ]
    assert values(path, "SELECT name FROM project WHERE id = 'default' AND is_domain = 1") == ["Default"]
    grandchild = "SELECT 1 FROM project a JOIN project b ON b.id = a.parent_id JOIN project c ON c.id = b.parent_id"
    assert values(path, f"{grandchild} WHERE c.is_domain = 0")
    for table in ("local_user", "nonlocal_user", "federated_user", "user_group_membership", "implied_role", "limit"):
        assert values(path, f"SELECT 1 FROM `{table}`"), table
    assert values(path, "SELECT public_id FROM id_mapping WHERE entity_type = 'user' EXCEPT SELECT id FROM user")
    unknown = "SELECT actor_id FROM assignment WHERE type = 'UserProject' EXCEPT SELECT public_id FROM id_mapping"
    assert values(path, f"{unknown} EXCEPT SELECT id FROM user")
    kinds = {(row["type"], row["inherited"]) for row in rows(path, "SELECT DISTINCT type, inherited FROM assignment")}
    assert {(kind, 1) for kind in ("UserProject", "GroupProject", "UserDomain", "GroupDomain")} <= kinds
    assert {(kind, 0) for kind in ("UserProject", "GroupProject", "UserDomain", "GroupDomain")} <= kinds


def test_some_instances_belong_to_projects_and_users_that_keystone_does_not_know(cloud):
    projects = set(values(cloud.databases["keystone"], "SELECT id FROM project"))

    assert any(row["project_id"] not in projects for row in instances(cloud))


def test_cells_are_named_without_secrets(cloud):
    mappings = rows(cloud.databases["nova_api"], "SELECT * FROM cell_mappings ORDER BY id")

    assert [row["name"] for row in mappings] == ["cell0", "cell1", "cell2", "cell3"]
    assert mappings[0]["uuid"] == "00000000-0000-0000-0000-000000000000"
    assert all("{username}:{password}@" in row["database_connection"] for row in mappings)


def test_volumes_of_every_kind(cloud):
    path = cloud.databases["cinder"]
    several = "SELECT 1 FROM volume_attachment WHERE deleted = 0 GROUP BY volume_id HAVING count(*) > 1"

    assert values(path, several)
    for case in (
        "updated_at IS NULL",
        "migration_status LIKE 'target:%' AND use_quota = 0",
        "bootable = 1 AND status = 'in-use'",
        "status = 'available'",
        "status = 'error'",
        "deleted = 1",
        "_name_id IS NOT NULL",
    ):
        assert values(path, f"SELECT 1 FROM volumes WHERE {case}"), case
    assert values(path, "SELECT 1 FROM volume_types WHERE name = '__DEFAULT__' AND deleted = 0") == [1]
    assert values(
        path, "SELECT 1 FROM backups b JOIN volumes v ON v.id = b.volume_id WHERE v.deleted AND NOT b.deleted"
    )
    assert values(path, "SELECT 1 FROM quotas WHERE hard_limit = -1 AND deleted = 0")


def test_the_rest_is_there_too(cloud):
    databases = cloud.databases

    assert {"public", "private", "shared"} <= set(values(databases["glance"], "SELECT visibility FROM images"))
    assert values(databases["glance"], "SELECT 1 FROM image_members")
    assert values(databases["neutron"], "SELECT name FROM networks JOIN externalnetworks ON network_id = id") == [
        "public"
    ]
    assert len(values(databases["neutron"], "SELECT DISTINCT fixed_port_id IS NULL FROM floatingips")) == 2
    for case in ("owner_id IS NULL", "owner_id IS NOT NULL", "deleted_at IS NOT NULL", "backup = 1"):
        assert values(databases["heat"], f"SELECT 1 FROM stack WHERE {case}"), case
    assert values(databases["nova_api"], "SELECT 1 FROM build_requests") == [1]
    pickles = values(databases["rcshib"], "SELECT shibboleth_attributes FROM user")
    assert {blob[:2] == b"\x80\x02" for blob in pickles} == {True, False}


def test_allocations_are_repeated_and_keystone_says_which_counts(cloud):
    table = "rcallocation_allocationrequest"
    current = f"SELECT project_id FROM {table} WHERE parent_request_id IS NULL AND status IN ('A', 'X', 'J')"
    repeated = values(cloud.databases["dashboard"], f"{current} GROUP BY project_id HAVING count(*) > 1")
    extra = {row["id"]: json.loads(row["extra"]) for row in rows(cloud.databases["keystone"], "SELECT * FROM project")}

    assert repeated
    assert all("allocation_id" in extra[project] for project in repeated)
    assert values(cloud.databases["dashboard"], f"SELECT 1 FROM {table} WHERE parent_request_id IS NOT NULL")


def test_the_settings_name_every_database(cloud):
    settings = configparser.ConfigParser(interpolation=None)

    settings.read_string(cloud.settings_text("sqlite:////var/lib/reporting.sqlite"))

    assert settings["reporting"]["connection"] == "sqlite:////var/lib/reporting.sqlite"
    assert settings["region"]["name"] == "demo"
    assert settings["nova"]["cells"] == "cell0, cell1, cell2, cell3"
    for name, path in cloud.databases.items():
        assert settings[name]["connection"] == f"sqlite:///{path}"
    for name, path in cloud.cells.items():
        assert settings[f"cell:{name}"]["connection"] == f"sqlite:///{path}"
    assert all(path.is_absolute() and path.exists() for path in everything(cloud).values())


def test_the_same_seed_and_instant_give_the_same_cloud_in_any_process(tmp_path: Path):
    here = build(tmp_path / "here", now=NOW, seed=7, instances=SMALL)
    code = (
        "import sys; from datetime import datetime; from pathlib import Path;"
        "from reporting_pollster.demo import build;"
        f"build(Path(sys.argv[1]), now=datetime.fromisoformat('{NOW}'), seed=7, instances={SMALL})"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "there")], check=True, env={"PYTHONHASHSEED": "12345"})

    assert digests(here) == digests(DemoCloud.at(tmp_path / "there"))


def test_an_instant_in_another_zone_is_the_same_instant(tmp_path: Path):
    east = timezone(timedelta(hours=10))
    here = build(tmp_path / "here", now=NOW, instances=SMALL)
    there = build(tmp_path / "there", now=(NOW + timedelta(hours=10)).replace(tzinfo=east), instances=SMALL)

    assert digests(here) == digests(there)


def test_another_seed_gives_another_cloud(tmp_path: Path):
    one = build(tmp_path / "one", now=NOW, seed=1, instances=SMALL)
    other = build(tmp_path / "other", now=NOW, seed=2, instances=SMALL)

    ours, theirs = digests(one), digests(other)
    assert all(ours[name] != theirs[name] for name in ours)


@pytest.mark.parametrize("count", [0, 2])
def test_a_tiny_cloud_is_a_cloud(tmp_path: Path, count: int):
    cloud = build(tmp_path, now=NOW, instances=count)

    assert len(instances(cloud, "hidden = 0")) == count
    for invariant in INVARIANTS:
        if count or invariant.__name__ != "one_uuid_is_one_instance":
            invariant(cloud, NOW)


def test_progress_ends_with_all_done(tmp_path: Path):
    seen: dict[str, tuple[int, int]] = {}

    def note(what: str, done: int, total: int) -> None:
        assert done >= seen.get(what, (0, 0))[0]
        seen[what] = (done, total)

    build(tmp_path, now=NOW, instances=SMALL, progress=note)

    assert seen == {"schemas": (12, 12), "instances": (SMALL, SMALL), "databases": (12, 12)}


def test_a_cloud_is_replaced_by_the_next(tmp_path: Path):
    build(tmp_path, now=datetime(2020, 1, 1), seed=5, instances=SMALL)

    again = build(tmp_path, now=NOW, seed=7, instances=SMALL)

    assert digests(again) == digests(build(tmp_path / "fresh", now=NOW, seed=7, instances=SMALL))


def test_files_of_somebody_else_are_left_alone(tmp_path: Path):
    (tmp_path / "keystone.sqlite").write_text("precious")

    with pytest.raises(SettingsError, match="no sample cloud"):
        build(tmp_path, now=NOW, instances=SMALL)
    assert (tmp_path / "keystone.sqlite").read_text() == "precious"


def test_a_build_that_broke_off_is_not_taken_for_a_cloud(tmp_path: Path):
    def stop(what: str, done: int, total: int) -> None:
        if what == "databases":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, now=NOW, instances=SMALL, progress=stop)

    with pytest.raises(SettingsError, match="half built"):
        advance(tmp_path)
    build(tmp_path, now=NOW, instances=SMALL)
    advance(tmp_path)
