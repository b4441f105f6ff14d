"""A nova cell of any size, made inside the server: five years, nine of ten instances deleted, 2,000 projects.

Rows are as wide as real ones (1.3 KB with their indexes), and the stored flavour is nova's own serialized form.
"""

from __future__ import annotations

from tests.openstack import SCHEMAS
from tests.servers import MariaDB

RELEASE = "2026.2"
CELL = "bench_cell"
API = "bench_api"
LIVING_SHARE = 10  # one of ten lives

_FLAVOUR = (
    '{"cur": {"nova_object.name": "Flavor", "nova_object.namespace": "nova", "nova_object.version": "1.2", '
    '"nova_object.data": {"id": ID, "flavorid": "f-ID", "name": "m1.ID", "vcpus": 4, "memory_mb": 8192, "root_gb": 40, '
    '"ephemeral_gb": 0, "swap": 0, "rxtx_factor": 1.0, "vcpu_weight": 0, "disabled": false, "is_public": true, '
    '"extra_specs": {"hw:cpu_policy": "shared", "quota:disk_total_iops_sec": "500"}, "description": null, '
    '"created_at": "2021-01-01T00:00:00Z", "updated_at": null, "deleted_at": null, "deleted": false}, '
    '"nova_object.changes": ["extra_specs"]}, "old": null, "new": null}'
)


def make(server: MariaDB, instances: int) -> None:
    """The databases of one cell and of nova_api, with this many instances, up to an hour ago."""
    for name, schema in ((CELL, "nova_cell"), (API, "nova_api")):
        server.create_database(name, charset="utf8mb3")
        server.load(name, (SCHEMAS / RELEASE / f"{schema}.sql").read_text())
    for statement in (*_instances(instances), *_satellites()):
        server.execute(statement, database=CELL)
    server.execute("ANALYZE TABLE instances, instance_extra", database=CELL)


def _instances(count: int) -> tuple[str, ...]:
    uuid = "LOWER(INSERT(INSERT(INSERT(INSERT(MD5(CONCAT('i', seq)), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))"
    seconds = 5 * 365 * 86400
    born = f"(UTC_TIMESTAMP() - INTERVAL {seconds} SECOND + INTERVAL FLOOR(seq * ({seconds} - 3600) / {count}) SECOND)"
    lives = f"MOD(seq, {LIVING_SHARE}) = 0"
    left = f"TIMESTAMPDIFF(SECOND, {born}, UTC_TIMESTAMP() - INTERVAL 1800 SECOND)"
    died = f"({born} + INTERVAL FLOOR({left} * MOD(seq * 7919, 100003) / 100003) SECOND)"
    filler = "REPEAT(MD5(seq), 4)"
    return (
        f"""
        INSERT INTO instances (id, uuid, created_at, updated_at, deleted_at, deleted, launched_at, terminated_at,
            user_id, project_id, image_ref, key_name, power_state, vm_state, memory_mb, vcpus, hostname, host, node,
            reservation_id, display_name, availability_zone, instance_type_id, root_gb, ephemeral_gb, hidden, cleaned,
            locked, os_type, launch_index, user_data, key_data, root_device_name, config_drive, display_description)
        SELECT seq, {uuid}, {born}, IF({lives}, {born} + INTERVAL 40 SECOND, {died}),
            IF({lives}, NULL, {died} + INTERVAL 1 SECOND), IF({lives}, 0, seq), {born} + INTERVAL 30 SECOND,
            IF({lives}, NULL, {died}), MD5(CONCAT('u', MOD(seq, 5000))), MD5(CONCAT('p', MOD(seq * 31, 2000))),
            INSERT(MD5(CONCAT('g', MOD(seq, 300))), 9, 0, '-'), CONCAT('key-', MOD(seq, 5000)), IF({lives}, 1, 0),
            IF({lives}, 'active', 'deleted'), 8192, 4, CONCAT('host-', seq), CONCAT('compute', MOD(seq, 400)),
            CONCAT('compute', MOD(seq, 400), '.example.org'), CONCAT('r-', LEFT(MD5(seq), 8)),
            CONCAT('instance-', seq), CONCAT('az', MOD(seq, 4)), MOD(seq, 40), 40, 0, 0, IF({lives}, 0, 1), 0,
            'linux', 0, {filler}, {filler}, '/dev/vda', '', CONCAT('instance-', seq)
        FROM seq_1_to_{count}""",
    )


def _satellites() -> tuple[str, ...]:
    return (
        f"""
        INSERT INTO instance_extra (id, created_at, deleted, instance_uuid, flavor)
        SELECT id, created_at, 0, uuid, REPLACE('{_FLAVOUR}', 'ID', instance_type_id) FROM instances""",
    )
