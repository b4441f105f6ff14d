"""What tells one OpenStack release from another in its databases, as far as it concerns what we read.

A GRANT on a column that a release lacks fails, so it has to be known which ones came later. Whose account sees only
what it was granted can't take the absence of a column for a proof, though that of an index: those of a table are
listed for everyone who may read anything of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RELEASES = ("2019.2", "2022.2", "2024.1", "2025.1", "2026.2")
OLDEST, NEWEST = RELEASES[0], RELEASES[-1]
Names = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Mark:
    """Something that came with a release: a table, or a column or index of it."""

    since: str
    database: str
    table: str
    column: str | None = None
    index: str | None = None

    def is_in(self, columns: Names, indexes: Names) -> bool:
        """Whether a database shows it."""
        if self.index is not None:
            return self.index in indexes.get(self.table, ())
        return self.table in columns and (self.column is None or self.column in columns[self.table])


_MARKS = (
    Mark("2022.2", "keystone", "alembic_version"),
    Mark("2022.2", "keystone", "expiring_user_group_membership"),
    Mark("2022.2", "keystone", "identity_provider", "authorization_ttl"),
    Mark("2024.1", "keystone", "mapping", "schema_version"),
    Mark("2022.2", "nova_api", "alembic_version"),
    Mark("2022.2", "nova", "block_device_mapping", "encrypted"),
    Mark("2024.1", "nova", "instances", "compute_id"),
    Mark("2024.1", "nova", "instances", index="instances_compute_id_deleted_idx"),
    Mark("2024.1", "nova", "migrations", index="migrations_dest_compute_id_deleted_idx"),
    Mark("2025.1", "nova", "console_auth_tokens", "tls_port"),
    Mark("2026.2", "nova", "migrations", index="migrations_by_src_host_nodes_and_status_idx"),
    Mark("2022.2", "cinder", "volumes", "use_quota"),
    Mark("2022.2", "cinder", "snapshots", "use_quota"),
    Mark("2024.1", "cinder", "volumes", index="volumes_deleted_project_id_idx"),
    Mark("2022.2", "glance", "tasks", "image_id"),
    Mark("2024.1", "glance", "cached_images"),
    Mark("2024.1", "neutron", "porthints"),
    Mark("2025.1", "neutron", "networks", "qinq"),
    Mark("2022.2", "neutron", "networkrbacs", "target_project"),
    Mark("2026.2", "neutron", "ports", index="uniq_ports0id0network_id"),
)


def came_with(database: str, table: str, column: str | None = None) -> str | None:
    """The release since when a table or column is known; None when it is in all of them."""
    for mark in _MARKS:
        if (mark.database, mark.table, mark.index) == (database, table, None) and mark.column in (None, column):
            return mark.since
    return None


def guess(database: str, columns: Names, indexes: Names, *, sees_all: bool) -> tuple[str, str]:
    """The earliest and latest release that a database may be of."""
    earliest, latest = OLDEST, NEWEST
    for mark in _MARKS:
        if mark.database != database:
            continue
        if mark.is_in(columns, indexes):
            earliest = max(earliest, mark.since)
        elif sees_all if mark.index is None else mark.table in indexes:
            latest = min(latest, RELEASES[RELEASES.index(mark.since) - 1])
    return earliest, max(earliest, latest)


def described(earliest: str, latest: str) -> str:
    """A guess in words; what comes after the newest that we know looks like it."""
    if earliest == latest:
        return f"{earliest} or later" if latest == NEWEST else earliest
    joined = " or " if RELEASES.index(latest) - RELEASES.index(earliest) == 1 else " to "
    return f"{earliest}{joined}{latest}" + (" or later" if latest == NEWEST else "")
