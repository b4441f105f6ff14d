"""What may stand in a source column that no service would write, and what becomes of it in the reporting database.

Each case is one source row that is as it should be, but for one column. What is expected is said here from the
reporting table's types alone, as a reader of its data dictionary would: too long is cut, what can't be is empty, and
both are told in the quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, String

from reporting_pollster.entities import catalogue

Row = dict[str, Any]

MENDED = datetime(2026, 3, 1, 12)
WIDE = "MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"

TEXTS = {
    "64 KB": "x" * 65536,
    "emoji": "🦄 vm",
    "NUL": "a\0b",
    "empty": "",
    "trailing blank": "vm ",
    "tab and newline": "a\tb\nc\\d",
    "NULL": None,
}
NUMBERS = {"negative": -7, "33 bits": 2**31, "33 bits below": -(2**31) - 1, "64 bits": 2**63, "NULL": None}
FLAGS = {"two": 2, "negative": -1, "NULL": None}
TIMES = {
    "zero": "0000-00-00 00:00:00",
    "no month": "2025-00-00 00:00:00",
    "30 February": "2025-02-30 00:00:00",
    "far future": "9999-12-31 23:59:59",
    "far past": "1000-01-01 00:00:00",
    "NULL": None,
}
DATES = {name: value and value[:10] for name, value in TIMES.items()}


@dataclass(frozen=True, eq=False)
class Place:
    """A source table whose rows become rows of an entity.

    `columns` maps source columns to ours, `row` is a row as it should be, `key` the source column that tells rows
    apart and `our_key` ours. `unsaid` are values that stand in for NULL or an empty text, by our column, and `swayed`
    our columns that depend on several of the source's.
    """

    entity: str
    database: str
    table: str
    key: str
    columns: Mapping[str, str]
    row: Row
    our_key: str = "id"
    unsaid: Mapping[str, Any] = field(default_factory=dict)
    swayed: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return f"{self.database}.{self.table}"

    def our_column(self, column: str) -> Column[Any]:
        return catalogue()[self.entity].target.c[self.columns[column]]


@dataclass(frozen=True, eq=False)
class Case:
    """One bad value: where it stands, what we make of it, and whether that is told as a problem."""

    place: Place
    key: Any
    column: str
    label: str
    value: Any
    expected: Any
    is_problem: bool

    @property
    def id(self) -> str:
        return f"{self.place.id}.{self.column}-{self.label}"

    @property
    def ours(self) -> str:
        return self.place.columns[self.column]


def cases(places: tuple[Place, ...]) -> Iterator[Case]:
    """Every column of every place with every value that may stand in it."""
    number = 1000
    for place in places:
        for column in place.columns:
            for label, value in nasty(place.our_column(column)).items():
                number += 1
                expected, is_problem = outcome(place, column, value)
                yield Case(place, key_of(place, number), column, label, value, expected, is_problem)


def nasty(column: Column[Any]) -> Mapping[str, Any]:
    """The values to try on a column of ours."""
    for kind, values in ((Boolean, FLAGS), (Integer, NUMBERS), (DateTime, TIMES), (Date, DATES)):
        if isinstance(column.type, kind):
            return values
    return TEXTS


def wide_type(column: Column[Any]) -> str | None:
    """A type of MariaDB that takes all of them; None where the column's own does."""
    if isinstance(column.type, DateTime | Date | Float):
        return None
    return "DECIMAL(30,0)" if isinstance(column.type, Integer | Boolean) else WIDE


def outcome(place: Place, column: str, value: Any) -> tuple[Any, bool]:
    """What is loaded, and whether it is told as a problem."""
    ours = place.our_column(column)
    if value is None or (value == "" and ours.name in place.unsaid):
        return place.unsaid.get(ours.name), False
    if isinstance(ours.type, Boolean):
        return True, value not in (0, 1)
    if isinstance(ours.type, Integer):
        return _number(place, ours, value)
    if isinstance(ours.type, DateTime | Date):
        return _time(ours, value)
    assert isinstance(ours.type, String)
    text = value.replace("\0", "")[: ours.type.length or 65535 // 4]
    return text, text != value


def _number(place: Place, ours: Column[Any], value: int) -> tuple[Any, bool]:
    limit = 2**63 if isinstance(ours.type, BigInteger) else 2**31
    fits = catalogue()[place.entity].minimum.get(ours.name, -limit) <= value < limit
    return (value, False) if fits else (None, True)


def _time(ours: Column[Any], value: str) -> tuple[Any, bool]:
    kind = date if isinstance(ours.type, Date) else datetime
    try:
        return kind.fromisoformat(value), False
    except ValueError:
        return None, True


def key_of(place: Place, number: int, word: str = "bad0") -> Any:
    """A key for a row of a place."""
    key = catalogue()[place.entity].target.c[place.our_key]
    return number if isinstance(key.type, Integer) else f"{number:08}-{word}-4000-8000-000000000000"


def pairs(text: str) -> dict[str, str]:
    """Columns of a source with ours, where the name differs after a colon."""
    return {source: ours or source for source, _, ours in (word.partition(":") for word in text.split())}


PROJECT = "a" * 32

PLACES = (
    Place(
        "instance", "nova_cell1", "instances", "uuid",
        pairs("display_name:name project_id user_id:created_by vcpus memory_mb:memory root_gb:root"
              " ephemeral_gb:ephemeral instance_type_id:flavour created_at:created launched_at:launched"
              " terminated_at:terminated updated_at:updated vm_state task_state power_state image_ref:image key_name"
              " hostname host node:hypervisor availability_zone"),
        {"project_id": PROJECT, "user_id": "u1", "display_name": "vm", "vcpus": 2, "memory_mb": 2048, "root_gb": 20,
         "ephemeral_gb": 0, "instance_type_id": 1, "vm_state": "active", "power_state": 1, "host": "compute1",
         "node": "compute1.example.org", "availability_zone": "az1", "image_ref": "img", "created_at": MENDED,
         "updated_at": MENDED, "launched_at": MENDED, "terminated_at": None, "task_state": None, "key_name": "key",
         "hostname": "vm", "deleted": 0, "hidden": 0},
        unsaid={"availability_zone": "nova"},
    ),
    Place(
        "instance_action", "nova_cell1", "instance_actions", "id",
        pairs("action instance_uuid:instance_id request_id user_id project_id start_time:started finish_time:finished"
              " message updated_at:updated"),
        {"action": "create", "instance_uuid": "i1", "request_id": "req-1", "user_id": "u1", "project_id": PROJECT,
         "start_time": MENDED, "finish_time": MENDED, "message": None, "updated_at": MENDED, "deleted": 0},
    ),
    Place(
        "migration", "nova_cell1", "migrations", "id",
        pairs("uuid instance_uuid:instance_id status source_compute:source_host source_node dest_compute:dest_host"
              " dest_node old_instance_type_id:old_flavour new_instance_type_id:new_flavour cross_cell_move:cross_cell"
              " user_id project_id created_at:created updated_at:updated migration_type:type"),
        {"uuid": None, "instance_uuid": "i1", "status": "finished", "source_compute": "c1", "source_node": "n1",
         "dest_compute": "c2", "dest_node": "n2", "old_instance_type_id": 1, "new_instance_type_id": 2,
         "cross_cell_move": 0, "user_id": "u1", "project_id": PROJECT, "created_at": MENDED, "updated_at": MENDED,
         "migration_type": "resize", "deleted": 0},
    ),
    Place(
        "service", "nova_cell1", "services", "id",
        pairs("uuid host binary topic disabled disabled_reason forced_down version last_seen_up created_at:created"),
        {"uuid": "5e41ce00-0000-4000-8000-000000000001", "host": "c1", "binary": "nova-compute",
         "topic": "compute", "disabled": 0, "disabled_reason": None, "forced_down": 0, "version": 60,
         "last_seen_up": MENDED, "created_at": MENDED, "deleted": 0, "report_count": 0},
        unsaid={"disabled": False, "forced_down": False},
    ),
    Place(
        "hypervisor", "nova_cell1", "compute_nodes", "id",
        pairs("hypervisor_hostname:hostname host_ip:ip_address vcpus:cpus memory_mb:memory local_gb:local_storage uuid"
              " host:service_host hypervisor_type:type hypervisor_version:version vcpus_used:cpus_used"
              " memory_mb_used:memory_used local_gb_used:local_storage_used running_vms created_at:created"),
        {"hypervisor_hostname": "n1.example.org", "host_ip": "192.0.2.1", "vcpus": 8, "memory_mb": 8192,
         "local_gb": 100, "uuid": None, "host": "c9", "hypervisor_type": "QEMU", "hypervisor_version": 7000,
         "vcpus_used": 1, "memory_mb_used": 512, "local_gb_used": 5, "running_vms": 1, "created_at": MENDED,
         "deleted": 0},
        swayed=frozenset({"host", "availability_zone", "disabled", "disabled_reason", "forced_down"}),
    ),
    Place(
        "flavour", "nova_api", "flavors", "id",
        pairs("flavorid:uuid name vcpus memory_mb:memory root_gb:root ephemeral_gb:ephemeral is_public:public swap"
              " disabled description created_at:created"),
        {"flavorid": "f1", "name": "m1.tiny", "vcpus": 1, "memory_mb": 512, "root_gb": 1, "ephemeral_gb": 0,
         "is_public": 1, "swap": 0, "disabled": 0, "description": "small", "created_at": MENDED},
        unsaid={"root": 0, "ephemeral": 0, "public": True, "disabled": False},
    ),
    Place(
        "aggregate", "nova_api", "aggregates", "id",
        pairs("uuid name created_at:created"),
        {"uuid": "g1", "name": "rack", "created_at": MENDED},
    ),
    Place(
        "cell", "nova_api", "cell_mappings", "uuid",
        pairs("name disabled created_at:created"),
        {"name": "cell9", "disabled": 0, "created_at": MENDED},
        our_key="uuid", unsaid={"disabled": False},
    ),
    Place(
        "volume", "cinder", "volumes", "id",
        pairs("project_id display_name size created_at:created availability_zone volume_type_id:volume_type status"
              " attach_status user_id bootable multiattach host snapshot_id source_volid:source_volume"
              " launched_at:launched terminated_at:terminated updated_at:updated"),
        {"project_id": PROJECT, "display_name": "data", "size": 10, "created_at": MENDED, "availability_zone": "az1",
         "volume_type_id": "t1", "status": "available", "attach_status": "detached", "user_id": "u1", "bootable": 0,
         "multiattach": 0, "host": "h@b#p", "snapshot_id": None, "source_volid": None, "launched_at": MENDED,
         "terminated_at": None, "updated_at": MENDED, "deleted": 0},
        unsaid={"bootable": False, "multiattach": False},
    ),
    Place(
        "snapshot", "cinder", "snapshots", "id",
        pairs("volume_id project_id user_id display_name volume_size:size volume_type_id:volume_type status"
              " created_at:created updated_at:updated"),
        {"volume_id": "v1", "project_id": PROJECT, "user_id": "u1", "display_name": "snap", "volume_size": 10,
         "volume_type_id": "t1", "status": "available", "created_at": MENDED, "updated_at": MENDED, "deleted": 0},
    ),
    Place(
        "backup", "cinder", "backups", "id",
        pairs("volume_id project_id user_id display_name size object_count parent_id snapshot_id status container"
              " availability_zone host data_timestamp created_at:created updated_at:updated"),
        {"volume_id": "v1", "project_id": PROJECT, "user_id": "u1", "display_name": "backup", "size": 10,
         "object_count": 3, "parent_id": None, "snapshot_id": None, "status": "available", "container": "c",
         "availability_zone": "az1", "host": "h", "data_timestamp": MENDED, "created_at": MENDED,
         "updated_at": MENDED, "deleted": 0},
    ),
    Place(
        "volume_attachment", "cinder", "volume_attachment", "id",
        pairs("volume_id instance_uuid:instance_id attached_host mountpoint:device attach_mode:mode"
              " attach_status:status attach_time:attached detach_time:detached created_at:created"
              " updated_at:updated"),
        {"volume_id": "v1", "instance_uuid": "i1", "attached_host": None, "mountpoint": "/dev/vdb",
         "attach_mode": "rw", "attach_status": "attached", "attach_time": MENDED, "detach_time": None,
         "created_at": MENDED, "updated_at": MENDED, "deleted": 0},
    ),
    Place(
        "volume_type", "cinder", "volume_types", "id",
        pairs("name is_public:public description qos_specs_id:qos created_at:created updated_at:updated"),
        {"name": "ssd", "is_public": 1, "description": "fast", "qos_specs_id": None, "created_at": MENDED,
         "updated_at": MENDED, "deleted": 0},
        unsaid={"public": True},
    ),
    Place(
        "image", "glance", "images", "id",
        pairs("owner:project_id name size status created_at:created os_hidden:hidden protected disk_format"
              " container_format min_disk min_ram checksum virtual_size updated_at:updated visibility"),
        {"owner": PROJECT, "name": "debian", "size": 2**32, "status": "active", "created_at": MENDED, "os_hidden": 0,
         "protected": 0, "disk_format": "qcow2", "container_format": "bare", "min_disk": 0, "min_ram": 0,
         "checksum": "abc", "virtual_size": 2**33, "updated_at": MENDED, "visibility": "private", "deleted": 0},
    ),
    Place(
        "network", "neutron", "networks", "id",
        pairs("project_id name status admin_state_up mtu"),
        {"project_id": PROJECT, "name": "net", "status": "ACTIVE", "admin_state_up": 1, "mtu": 1500,
         "standard_attr_id": 1},
        unsaid={"project_id": None},
    ),
    Place(
        "floating_ip", "neutron", "floatingips", "id",
        pairs("project_id floating_ip_address:address floating_network_id:network_id fixed_port_id:port_id"
              " fixed_ip_address:fixed_ip router_id status"),
        {"project_id": PROJECT, "floating_ip_address": "203.0.113.5", "floating_network_id": "n1",
         "fixed_port_id": None, "fixed_ip_address": None, "router_id": None, "status": "DOWN",
         "standard_attr_id": 1, "floating_port_id": "p1"},
        unsaid={"project_id": None},
    ),
    Place(
        "stack", "heat", "stack", "id",
        pairs("tenant:project_id name action status created_at:created updated_at:updated"),
        {"tenant": PROJECT, "name": "web", "action": "CREATE", "status": "COMPLETE", "created_at": MENDED,
         "updated_at": MENDED, "deleted_at": None, "backup": 0, "owner_id": None},
    ),
    Place(
        "project", "keystone", "project", "id",
        pairs("name:display_name description domain_id parent_id"),
        {"name": "laser", "description": "the first", "domain_id": "default", "parent_id": "default", "enabled": 1,
         "is_domain": 0, "extra": "{}"},
        swayed=frozenset({"organisation", "personal"}),
    ),
    Place(
        "user", "keystone", "user", "id",
        pairs("default_project_id:default_project enabled domain_id created_at:created last_active_at:last_active"),
        {"default_project_id": PROJECT, "enabled": 1, "domain_id": "default", "created_at": MENDED,
         "last_active_at": "2026-03-01", "extra": "{}"},
    ),
    Place(
        "user_group", "keystone", "group", "id",
        pairs("name description domain_id"),
        {"name": "staff", "description": "all of them", "domain_id": "default", "extra": "{}"},
    ),
    Place(
        "allocation", "dashboard", "rcallocation_allocationrequest", "id",
        pairs("project_name contact_email approver_email start_date end_date modified_time field_of_research_1"
              " for_percentage_1 funding_node"),
        {"project_name": "Laser", "contact_email": "a@example.org", "approver_email": "b@example.org", "status": "A",
         "start_date": "2026-01-01", "end_date": "2026-12-31", "modified_time": MENDED, "field_of_research_1": "0101",
         "for_percentage_1": 100, "funding_node": "north", "parent_request_id": None},
    ),
)  # fmt: skip
