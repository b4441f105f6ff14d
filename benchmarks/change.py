"""1,000 changes in one interval, as nova makes them: 500 saves, 300 deletions (15 leave no time), 200 births."""

from __future__ import annotations

from benchmarks.cloud import CELL
from tests.servers import MariaDB


def thousand(server: MariaDB, seed: int) -> None:
    """Change instances of the benchmark's cell; each seed changes others."""
    picked = [
        str(row[0])
        for row in _run(server, f"SELECT id FROM instances WHERE deleted = 0 ORDER BY RAND({seed}) LIMIT 800")
    ]
    saved, deleted, silent = (", ".join(part) for part in (picked[:500], picked[500:785], picked[785:]))
    _run(
        server,
        "UPDATE instances SET updated_at = UTC_TIMESTAMP(), vm_state = IF(vm_state = 'stopped', 'active', 'stopped') "
        f"WHERE id IN ({saved})",
    )
    _run(
        server,
        "UPDATE instances SET updated_at = UTC_TIMESTAMP(), terminated_at = UTC_TIMESTAMP(), vm_state = 'deleted', "
        f"deleted = id, deleted_at = UTC_TIMESTAMP() WHERE id IN ({deleted})",
    )
    _run(server, f"UPDATE instances SET deleted = id, deleted_at = UTC_TIMESTAMP() WHERE id IN ({silent})")
    _born(server, seed)


def _born(server: MariaDB, seed: int) -> None:
    last = int(_run(server, "SELECT MAX(id) FROM instances")[0][0])
    names = "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
    columns = [row[0] for row in _run(server, f"{names} AND table_name = 'instances'")]
    fresh = {
        "id": f"{last} + ROW_NUMBER() OVER ()",
        "uuid": f"INSERT(uuid, 1, 8, LEFT(MD5(CONCAT(uuid, '{last}')), 8))",
        "created_at": "UTC_TIMESTAMP()",
        "updated_at": "IF(MOD(id, 20) = 0, NULL, UTC_TIMESTAMP())",
    }
    names = ", ".join(f"`{name}`" for name in columns)
    values = ", ".join(fresh.get(name, f"`{name}`") for name in columns)
    _run(server, f"INSERT INTO instances ({names}) SELECT {values} FROM instances WHERE deleted = 0 AND id < {last} "
                 f"ORDER BY RAND({seed + 1}) LIMIT 200")  # fmt: skip
    _run(
        server,
        "INSERT INTO instance_extra (created_at, deleted, instance_uuid, flavor) SELECT i.created_at, 0, i.uuid, "
        f"(SELECT flavor FROM instance_extra LIMIT 1) FROM instances i WHERE i.id > {last}",
    )


def _run(server: MariaDB, statement: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = server.execute(statement, database=CELL)
    return rows
