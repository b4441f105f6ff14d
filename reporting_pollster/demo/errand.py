"""What is sure to happen when a sample cloud lives on, however short: something in every service.

Chance alone may leave a service untouched for a day, and then the next sync would have nothing to show for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from reporting_pollster.demo import disk, end, enrichment, flavour, history, life, move, power, quota, resize, storage
from reporting_pollster.demo.archive import archive
from reporting_pollster.demo.cloud import Act, Cloud
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.table import Row, moment

Errand = Callable[[Cloud], object]


def run(cloud: Cloud) -> None:
    """Put all errands on the agenda, more of each the longer the time."""
    span = cloud.world.until - cloud.world.start
    days = span / history.DAY
    for per_day, errand in ERRANDS:
        for _ in range(max(1, round(per_day * days))):
            cloud.world.at(cloud.world.start + span * 0.9 * cloud.dice.share(), partial(errand, cloud))
    for per_day, errand in RARE:
        if cloud.dice.chance(per_day * days):
            cloud.world.at(cloud.world.start + span * cloud.dice.share(), partial(errand, cloud))


def tidy(cloud: Cloud) -> None:
    """The operators archive the oldest deleted rows."""
    deleted = sorted(r["deleted_at"] for cell in cloud.world.cells.values() for r in cell["instances"] if r["deleted"])
    if deleted:
        second = moment(deleted[min(1, len(deleted) - 1)]) + timedelta(seconds=1)
        archive(cloud, max(cloud.world.now - history.ARCHIVE_AFTER, second))


def _with_one(act: Act, *, state: str = "active", fit: Callable[[Cloud, Guest], bool] | None = None) -> Errand:
    """The act happens to one instance that is in this state and at rest."""

    def errand(cloud: Cloud) -> None:
        candidates = [
            guest
            for guest in cloud.guests.values()
            if guest.row["vm_state"] == state and not guest.row["task_state"] and (fit is None or fit(cloud, guest))
        ]
        if candidates:
            life.do(cloud, cloud.dice.pick(candidates), act)

    return errand


def _has_data(cloud: Cloud, guest: Guest) -> bool:
    return any(row["mountpoint"] != "/dev/vda" for row in cloud.volumes.attached_to(guest.uuid))


def _grant(cloud: Cloud) -> None:
    user = cloud.dice.pick([row["user_id"] for row in cloud.identity.db["nonlocal_user"]])
    project = cloud.dice.pick([row["id"] for row in cloud.identity.projects() if row["enabled"]])
    cloud.identity.grant("UserProject", user, project, cloud.dice.pick(("reader", "heat_stack_owner")))
    cloud.world.counts["roles granted"] += 1


def _withdraw(cloud: Cloud) -> None:
    member = cloud.identity.role("member")
    held = [row for row in cloud.identity.db["assignment"].where("role_id", member) if row["type"] == "UserProject"]
    free = [row for row in held if len(cloud.identity.members(row["target_id"])) > 1]
    if free:
        cloud.identity.withdraw(cloud.dice.pick(free))
        cloud.world.counts["roles withdrawn"] += 1


def _forget_project(cloud: Cloud) -> None:
    used = {guest.row["project_id"] for guest in cloud.guests.values()}
    empty = [r for r in cloud.identity.projects() if r["name"].startswith("pt-") and r["id"] not in used]
    if empty:
        cloud.identity.forget_project(cloud.dice.pick(empty))
        cloud.world.counts["projects deleted"] += 1


def _quota(cloud: Cloud) -> None:
    quota.change(cloud, cloud.identity.project(cloud.dice.pick(tuple(quota.LARGE))))


def _edit_flavour(cloud: Cloud) -> None:
    name = cloud.dice.pick(("m3.small", "m3.medium", "m3.large"))
    row = cloud.flavours.named(name)
    cloud.flavours.edit(name, flavour.Shape(row["vcpus"], row["memory_mb"], row["root_gb"] + 10))
    cloud.world.counts["flavours changed"] += 1


def _copy_volume(cloud: Cloud, copy: Callable[[Cloud, Row], None]) -> None:
    copy(cloud, cloud.dice.pick(cloud.volumes.at_rest()))


def _drop_volume(cloud: Cloud) -> None:
    free = [row for row in cloud.volumes.at_rest() if row["status"] == "available" and not row["bootable"]]
    free = [row for row in free if not cloud.copies.snapshots_of(row)]
    if free:
        cloud.volumes.delete(cloud.dice.pick(free))


def _float(cloud: Cloud) -> None:
    project = cloud.dice.pick([row["id"] for row in cloud.identity.projects() if row["enabled"]])
    cloud.network.own_network(project)
    cloud.network.float(project)


def _stack(cloud: Cloud) -> None:
    project = cloud.dice.pick([row["id"] for row in cloud.identity.projects() if row["enabled"]])
    cloud.stacks.create(project, f"web-tier-{cloud.dice.hex(3)}", 2)


ERRANDS: tuple[tuple[float, Errand], ...] = (
    (0.3, history.settle),
    (0.5, _grant),
    (0.3, _withdraw),
    (0.2, _quota),
    (0.5, _with_one(power.stop)),
    (0.4, _with_one(resize.resize, fit=resize.is_resizable)),
    (0.5, _with_one(move.shelve, fit=resize.is_resizable)),
    (0.5, _with_one(move.live_migrate, fit=resize.is_resizable)),
    (0.5, _with_one(end.delete)),
    (0.2, _with_one(end.erase)),
    (1.0, _with_one(disk.attach)),
    (1.0, _with_one(disk.detach, fit=_has_data)),
    (0.5, _with_one(power.snapshot)),
    (1.0, storage.order),
    (1.0, lambda cloud: _copy_volume(cloud, storage.snapshot)),
    (0.5, lambda cloud: _copy_volume(cloud, storage.backup)),
    (0.5, _drop_volume),
    (0.2, history.publish),
    (0.3, _float),
    (0.2, _stack),
    (0.2, enrichment.amend),
)
"""How often a day, and once at least."""

RARE: tuple[tuple[float, Errand], ...] = ((0.05, _edit_flavour), (0.05, _forget_project))
"""How often a day, if at all."""
