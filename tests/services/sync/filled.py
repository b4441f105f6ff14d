"""A cloud with a dozen of everything, each region with ids of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.openstack import Cloud
from tests.services.sync.life import flavour_text

DOZEN = range(12)
BORN = datetime(2026, 3, 1, 12)
CELL0 = "00000000-0000-0000-0000-000000000000"
ROOT = "<<keystone.domain.root>>"


def fill(cloud: Cloud, region: str) -> None:
    """Put a dozen of everything into the cloud; `region` is one letter of a to f, which its ids begin with."""
    for part in (_keystone, _nova_api, _cell, _cinder, _glance):
        part(cloud, region)


def key(region: str, kind: int, number: int) -> str:
    """The uuid of a row."""
    return f"{region * 8}-{kind:04}-0000-0000-{number:012}"


def project(region: str, number: int) -> str:
    return key(region, 1, number).replace("-", "")


def _at(number: int) -> datetime:
    return BORN + timedelta(hours=number)


def _keystone(cloud: Cloud, region: str) -> None:
    domain = {"domain_id": ROOT, "is_domain": 1, "extra": "{}"}
    cloud.insert("keystone", "project", id=ROOT, name=ROOT, enabled=0, **domain)
    cloud.insert("keystone", "project", id="default", name="Default", enabled=1, **domain)
    ids = [(project(region, number), project(region, 100 + number)) for number in DOZEN]
    own = {"domain_id": "default", "enabled": 1, "extra": "{}"}
    _many(cloud, "keystone", "project", [{"id": one, "name": one, "is_domain": 0, **own} for one, _user in ids])
    _many(cloud, "keystone", "user", [{"id": user, "created_at": BORN, **own} for _one, user in ids])
    _many(cloud, "keystone", "local_user", [
        {"user_id": user, "name": f"user {user}", "domain_id": "default"} for _one, user in ids
    ])  # fmt: skip
    cloud.insert("keystone", "role", id=project(region, 200), name="member")
    _many(cloud, "keystone", "assignment", [
        {"type": "UserProject", "actor_id": user, "target_id": one, "role_id": project(region, 200), "inherited": 0}
        for one, user in ids
    ])  # fmt: skip


def _nova_api(cloud: Cloud, region: str) -> None:
    cloud.insert("nova_api", "cell_mappings", uuid=CELL0, name="cell0")
    cloud.insert("nova_api", "cell_mappings", uuid=key(region, 2, 0), name="cell1")
    sizes = {"memory_mb": 2048, "vcpus": 2, "root_gb": 20, "ephemeral_gb": 0, "is_public": 1, "swap": 0}
    _many(cloud, "nova_api", "flavors", [
        {"id": number + 1, "flavorid": key(region, 3, number), "name": f"m{number}", "created_at": BORN, **sizes}
        for number in DOZEN
    ])  # fmt: skip


def _cell(cloud: Cloud, region: str) -> None:
    sizes = {"vcpus": 2, "memory_mb": 2048, "root_gb": 20, "ephemeral_gb": 0}
    _many(cloud, "nova_cell1", "instances", [
        {
            "uuid": key(region, 4, number), "project_id": project(region, number), "display_name": f"vm{number}",
            "instance_type_id": 1, "vm_state": "active", "host": "cn1", "node": "cn1", "created_at": _at(number),
            "updated_at": _at(number), "deleted": 0, "hidden": 0, **sizes,
        }
        for number in DOZEN
    ])  # fmt: skip
    _many(cloud, "nova_cell1", "instance_extra", [
        {"instance_uuid": key(region, 4, number), "flavor": flavour_text(1, "m0"), "deleted": 0} for number in DOZEN
    ])  # fmt: skip
    _many(cloud, "nova_cell1", "instance_actions", [
        {"instance_uuid": key(region, 4, number), "action": "create", "start_time": _at(number), "deleted": 0}
        for number in DOZEN
    ])  # fmt: skip
    _many(cloud, "nova_cell1", "services", [
        {"uuid": key(region, 5, number), "host": f"cn{number}", "binary": "nova-compute", "deleted": 0}
        for number in DOZEN
    ])  # fmt: skip
    _many(cloud, "nova_cell1", "compute_nodes", [
        {"uuid": key(region, 6, number), "hypervisor_hostname": f"cn{number}", "host": f"cn{number}", "vcpus": 64,
         "memory_mb": 4096, "local_gb": 9, "deleted": 0}
        for number in DOZEN
    ])  # fmt: skip


def _cinder(cloud: Cloud, region: str) -> None:
    kind = key(region, 7, 0)
    cloud.insert("cinder", "volume_types", id=kind, name="ceph", deleted=0, is_public=1)
    common: dict[str, Any] = {"deleted": 0, "status": "available", "volume_type_id": kind}
    for number in DOZEN:
        volume = {"volume_id": key(region, 8, number)}
        own = {"project_id": project(region, number), "created_at": _at(number), "updated_at": _at(number), **common}
        cloud.insert("cinder", "volumes", id=volume["volume_id"], size=10, **own)
        cloud.insert("cinder", "snapshots", id=key(region, 9, number), volume_size=10, **volume, **own)
        cloud.insert(
            "cinder", "volume_attachment", id=key(region, 10, number), attach_status="attached", deleted=0,
            instance_uuid=key(region, 4, number), attach_time=_at(number), updated_at=_at(number), **volume,
        )  # fmt: skip


def _glance(cloud: Cloud, region: str) -> None:
    _many(cloud, "glance", "images", [
        {
            "id": key(region, 11, number), "name": "debian", "owner": project(region, number), "size": 2**30,
            "status": "active", "created_at": _at(number), "updated_at": _at(number), "deleted": 0,
        }
        for number in DOZEN
    ])  # fmt: skip


def _many(cloud: Cloud, database: str, table: str, rows: list[dict[str, Any]]) -> None:
    cloud.insert_many(database, table, rows)
