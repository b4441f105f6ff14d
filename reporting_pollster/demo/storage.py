"""What happens to volumes, snapshots and backups by themselves, whatever instances do with them."""

from __future__ import annotations

from functools import partial

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.table import Row
from reporting_pollster.demo.volume import SIZES

RATES = {"snapshot": 0.008, "backup": 0.004, "extend": 0.003, "retype": 0.001, "delete": 1 / 90}
"""Per volume and day."""
KEPT = {"snapshots": 0.03, "backups": 0.012}
"""Deletions per copy and day."""


def order(cloud: Cloud) -> Row:
    """Somebody creates a volume for later."""
    project = cloud.dice.pick([row["id"] for row in cloud.identity.projects() if row["enabled"]])
    user = cloud.dice.pick(cloud.identity.members(project) or [""])
    name = cloud.dice.pick(("data", "scratch", "results", "home", "résultats", "", "backup-disk"))
    hospital = project == cloud.identity.project("hospital-trials")
    kind = "encrypted" if hospital else cloud.dice.pick(("standard", "ssd", "__DEFAULT__"))
    volume = cloud.volumes.create(project, user, name, cloud.dice.pick(SIZES), kind)
    cloud.world.after(cloud.dice.seconds(3, 12), partial(made, cloud, volume))
    return volume


def made(cloud: Cloud, volume: Row) -> None:
    """The backend answers, nearly always well."""
    if volume["status"] == "creating":
        (cloud.volumes.fail if cloud.dice.chance(0.01) else cloud.volumes.finish)(volume)


def busy(cloud: Cloud) -> float:
    """How often a day something happens to a volume."""
    return sum(RATES.values()) * max(20, len(cloud.volumes.alive))


def waste(cloud: Cloud, table: str) -> float:
    """How often a day a snapshot or backup is deleted."""
    return KEPT[table] * max(10, len(cloud.copies.alive[table]))


def touch(cloud: Cloud) -> None:
    """Something happens to one of the volumes."""
    volume = cloud.dice.pick(list(cloud.volumes.alive.values()) or [{}])
    act = cloud.dice.weighed(RATES)
    if not volume or not cloud.volumes.is_at_rest(volume):
        return
    if act == "snapshot":
        snapshot(cloud, volume)
    elif act == "backup":
        backup(cloud, volume)
    elif act == "retype":
        cloud.volumes.retype(volume, "ssd")
    elif volume["status"] == "available" and act == "extend":
        cloud.volumes.extend(volume)
    elif volume["status"] == "available" and act == "delete":
        drop(cloud, volume)


def snapshot(cloud: Cloud, volume: Row) -> None:
    """A snapshot, ready in a moment."""
    row = cloud.copies.snapshot(volume, f"{cloud.world.now:%Y-%m-%d}")
    cloud.world.after(cloud.dice.seconds(2, 20), partial(cloud.copies.finish_snapshot, row))


def backup(cloud: Cloud, volume: Row) -> None:
    """A backup, ready in some minutes."""
    row = cloud.copies.backup(volume, f"backup-{cloud.world.now:%Y%m%d}")
    cloud.world.after(cloud.dice.seconds(60, 900), partial(cloud.copies.finish_backup, row))


def forget(cloud: Cloud, table: str) -> None:
    """A snapshot or backup is deleted; a backup not before its children."""
    alive = [row for row in cloud.copies.alive[table].values() if row["status"] == "available"]
    free = [row for row in alive if not row.get("num_dependent_backups")]
    if free:
        cloud.copies.delete(table, cloud.dice.pick(free))


def drop(cloud: Cloud, volume: Row) -> None:
    """Delete a volume that nothing hangs on."""
    if not cloud.copies.snapshots_of(volume):
        cloud.volumes.delete(volume)


def go_on(cloud: Cloud) -> None:
    """What the clock stopped in the middle of is finished."""
    for volume in cloud.volumes.alive.values():
        if cloud.volumes.is_copy(volume):
            cloud.world.after(cloud.dice.seconds(60, 600), partial(cloud.volumes.copied, volume))
        elif volume["status"] == "creating" and not cloud.volumes.attachments(volume):
            cloud.world.after(cloud.dice.seconds(3, 12), partial(made, cloud, volume))
    for row in cloud.copies.alive["snapshots"].values():
        if row["status"] == "creating":
            cloud.world.after(cloud.dice.seconds(2, 20), partial(cloud.copies.finish_snapshot, row))
    for row in cloud.copies.alive["backups"].values():
        if row["status"] == "creating":
            cloud.world.after(cloud.dice.seconds(60, 900), partial(cloud.copies.finish_backup, row))
