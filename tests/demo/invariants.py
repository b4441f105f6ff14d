"""What holds in a sample cloud at every instant, as in a real one."""

import json
import pickletools
from collections import Counter
from datetime import datetime

from reporting_pollster.demo import DemoCloud
from tests.demo.reading import everything, filled, instances, rows, values

WRITTEN_TIMES = ("created_at", "updated_at", "deleted_at", "launched_at", "terminated_at", "start_time", "finish_time")
PLAIN = {
    "MARK", "STOP", "PROTO", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET",
    "UNICODE", "BINUNICODE", "DICT", "EMPTY_DICT", "LIST", "EMPTY_LIST", "APPEND", "APPENDS", "SETITEM", "SETITEMS",
}  # fmt: skip


def times_are_stored_as_services_do(cloud: DemoCloud, now: datetime) -> None:
    form = "20[0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
    for path in everything(cloud).values():
        queries = [
            f"SELECT '{table}.{column}', `{column}` FROM `{table}`"
            f" WHERE `{column}` NOT GLOB '{form}' OR `{column}` > '{now}'"
            for table, columns in filled(path).items()
            for column in sorted(columns.intersection(WRITTEN_TIMES))
        ]
        assert not queries or rows(path, " UNION ALL ".join(queries)) == []


def a_soft_delete_keeps_updated_at(cloud: DemoCloud, now: datetime) -> None:
    for path in [*cloud.cells.values(), cloud.databases["cinder"]]:
        queries = [
            f"SELECT '{table}' FROM `{table}`"
            " WHERE updated_at > deleted_at OR (deleted <> 0) <> (deleted_at IS NOT NULL)"
            for table, columns in filled(path).items()
            if {"updated_at", "deleted_at", "deleted"} <= columns and table != "instances"
        ]
        assert not queries or values(path, " UNION ALL ".join(queries)) == []
    assert instances(cloud, "deleted <> 0 AND updated_at > deleted_at") == []


def deleted_is_the_id(cloud: DemoCloud, now: datetime) -> None:
    for row in instances(cloud):
        assert row["deleted"] in (0, row["id"])
        assert row["deleted_at"] is None or row["deleted"] or row["vm_state"] == "soft-delete"
        assert row["deleted_at"] is not None or not row["deleted"]


def glance_moves_updated_at(cloud: DemoCloud, now: datetime) -> None:
    path = cloud.databases["glance"]
    assert values(path, "SELECT 1 FROM images WHERE updated_at IS NULL OR updated_at < created_at") == []
    assert values(path, "SELECT 1 FROM images WHERE deleted = 1 AND updated_at <> deleted_at") == []
    assert values(path, "SELECT 1 FROM images WHERE size IS NULL AND status NOT IN ('queued', 'deleted')") == []


def cell0_has_no_hosts(cloud: DemoCloud, now: datetime) -> None:
    for row in rows(cloud.cells["cell0"], "SELECT * FROM instances UNION ALL SELECT * FROM shadow_instances"):
        assert (row["host"], row["node"], row["vm_state"], row["terminated_at"]) == (None, None, "error", None)


def hosts_are_those_of_the_cell(cloud: DemoCloud, now: datetime) -> None:
    for path in list(cloud.cells.values())[1:]:
        nodes = rows(path, "SELECT id, host, hypervisor_hostname AS node FROM compute_nodes WHERE deleted = 0")
        known = {(row["id"], row["host"], row["node"]) for row in nodes}
        living = rows(path, "SELECT * FROM instances WHERE deleted = 0 AND hidden = 0 AND host IS NOT NULL")
        assert {(row["compute_id"], row["host"], row["node"]) for row in living} <= known


def hosts_have_the_memory(cloud: DemoCloud, now: datetime) -> None:
    query = "SELECT host FROM compute_nodes WHERE memory_mb_used > memory_mb + 512"  # 512 MB are the host's own
    assert [values(path, query) for path in cloud.cells.values()] == [[], [], [], []]


def states_and_hosts_agree(cloud: DemoCloud, now: datetime) -> None:
    for row in instances(cloud, "deleted = 0"):
        if row["vm_state"] in ("active", "stopped", "paused", "suspended", "resized", "soft-delete", "deleted"):
            assert row["host"], row["vm_state"]
            assert row["launched_at"]
        if row["vm_state"] == "shelved_offloaded":
            assert (row["host"], row["availability_zone"]) == (None, None)


def the_stored_flavour_is_the_truth(cloud: DemoCloud, now: datetime) -> None:
    flavours = set(values(cloud.databases["nova_api"], "SELECT id FROM flavors"))
    query = "SELECT i.*, e.flavor FROM instances i LEFT JOIN instance_extra e ON e.instance_uuid = i.uuid"
    for path in cloud.cells.values():
        for row in rows(path, query):
            if row["flavor"] is None:
                assert row["deleted"] or row["instance_type_id"] in flavours
                continue
            carried = json.loads(row["flavor"])
            data = carried["cur"]["nova_object.data"]
            assert {
                "id": row["instance_type_id"],
                "vcpus": row["vcpus"],
                "root_gb": row["root_gb"],
            }.items() <= data.items()
            moving = row["vm_state"] == "resized" or row["task_state"] == "resize_migrating"
            assert (carried["new"] is not None) <= (moving or bool(row["deleted"]))


def one_uuid_is_one_instance(cloud: DemoCloud, now: datetime) -> None:
    shown = Counter(row["uuid"] for row in instances(cloud, "hidden = 0"))
    hidden = {row["uuid"] for row in instances(cloud, "hidden = 1")}
    assert set(shown.values()) == {1}
    assert hidden <= set(shown)
    for path in cloud.cells.values():
        assert values(path, "SELECT uuid FROM instances INTERSECT SELECT uuid FROM shadow_instances") == []


def mappings_know_the_cell(cloud: DemoCloud, now: datetime) -> None:
    query = "SELECT instance_uuid, name FROM instance_mappings m JOIN cell_mappings c ON c.id = m.cell_id"
    mapped = {row["instance_uuid"]: row["name"] for row in rows(cloud.databases["nova_api"], query)}
    assert mapped == {row["uuid"]: row["cell"] for row in instances(cloud, "hidden = 0")}


def actions_end_unless_something_goes_on(cloud: DemoCloud, now: datetime) -> None:
    ended = "EXISTS (SELECT 1 FROM instance_actions_events e WHERE e.action_id = a.id AND e.finish_time IS NOT NULL)"
    query = (
        "SELECT vm_state, task_state FROM instance_actions a JOIN instances i ON i.uuid = a.instance_uuid"
        f" WHERE i.deleted = 0 AND a.updated_at = a.start_time AND NOT {ended} AND action NOT IN ('lock', 'unlock')"
    )
    for path in cloud.cells.values():
        assert values(path, "SELECT 1 FROM instance_actions WHERE finish_time IS NOT NULL") == []
        assert all(row["vm_state"] == "building" or row["task_state"] for row in rows(path, query))
        assert values(path, "SELECT 1 FROM instance_actions WHERE deleted <> 0") == []


def attachments_and_volumes_agree(cloud: DemoCloud, now: datetime) -> None:
    path = cloud.databases["cinder"]
    query = "SELECT volume_id, count(*) AS n FROM volume_attachment WHERE {} GROUP BY 1"
    attached = rows(path, query.format("deleted = 0 AND attach_status = 'attached'"))
    in_use = rows(path, "SELECT id, multiattach FROM volumes WHERE status = 'in-use'")
    assert {row["volume_id"] for row in attached} == {row["id"] for row in in_use}
    several = {row["volume_id"] for row in attached if row["n"] > 1}
    assert several <= {row["id"] for row in in_use if row["multiattach"]}
    living = {row["uuid"] for row in instances(cloud, "deleted = 0")}
    assert set(values(path, "SELECT instance_uuid FROM volume_attachment WHERE deleted = 0")) <= living


def cinder_counts_what_is_there(cloud: DemoCloud, now: datetime) -> None:
    path = cloud.databases["cinder"]
    counted = "SELECT project_id, count(*) AS n FROM volumes WHERE deleted = 0 AND use_quota = 1 GROUP BY 1"
    used = "SELECT project_id, in_use AS n FROM quota_usages WHERE resource = 'volumes' AND in_use > 0"
    assert sorted(map(tuple, map(dict.values, rows(path, counted)))) == sorted(
        map(tuple, map(dict.values, rows(path, used)))
    )


def ports_belong_to_the_living(cloud: DemoCloud, now: datetime) -> None:
    path = cloud.databases["neutron"]
    owners = set(values(path, "SELECT device_id FROM ports WHERE device_owner LIKE 'compute:%'"))
    assert owners <= {row["uuid"] for row in instances(cloud, "deleted = 0")}
    for table in ("networks", "subnets", "ports", "routers", "floatingips"):
        query = (
            f"SELECT 1 FROM {table} t LEFT JOIN standardattributes s ON s.id = t.standard_attr_id WHERE s.id IS NULL"
        )
        assert values(path, query) == [], table
    pointing = "SELECT fixed_port_id FROM floatingips WHERE fixed_port_id IS NOT NULL EXCEPT SELECT id FROM ports"
    assert values(path, pointing) == []


def keystone_hangs_together(cloud: DemoCloud, now: datetime) -> None:
    path = cloud.databases["keystone"]
    projects = {row["id"]: row for row in rows(path, "SELECT * FROM project")}
    for row in projects.values():
        if not row["is_domain"]:
            assert projects[row["domain_id"]]["is_domain"]
            parent = projects[row["parent_id"]]
            assert row["domain_id"] in (parent["id"], parent["domain_id"])
            json.loads(row["extra"])
    known = {"target_id": set(projects), "role_id": set(values(path, "SELECT id FROM role"))}
    for row in rows(path, "SELECT * FROM assignment"):
        assert all(row[column] in ids for column, ids in known.items())


def attributes_are_plain(cloud: DemoCloud, now: datetime) -> None:
    for blob in values(cloud.databases["rcshib"], "SELECT shibboleth_attributes FROM user"):
        assert {opcode.name for opcode, _, _ in pickletools.genops(blob)} <= PLAIN


INVARIANTS = (
    times_are_stored_as_services_do,
    a_soft_delete_keeps_updated_at,
    deleted_is_the_id,
    glance_moves_updated_at,
    cell0_has_no_hosts,
    hosts_are_those_of_the_cell,
    hosts_have_the_memory,
    states_and_hosts_agree,
    the_stored_flavour_is_the_truth,
    one_uuid_is_one_instance,
    mappings_know_the_cell,
    actions_end_unless_something_goes_on,
    attachments_and_volumes_agree,
    cinder_counts_what_is_there,
    ports_belong_to_the_living,
    keystone_hangs_together,
    attributes_are_plain,
)
