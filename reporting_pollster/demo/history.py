"""The sample cloud's first day, and what happens in it now and then besides the lives of its instances.

Things that come at a rate have no memory: what was drawn for the time after the clock stopped is forgotten, and drawn
anew when the cloud lives on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from reporting_pollster.demo import birth, enrichment, image, life, quota, storage
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.rack import Racks

DAY = timedelta(days=1)
SPAN = timedelta(days=730)
ARCHIVE_AFTER = 640 * DAY
"""The operators archive what was deleted so long ago."""

Happening = Callable[[Cloud], object]


def found(cloud: Cloud, scale: float) -> None:
    """Everything of the first day."""
    cloud.society.found()
    identity = cloud.identity
    cloud.flavours.found({"climate-modelling": identity.project("climate-modelling")})
    Racks(cloud.world).found(scale)
    cloud.images.found(identity.project("platform-images"))
    cloud.volumes.found(identity.project("hospital-trials"))
    cloud.network.found(identity.project("admin"), identity.project("service"))
    quota.found(cloud)
    _key_pairs(cloud)
    _server_groups(cloud)
    cloud.read()


def now_and_then(cloud: Cloud) -> None:
    """Start everything that comes at a rate."""
    storage.go_on(cloud)
    for per_day, happening in RATES:
        _repeat(cloud, per_day, happening)


def arrivals(cloud: Cloud, count: int) -> list[datetime]:
    """When so many instances are asked for: ever more, by day and on working days; the last ones just now."""
    span = cloud.world.until - cloud.world.start
    found: list[datetime] = []
    while len(found) < count - 3:
        when = cloud.world.start + DAY + (span - DAY) * (math.sqrt(0.25 + 2 * cloud.dice.share()) - 0.5)
        when = when.replace(hour=min(23, max(0, round(9 + 9 * (cloud.dice.share() + cloud.dice.share() - 0.7)))))
        quiet = when.weekday() > 4 and cloud.dice.chance(0.6)
        if not quiet and when < cloud.world.until - timedelta(minutes=5):
            found.append(when)
    just_now = [cloud.world.until - timedelta(seconds=seconds) for seconds in (95, 20, 0)]
    return sorted(found) + just_now[: count - len(found)]


def arrive(cloud: Cloud, ghosts: tuple[str, ...] = ()) -> None:
    """An instance is started, and lives."""
    life.live_on(cloud, birth.born(cloud, ghosts))


def settle(cloud: Cloud) -> None:
    """A new user, with a project of their own."""
    user = cloud.society.settle()
    cloud.world.counts["projects created"] += 1
    cloud.world.counts["users created"] += 1
    row = cloud.identity.db["nonlocal_user"].where("user_id", user)[0]
    enrichment.enrol(cloud, user, row["name"])


def float_or_release(cloud: Cloud) -> None:
    """An address is taken in reserve, or one in reserve is given back."""
    unused = cloud.network.unused()
    if unused and cloud.dice.chance(0.8):
        cloud.network.release(cloud.dice.pick(unused))
        cloud.world.counts["floating IPs released"] += 1
    else:
        project = cloud.dice.pick([row["id"] for row in cloud.identity.projects() if row["enabled"]])
        cloud.network.own_network(project)
        cloud.network.float(project)


def stack(cloud: Cloud) -> None:
    """A stack is made, changed or deleted."""
    tops = cloud.stacks.tops()
    if len(tops) > 25 or (tops and cloud.dice.chance(0.4)):
        cloud.stacks.delete(cloud.dice.pick(tops))
    elif tops and cloud.dice.chance(0.3):
        cloud.stacks.update(cloud.dice.pick(tops))
    else:
        project = cloud.dice.pick([row["id"] for row in cloud.identity.projects() if row["enabled"]])
        name = cloud.dice.pick(("k8s", "slurm", "notebook-hub", "web-tier", "elastic"))
        cloud.stacks.create(project, f"{name}-{cloud.dice.hex(3)}", cloud.dice.number(0, 3))


def drop_image(cloud: Cloud) -> None:
    """A private image is deleted."""
    copies = [row for row in cloud.images.living("private", "shared") if "shelved" not in row["name"]]
    if len(copies) > 30:
        cloud.images.delete(cloud.dice.pick(copies))
        cloud.world.counts["images deleted"] += 1


def publish(cloud: Cloud) -> None:
    """The platform team brings a base image up to date."""
    fresh = [name for name in image.BASES if name != image.RETIRED]
    cloud.images.publish(cloud.dice.pick(fresh), cloud.identity.project("platform-images"))
    cloud.world.counts["images created"] += 1


RATES: tuple[tuple[Callable[[Cloud], float], Happening], ...] = (
    (lambda cloud: 0.9, storage.order),
    (storage.busy, storage.touch),
    (lambda cloud: storage.waste(cloud, "snapshots"), lambda cloud: storage.forget(cloud, "snapshots")),
    (lambda cloud: storage.waste(cloud, "backups"), lambda cloud: storage.forget(cloud, "backups")),
    (lambda cloud: 0.25, float_or_release),
    (lambda cloud: 0.12, stack),
    (lambda cloud: 0.8, drop_image),
    (lambda cloud: 0.06, publish),
    (lambda cloud: 0.05, enrichment.amend),
)
"""How often a day."""


def _repeat(cloud: Cloud, per_day: Callable[[Cloud], float], happening: Happening) -> None:
    def happen() -> None:
        happening(cloud)
        _repeat(cloud, per_day, happening)

    cloud.world.after(cloud.dice.wait(per_day(cloud)), happen)


def _key_pairs(cloud: Cloud) -> None:
    for row in cloud.identity.db["user"]:
        for name in cloud.dice.some(("laptop", "work", "id_ed25519"), cloud.dice.number(0, 2)):
            digits = cloud.dice.hex(32)
            cloud.world["nova_api"]["key_pairs"].insert(
                created_at=cloud.world.now, name=name, user_id=row["id"], type="ssh",
                fingerprint=":".join(digits[at : at + 2] for at in range(0, 32, 2)),
            )  # fmt: skip


def _server_groups(cloud: Cloud) -> None:
    api = cloud.world["nova_api"]
    for name in ("climate-modelling", "city-open-data"):
        project = cloud.identity.project(name)
        user = cloud.identity.members(project)[0]
        group = api["instance_groups"].insert(
            created_at=cloud.world.now, uuid=cloud.dice.uuid(), name="spread", project_id=project, user_id=user
        )
        api["instance_group_policy"].insert(
            created_at=cloud.world.now, group_id=group["id"], policy="anti-affinity", rules="{}"
        )
