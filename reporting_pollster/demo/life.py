"""How the instances of the sample cloud go on: from what their row says to what happens to them next.

The row is all there is to know, so a cloud whose clock stopped in the middle of a build or a resize goes on with
just that. Whatever happens to an instance from outside starts its life anew from there, and what was due before is
dropped.
"""

from __future__ import annotations

from datetime import timedelta

from reporting_pollster.demo import birth, crossing, disk, end, move, power, resize
from reporting_pollster.demo.cloud import Act, Cloud
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.habit import rates
from reporting_pollster.demo.host import kind_for
from reporting_pollster.demo.table import moment

Next = tuple[timedelta, Act]

ACTS: dict[str, Act] = {
    "attach_volume": disk.attach,
    "detach_volume": disk.detach,
    "delete": end.delete,
    "live_migrate": move.live_migrate,
    "migrate": move.migrate,
    "resize": resize.resize,
    "shelve": move.shelve,
    "unshelve": move.unshelve,
    "fail": power.fail,
    "lock": power.lock,
    "pause": power.pause,
    "reboot": power.reboot,
    "rebuild": power.rebuild,
    "rename": power.rename,
    "reset": power.reset,
    "resume": power.resume,
    "snapshot": power.snapshot,
    "start": power.start,
    "stop": power.stop,
    "suspend": power.suspend,
    "sync": power.sync,
    "unpause": power.unpause,
}
SOON = timedelta(seconds=90)


def live_on(cloud: Cloud, guest: Guest) -> None:
    """Have the next thing happen to an instance, if its life goes on."""
    guest.turn += 1
    turn = guest.turn
    delay, act = _next(cloud, guest)

    def happen() -> None:
        if guest.turn == turn and not guest.row["deleted"]:
            do(cloud, guest, act)

    cloud.world.after(delay, happen)


def do(cloud: Cloud, guest: Guest, act: Act) -> None:
    """Something happens to an instance, now."""
    act(cloud, guest)
    if not guest.row["deleted"]:
        live_on(cloud, guest)


def _next(cloud: Cloud, guest: Guest) -> Next:
    """What the row says is due: the end of what has begun, or whatever its habits bring."""
    dice = cloud.dice
    state, task = guest.row["vm_state"], guest.row["task_state"]
    if state == "deleted":
        return dice.seconds(0, 2), end.gone
    if task == "deleting":
        return dice.seconds(3, 15), end.deleted
    if state == "building":
        if guest.row["host"]:
            return dice.seconds(8, 50), birth.built
        return (dice.seconds(1, 1), end.erase) if dice.chance(0.005) else (dice.seconds(1, 4), birth.claimed)
    if task == "resize_migrating":
        return dice.seconds(30, 300), crossing.arrive if crossing.is_crossing(guest) else resize.resized
    if state == "resized":
        return dice.wait(1.0) + SOON, resize.revert if dice.chance(0.15) else resize.confirm
    if state == "soft-delete":
        due = moment(guest.row["deleted_at"]) + end.BIN - cloud.world.now
        return (due * dice.share(), end.restore) if dice.chance(0.2) else (due, end.reclaim)
    return _habit(cloud, guest)


def _habit(cloud: Cloud, guest: Guest) -> Next:
    kinds = rates(guest.row["display_name"], guest.row["vm_state"], metal=kind_for(guest.row) == "metal")
    act = cloud.dice.weighed(kinds)
    return cloud.dice.wait(sum(kinds.values())) + SOON, ACTS[act]
