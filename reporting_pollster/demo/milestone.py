"""What happens only once in the sample cloud's two years, and in what state the clock stops.

The traps that chance would rarely set are set here: flavours that are gone or were edited, a dead host, an archive,
and at the last instant everything that can be half done: a request without a cell, a hidden copy in another cell, a
deletion between its two steps, a volume under migration, an image without bytes.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from reporting_pollster.demo import birth, crossing, end, enrichment, flavour, image, life, move
from reporting_pollster.demo.archive import archive
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.history import ARCHIVE_AFTER, DAY


def plan(cloud: Cloud) -> None:
    """Put all of it on the agenda."""
    start, until, at = cloud.world.start, cloud.world.until, cloud.world.at
    span = until - start
    for number, (name, shape) in enumerate(flavour.EDITED.items()):
        at(start + span * (0.3 + number / 5), partial(cloud.flavours.edit, name, shape))
    for number, name in enumerate(flavour.OLD):
        at(start + span * (0.5 + number / 20), partial(cloud.flavours.drop, name))
    at(start + span * 0.6, partial(_retire_image, cloud))
    at(until - span * 0.4, partial(enrichment.found, cloud))
    at(until - 20 * DAY, partial(_trouble, cloud))
    at(until - 3 * DAY, lambda: archive(cloud, cloud.world.now - ARCHIVE_AFTER))
    marine = cloud.identity.project("marine-sensors")
    at(until - timedelta(hours=2), partial(cloud.images.queue, "tonight's upload", marine))
    at(until - timedelta(hours=1), partial(_copy_volume, cloud))
    at(until - timedelta(minutes=50), partial(cloud.network.float, cloud.identity.project("city-open-data")))
    at(until - timedelta(minutes=30), partial(_fill_the_bin, cloud))
    at(until - timedelta(minutes=4), lambda: [cloud.stacks.back_up(stack) for stack in cloud.stacks.tops()[:1]])
    at(until - timedelta(seconds=20), partial(_cross, cloud))
    at(until, partial(_half_deleted, cloud))
    at(until, partial(_old_extras, cloud))
    at(until, partial(birth.request, cloud))


def _fill_the_bin(cloud: Cloud) -> None:
    """One instance is in the bin when the clock stops."""
    for guest in list(cloud.guests.values()):
        if end.has_bin(guest) and guest.row["vm_state"] == "active":
            life.do(cloud, guest, end.throw_away)
            return


def _cross(cloud: Cloud) -> None:
    """One instance is on its way to another cell when the clock stops."""
    for guest in list(cloud.guests.values()):
        if guest.cell == "cell1" and guest.row["vm_state"] == "active" and not guest.row["task_state"]:
            crossing.depart(cloud, guest, "cell2")
            return


def _half_deleted(cloud: Cloud) -> None:
    """One instance is between the save and the soft delete when the clock stops."""
    for guest in list(cloud.guests.values())[-50:]:
        if guest.row["vm_state"] == "active" and not guest.row["task_state"]:
            end.delete_now(cloud, guest)
            end.deleted(cloud, guest)
            return


def _old_extras(cloud: Cloud) -> None:
    """A few old rows were written before nova kept the flavour beside the instance; their flavours still exist."""
    known = {row["id"] for row in cloud.world["nova_api"]["flavors"]}
    cell = cloud.world["cell1"]
    old = [row for row in cell["instances"] if row["deleted"] and row["instance_type_id"] in known][:5]
    for row in old:
        cell["instance_extra"].change(cell["instance_extra"].where("instance_uuid", row["uuid"])[0], flavor=None)


def _copy_volume(cloud: Cloud) -> None:
    """One volume is on its way to another backend when the clock stops."""
    for volume in cloud.volumes.at_rest():
        if volume["status"] == "available":
            cloud.volumes.copying(volume)
            return


def _retire_image(cloud: Cloud) -> None:
    for row in cloud.images.living("public"):
        if row["name"] == image.RETIRED:
            cloud.images.delete(row)


def _trouble(cloud: Cloud) -> None:
    """A host dies, and those of its guests that run are built again elsewhere."""
    cloud.hosts.trouble()
    up = {place.host for place in cloud.hosts.places}
    dead = {row["host"] for row in cloud.world["cell1"]["services"] if row["forced_down"]} - up
    for guest in list(cloud.guests.values()):
        if guest.row["host"] in dead and guest.row["vm_state"] == "active" and not guest.row["task_state"]:
            life.do(cloud, guest, move.evacuate)
