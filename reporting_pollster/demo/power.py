"""What happens to an instance where it is: off and on, paused, rebuilt, renamed, broken, repaired."""

from __future__ import annotations

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.guest import Guest


def stop(cloud: Cloud, guest: Guest) -> None:
    """Its owner switches it off."""
    guest.save(vm_state="stopped", power_state=4)
    guest.record("stop", "compute_stop_instance")
    cloud.world.counts["instances stopped"] += 1


def start(cloud: Cloud, guest: Guest) -> None:
    """And on again."""
    guest.save(vm_state="active", power_state=1)
    guest.record("start", "compute_start_instance")


def suspend(cloud: Cloud, guest: Guest) -> None:
    """Its memory goes to disk."""
    guest.save(vm_state="suspended", power_state=7 if cloud.dice.chance(0.1) else 4)
    guest.record("suspend", "compute_suspend_instance")


def resume(cloud: Cloud, guest: Guest) -> None:
    """And back."""
    guest.save(vm_state="active", power_state=1)
    guest.record("resume", "compute_resume_instance")


def pause(cloud: Cloud, guest: Guest) -> None:
    """It stands still."""
    guest.save(vm_state="paused", power_state=3)
    guest.record("pause", "compute_pause_instance", seconds=(0, 2))


def unpause(cloud: Cloud, guest: Guest) -> None:
    """It goes on."""
    guest.save(vm_state="active", power_state=1)
    guest.record("unpause", "compute_unpause_instance", seconds=(0, 2))


def reboot(cloud: Cloud, guest: Guest) -> None:
    """Only `updated_at` shows it."""
    guest.save()
    guest.record("reboot", "compute_reboot_instance")


def sync(cloud: Cloud, guest: Guest) -> None:
    """Nova saves a power state that it had already: a newer row in which nothing has changed."""
    guest.save()


def rebuild(cloud: Cloud, guest: Guest) -> None:
    """A new image in the same place; nova starts to count its launch anew."""
    if guest.row["image_ref"]:
        guest.save(image_ref=cloud.images.base()["id"], launched_at=guest.world.now)
        guest.record("rebuild", "compute_rebuild_instance", seconds=(20, 60))


def rename(cloud: Cloud, guest: Guest) -> None:
    """Another name of the same kind; the host name stays."""
    word = guest.row["display_name"].split("-")[0]
    guest.save(display_name=f"{word}-{cloud.dice.pick(('prod', 'old', 'für-Jorun', 'blue', '2'))}-{cloud.dice.hex(4)}")


def lock(cloud: Cloud, guest: Guest) -> None:
    """Locked or unlocked."""
    locked = not guest.row["locked"]
    guest.save(locked=locked, locked_by="owner" if locked else None)
    guest.record("lock" if locked else "unlock", seconds=(0, 1))


def snapshot(cloud: Cloud, guest: Guest) -> None:
    """An image of it; older ones of the same instance go now and then."""
    guest.save()
    user = guest.row["user_id"]
    image = cloud.images.snapshot(guest.row, f"{guest.row['display_name']}-{guest.world.now:%Y%m%d}", user)
    guest.record("createImage", "compute_snapshot_instance", seconds=(20, 60))
    cloud.world.counts["images created"] += 1
    if cloud.dice.chance(0.3):
        others = [row["id"] for row in cloud.identity.projects() if row["enabled"]]
        cloud.images.share(image, cloud.dice.some(others, 2))


def fail(cloud: Cloud, guest: Guest) -> None:
    """Something goes wrong with it."""
    guest.fault(
        500, cloud.dice.pick(("libvirtError: internal error: qemu unexpectedly closed the monitor", "Disk I/O error"))
    )
    guest.save(vm_state="error")
    guest.record("reboot", "compute_reboot_instance", failed=True)


def reset(cloud: Cloud, guest: Guest) -> None:
    """An operator sets it right; one that never had a host cannot be."""
    if guest.row["host"]:
        guest.save(vm_state="active", power_state=1)
        guest.record("resetState", seconds=(0, 1))
