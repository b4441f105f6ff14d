"""What the server alone would do: INSERT … SELECT of all columns of ours, and the one statement with three ORs."""

from __future__ import annotations

from benchmarks.cloud import CELL
from tests.servers import MariaDB

FROM = f"FROM `{CELL}`.instances i LEFT JOIN `{CELL}`.instance_extra e ON e.instance_uuid = i.uuid"
VIEW = "bench_view"
SHOWN = "(i.hidden = 0 OR i.hidden IS NULL)"
CHANGED = (
    "(i.updated_at >= UTC_TIMESTAMP() - INTERVAL 300 SECOND OR i.deleted_at >= UTC_TIMESTAMP() - INTERVAL 300 SECOND "
    "OR i.created_at >= UTC_TIMESTAMP() - INTERVAL 300 SECOND)"
)

_DATA = """JSON_VALUE(e.flavor, '$.cur."nova_object.data".{}')"""
COLUMNS = {
    "id": "i.uuid",
    "project_id": "i.project_id",
    "name": "i.display_name",
    "vcpus": "i.vcpus",
    "memory": "i.memory_mb",
    "root": "i.root_gb",
    "ephemeral": "i.ephemeral_gb",
    "flavour": "i.instance_type_id",
    "flavour_uuid": _DATA.format("flavorid"),
    "flavour_name": _DATA.format("name"),
    "created_by": "i.user_id",
    "created": "i.created_at",
    "deleted": "IF(i.deleted <> 0, i.deleted_at, NULL)",
    "launched": "i.launched_at",
    "terminated": "i.terminated_at",
    "updated": "i.updated_at",
    "vm_state": "i.vm_state",
    "task_state": "i.task_state",
    "power_state": "i.power_state",
    "image": "i.image_ref",
    "key_name": "i.key_name",
    "hostname": "i.hostname",
    "host": "i.host",
    "hypervisor": "i.node",
    "availability_zone": "i.availability_zone",
    "cell_name": "'cell1'",
    "source_id": "i.id",
    "region": "'bench'",
    "active": "i.deleted = 0",
}
_STAMPS = {
    "first_seen": "UTC_TIMESTAMP()",
    "known_from": "UTC_TIMESTAMP()",
    "changed_at": "UTC_TIMESTAMP()",
}


def create_view(server: MariaDB) -> None:
    """The same columns for others to read, in the cell's database."""
    names = ", ".join(f"{expression} AS `{name}`" for name, expression in COLUMNS.items())
    server.execute(f"CREATE VIEW {VIEW} AS SELECT {names} {FROM} WHERE {SHOWN}", database=CELL)


def insert_select(server: MariaDB, database: str) -> None:
    """Fill an empty instance table of ours by one statement inside the server."""
    columns = {**COLUMNS, **_STAMPS}
    names = ", ".join(f"`{name}`" for name in columns)
    server.execute(
        f"INSERT INTO `{database}`.instance ({names}) SELECT {', '.join(columns.values())} {FROM} WHERE {SHOWN}"
    )


def upsert_changed(server: MariaDB, database: str) -> int:
    """The naive cycle: one statement that asks for three times, and upserts of what it gives."""
    columns = {**COLUMNS, **_STAMPS}
    rows = server.execute(f"SELECT {', '.join(columns.values())} {FROM} WHERE {SHOWN} AND {CHANGED}")
    names = ", ".join(f"`{name}`" for name in columns)
    updates = ", ".join(f"`{name}` = VALUES(`{name}`)" for name in columns if name not in ("id", "region"))
    marks = ", ".join(["%s"] * len(columns))
    with server.connect(database) as connection, connection.cursor() as cursor:
        connection.begin()
        cursor.executemany(f"INSERT INTO instance ({names}) VALUES ({marks}) ON DUPLICATE KEY UPDATE {updates}", rows)
        connection.commit()
    return len(rows)


def differences(server: MariaDB, database: str) -> int:
    """Instances of the source that ours has not, or not to the byte, in any column; plus rows of ours too many."""
    same = " AND ".join(
        f"BINARY t.`{name}` <=> BINARY ({expression})" for name, expression in COLUMNS.items() if name != "id"
    )
    (equal,) = server.execute(
        f"SELECT COUNT(*) {FROM} JOIN `{database}`.instance t ON t.id = i.uuid AND t.region = 'bench' "
        f"WHERE {SHOWN} AND {same}"
    )[0]
    (theirs,) = server.execute(f"SELECT COUNT(*) FROM `{CELL}`.instances i WHERE {SHOWN}")[0]
    (ours,) = server.execute(f"SELECT COUNT(*) FROM `{database}`.instance")[0]
    return (theirs - equal) + (ours - equal)
