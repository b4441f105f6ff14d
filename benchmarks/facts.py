"""A reporting database with the facts of many instances, made inside the server: a year, ten actions each.

One in ten lives, one in five was resized, 2,000 projects use four of 40 flavours each and one of four zones.
"""

from __future__ import annotations

from tests.servers import MariaDB

REGION = "bench"
CELL = "cell1"
PROJECTS = 2000
_YEAR = 365 * 86_400
_HOUR = 3600

# name, and when its end lies in the life of an instance (thousandths); half of them change the state or the size
ACTIONS = (
    ("create", 0),
    ("attach_volume", 10),
    ("stop", 150),
    ("start", 200),
    ("createImage", 300),
    ("reboot", 400),
    ("resize", 500),
    ("confirmResize", 510),
    ("lock", 700),
    ("detach_volume", 800),
)


def make(server: MariaDB, database: str, instances: int) -> None:
    """Fill the tables of an upgraded reporting database as a sync an hour ago would have left them."""
    for statement in (*_flavours(), *_instances(instances), *_actions(instances), *_migrations(instances), *_state()):
        server.execute(statement, database=database)
    server.execute("ANALYZE TABLE instance, instance_action, migration", database=database)


def make_plain(server: MariaDB, database: str, instances: int) -> None:
    """Instances alone, over five years, none of them resized."""
    for statement in (*_flavours(), *_instances(instances, seconds=5 * _YEAR, resized="FALSE")):
        server.execute(statement, database=database)
    server.execute("ANALYZE TABLE instance", database=database)


def _uuid(prefix: str) -> str:
    hashed = f"MD5(CONCAT('{prefix}', seq))"
    return f"LOWER(INSERT(INSERT(INSERT(INSERT({hashed}, 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))"


NOW = "TIMESTAMP(UTC_DATE())"
_STAMPS = f"'{REGION}', {NOW}, {NOW}, {NOW}"
_BOOKKEEPING = "region, first_seen, known_from, changed_at"
_RESIZED = "MOD(seq, 5) = 0"
_FLAVOUR = "MOD(MOD(seq, 2000) + MOD(seq DIV 2000, 4), 40)"


def _born(count: int, seconds: int = _YEAR) -> str:
    return f"({NOW} - INTERVAL {seconds} SECOND + INTERVAL FLOOR(seq * ({seconds} - {_HOUR}) / {count}) SECOND)"


def _life(count: int, seconds: int = _YEAR) -> str:
    """Seconds; of those that live on, until now."""
    left = f"TIMESTAMPDIFF(SECOND, {_born(count, seconds)}, {NOW})"
    return f"IF(MOD(seq, 10) = 0, {left}, FLOOR({left} * MOD(seq * 7919, 100003) / 100003))"


def _flavours() -> tuple[str, ...]:
    return (
        (
            f"INSERT INTO flavour (id, uuid, name, vcpus, memory, root, ephemeral, public, active, {_BOOKKEEPING}) "
            "SELECT seq, CONCAT('f-', seq), CONCAT('m1.', seq), 1 + MOD(seq, 8), 1024 * (1 + MOD(seq, 8)), 40, 0, "
            f"1, 1, {_STAMPS} FROM seq_0_to_40"
        ),
    )


def _instances(count: int, seconds: int = _YEAR, resized: str = _RESIZED) -> tuple[str, ...]:
    born, life = _born(count, seconds), _life(count, seconds)
    number = f"({_FLAVOUR} + IF({resized}, 1, 0))"
    lives = "MOD(seq, 10) = 0"
    died = f"IF({lives}, NULL, {born} + INTERVAL {life} SECOND)"
    return (
        f"""
        INSERT INTO instance (id, project_id, name, vcpus, memory, root, ephemeral, flavour, flavour_uuid, flavour_name,
            created_by, created, deleted, launched, `terminated`, updated, vm_state, power_state, host, hypervisor,
            availability_zone, cell_name, source_id, active, {_BOOKKEEPING})
        SELECT {_uuid("i")}, MD5(CONCAT('p', MOD(seq, {PROJECTS}))), CONCAT('instance-', seq), 1 + MOD({number}, 8),
            1024 * (1 + MOD({number}, 8)), 40, 0, {number}, CONCAT('f-', {number}), CONCAT('m1.', {number}),
            MD5(CONCAT('u', MOD(seq, 5000))), {born}, {died}, LEAST({born} + INTERVAL 30 SECOND, {NOW}),
            {died}, COALESCE({died}, {born} + INTERVAL 40 SECOND), IF({lives}, 'active', 'deleted'), 1,
            CONCAT('compute', MOD(seq, 400)), CONCAT('compute', MOD(seq, 400)), CONCAT('az', MOD(seq, 4)), '{CELL}',
            seq, IF({lives}, 1, 0), {_STAMPS} FROM seq_1_to_{count}""",
    )


def _actions(count: int) -> tuple[str, ...]:
    born, life = _born(count), _life(count)
    return tuple(
        f"""
        INSERT INTO instance_action (id, cell_name, instance_id, action, request_id, user_id, project_id, started,
            finished, active, {_BOOKKEEPING})
        SELECT seq * 10 + {number}, '{CELL}', {_uuid("i")}, {_action(name)}, CONCAT('req-', seq, '-{number}'), 'u', 'p',
            {born} + INTERVAL FLOOR({life} * {share} / 1000) SECOND,
            {born} + INTERVAL FLOOR({life} * {share} / 1000) + 31 SECOND, 1, {_STAMPS} FROM seq_1_to_{count}"""
        for number, (name, share) in enumerate(ACTIONS)
    )


def _action(name: str) -> str:
    """Who was not resized was rebooted instead."""
    return f"IF({_RESIZED}, '{name}', 'reboot')" if "esize" in name else f"'{name}'"


def _migrations(count: int) -> tuple[str, ...]:
    at = f"({_born(count)} + INTERVAL FLOOR({_life(count)} / 2) + 5 SECOND)"
    return (
        f"""
        INSERT INTO migration (id, cell_name, uuid, instance_id, type, status, source_host, dest_host, old_flavour,
            new_flavour, created, updated, active, {_BOOKKEEPING})
        SELECT seq, '{CELL}', {_uuid("m")}, {_uuid("i")}, 'resize', 'confirmed', 'compute0', 'compute1', {_FLAVOUR},
            {_FLAVOUR} + 1, {at}, {at} + INTERVAL 90 SECOND, 1, {_STAMPS} FROM seq_1_to_{count} WHERE {_RESIZED}""",
    )


def _state() -> tuple[str, ...]:
    return tuple(
        "INSERT INTO sync_state (table_name, region, source, loaded, cursors, seen_at) VALUES "
        f"('{table}', '{REGION}', '{CELL}', 1, '{{}}', {NOW})"
        for table in ("instance", "instance_action", "migration")
    )
