"""A reporting database with the rows of a small cloud, and the service that shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, update

from reporting_pollster.domain.concertim.plan import Rules
from reporting_pollster.services.concertim import Concertim as Service
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import writing
from tests.concertim import Concertim
from tests.exports.concertim.cycles import client_of

REGION = "RegionOne"
NOON = datetime(2026, 5, 1, 12)
_BOOKKEEPING = {"region": REGION, "active": True, "first_seen": NOON, "known_from": NOON, "changed_at": NOON}
_KINDS: dict[str, dict[str, Any]] = {
    "project": {"display_name": "physics", "enabled": True, "personal": False},
    "flavour": {"uuid": "f1", "name": "small", "vcpus": 1, "memory": 1024, "root": 10},
    "instance": {"project_id": "p1", "name": "web", "vm_state": "active", "flavour_uuid": "f1", "cell_name": "cell1"},
    "volume": {"project_id": "p1", "display_name": "data", "status": "available", "size": 5, "attached": False},
    "network": {"project_id": "p1", "name": "net", "status": "ACTIVE", "mtu": 1500},
    "stack": {"project_id": "p1", "name": "app", "action": "CREATE", "status": "COMPLETE"},
    "floating_ip": {"project_id": "p1"},
    "volume_type": {},
}


class Rows:
    """What a sync would have written."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        for table in ("flavour", "instance", "volume", "network", "stack"):
            self.read(table)
        self.put("project", "p1")
        self.put("flavour", 1)

    def put(self, table: str, ident: Any, **values: Any) -> None:
        """Add a row."""
        row = {"id": ident, **_BOOKKEEPING, **_KINDS[table], **values}
        with writing(self.engine) as connection:
            connection.execute(insert(whole_metadata().tables[table]).values(row))

    def change(self, table: str, ident: Any, **values: Any) -> None:
        """Change a row."""
        target = whole_metadata().tables[table]
        with writing(self.engine) as connection:
            connection.execute(update(target).where(target.c.id == ident).values(values))

    def read(self, table: str, problem: str | None = None) -> None:
        """Say that a table was read from its source, perhaps not well."""
        target = whole_metadata().tables["sync_state"]
        key = {"table_name": table, "region": REGION, "source": "region"}
        with writing(self.engine) as connection:
            connection.execute(target.delete().where(target.c.table_name == table))
            connection.execute(insert(target).values(loaded=True, cursors="{}", problem=problem, **key))


def service_of(engine: Engine, concertim: Concertim, **rules: Any) -> Service:
    """Return the service."""
    return Service(engine, REGION, client_of(concertim), Rules(**rules))
