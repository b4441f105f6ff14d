"""Limits of the sample cloud, wherever OpenStack keeps them.

Nova and neutron store a project's deviations, nova also the cloud-wide default under the class `default`; cinder has
its defaults as rows and also counts what is in use. Unified limits lie in keystone. -1 is unlimited.
"""

from __future__ import annotations

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.table import Row

NOVA_DEFAULTS = {"instances": 20, "cores": 40, "ram": 163840, "server_groups": 10, "key_pairs": 100}
CINDER_DEFAULTS = {
    "volumes": 20, "gigabytes": 2000, "snapshots": 20, "backups": 10, "backup_gigabytes": 1000, "groups": 10,
    "per_volume_gigabytes": -1,
}  # fmt: skip
UNIFIED = {
    "image": {
        "image_size_total": 200000,
        "image_stage_total": 100000,
        "image_count_total": 100,
        "image_count_uploading": 10,
    },
    "compute": {"servers": 20, "class:VCPU": 40, "class:MEMORY_MB": 163840},
}
LARGE = {
    "climate-modelling": 20,
    "machine-learning-gpu": 8,
    "genome-assembly": 12,
    "radio-astronomy": 15,
    "teaching-linux": 6,
}
UNLIMITED = ("admin", "platform-ci")


def found(cloud: Cloud) -> None:
    """The limits of the first day."""
    now = cloud.world.now
    for resource, limit in NOVA_DEFAULTS.items():
        cloud.world["nova_api"]["quota_classes"].insert(
            created_at=now, class_name="default", resource=resource, hard_limit=limit
        )
    for resource, limit in CINDER_DEFAULTS.items():
        cloud.world["cinder"]["quota_classes"].insert(
            created_at=now, deleted=False, class_name="default", resource=resource, hard_limit=limit
        )
    for name, factor in LARGE.items():
        enlarge(cloud, cloud.identity.project(name), factor)
    for name in UNLIMITED:
        _nova(cloud, cloud.identity.project(name), dict.fromkeys(("instances", "cores", "ram"), -1))
        _cinder(cloud, cloud.identity.project(name), dict.fromkeys(("volumes", "gigabytes", "snapshots"), -1))
    _exceptions(cloud)
    _unified(cloud)


def enlarge(cloud: Cloud, project_id: str, factor: int) -> None:
    """A project gets so many times the usual, everywhere."""
    _nova(cloud, project_id, {name: NOVA_DEFAULTS[name] * factor for name in ("instances", "cores", "ram")})
    sizes = {name: CINDER_DEFAULTS[name] * factor for name in ("volumes", "gigabytes", "snapshots", "backups")}
    _cinder(cloud, project_id, sizes | {"gigabytes_ssd": 1000 * factor, "volumes_ssd": 10 * factor})
    cloud.network.limit(project_id, "floatingip", 5 * factor)
    cloud.world.counts["quotas changed"] += 1


def change(cloud: Cloud, project_id: str) -> None:
    """A project's number of instances is raised."""
    quotas = cloud.world["nova_api"]["quotas"]
    for row in quotas.where("project_id", project_id):
        if row["resource"] == "instances" and row["hard_limit"] > 0:
            quotas.change(row, hard_limit=row["hard_limit"] + 10, updated_at=cloud.world.now)
            cloud.world.counts["quotas changed"] += 1
            return
    if not quotas.where("project_id", project_id):
        enlarge(cloud, project_id, 2)


def count(cloud: Cloud) -> None:
    """Cinder's own count of what is in use, brought up to date."""
    used: dict[tuple[str, str], int] = {}
    for volume in cloud.volumes.alive.values():
        if volume["use_quota"]:
            name = cloud.volumes.type_name(volume)
            for resource, amount in (("volumes", 1), ("gigabytes", volume["size"])):
                _add(used, volume, resource, amount)
                _add(used, volume, f"{resource}_{name}", amount)
    for snapshot in cloud.copies.alive["snapshots"].values():
        _add(used, snapshot, "snapshots", 1)
        _add(used, snapshot, "gigabytes", snapshot["volume_size"])
    for backup in cloud.copies.alive["backups"].values():
        _add(used, backup, "backups", 1)
        _add(used, backup, "backup_gigabytes", backup["size"])
    _write(cloud, used)


def _add(used: dict[tuple[str, str], int], row: Row, resource: str, amount: int) -> None:
    key = (row["project_id"], resource)
    used[key] = used.get(key, 0) + amount


def _write(cloud: Cloud, used: dict[tuple[str, str], int]) -> None:
    table = cloud.world["cinder"]["quota_usages"]
    known = {(row["project_id"], row["resource"]): row for row in table}
    for key in [*known, *(key for key in used if key not in known)]:
        amount = used.get(key, 0)
        if key not in known:
            table.insert(
                created_at=cloud.world.now, deleted=False, project_id=key[0], resource=key[1], in_use=amount,
                reserved=0, race_preventer=True,
            )  # fmt: skip
        elif known[key]["in_use"] != amount:
            table.change(known[key], updated_at=cloud.world.now, in_use=amount)


def _nova(cloud: Cloud, project_id: str, limits: dict[str, int]) -> None:
    for resource, limit in limits.items():
        cloud.world["nova_api"]["quotas"].insert(
            created_at=cloud.world.now, project_id=project_id, resource=resource, hard_limit=limit
        )


def _cinder(cloud: Cloud, project_id: str, limits: dict[str, int]) -> None:
    for resource, limit in limits.items():
        cloud.world["cinder"]["quotas"].insert(
            created_at=cloud.world.now, deleted=False, project_id=project_id, resource=resource, hard_limit=limit
        )


def _exceptions(cloud: Cloud) -> None:
    """A user with a limit of their own, and an override that was taken back."""
    course = cloud.identity.project("teaching-linux")
    user = cloud.identity.members(course)[0]
    cloud.world["nova_api"]["project_user_quotas"].insert(
        created_at=cloud.world.now, user_id=user, project_id=course, resource="instances", hard_limit=5
    )
    cloud.world["cinder"]["quotas"].insert(
        created_at=cloud.world.now, deleted=True, deleted_at=cloud.world.now,
        project_id=cloud.identity.project("sandbox"), resource="gigabytes", hard_limit=99999,
    )  # fmt: skip


def _unified(cloud: Cloud) -> None:
    db = cloud.identity.db
    for kind, limits in UNIFIED.items():
        service = next(row["id"] for row in db["service"] if row["type"] == kind)
        for resource, limit in limits.items():
            row = db["registered_limit"].insert(
                id=cloud.dice.hex(), service_id=service, resource_name=resource, default_limit=limit
            )
            if resource in ("image_size_total", "servers"):
                for name, factor in LARGE.items():
                    db["limit"].insert(
                        id=cloud.dice.hex(), project_id=cloud.identity.project(name),
                        registered_limit_id=row["id"], resource_limit=limit * factor,
                    )  # fmt: skip
