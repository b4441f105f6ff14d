"""What users and operators do to an instance, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.journal import Key, at
from tests.oracle.server import SIZES, Server

Operation = Callable[[Server], None]


# -- the beginning


def build(server: Server) -> None:
    """Scheduled, perhaps more than once, and launched."""
    action = _scheduled(server)
    if server.random.random() < 0.1:
        server.move(server.other_host())
        server.pass_time(5, 60)
        server.move(None)
        server.event(action)  # of the host that gave up; another one follows
        server.pass_time(0, 5)
        server.event(action)
    server.move(server.other_host())
    server.pass_time(2, 90)
    server.launch(vm_state="active", task_state=None, power_state=1)
    server.truth.become(server.second, state="active", in_use=True)
    server.settle()
    server.finish(action)
    server.built = server.second


def fail_to_schedule(server: Server) -> None:
    """No host: the instance is buried in cell0."""
    server.appear("cell0", vm_state="building", task_state=None)
    server.second += server.random.choice((0, 0, 1))
    server.save(vm_state="error", task_state=None)
    action = server.request("create")
    server.finish(action, failed=True)
    server.become("error")


def fail_to_build(server: Server) -> None:
    """A host tried and gave up, which is no failed event."""
    action = _scheduled(server)
    server.move(server.other_host())
    server.pass_time(2, 90)
    server.move(None)
    server.save(vm_state="error", task_state=None)
    server.settle()
    server.finish(action)
    server.become("error")


def abandon_build(server: Server) -> None:
    """Deleted while it was built: no save, no termination."""
    action = _scheduled(server)
    hosted = server.random.random() < 0.5
    if hosted:
        server.move(server.other_host())
    server.pass_time(1, 60)
    server.save(task_state="deleting")
    if hosted:
        delete = server.request("delete")
        server.terminate()
        server.settle()
        server.destroy()
        server.finish(delete)
    else:
        server.destroy()
    server.settle()
    server.event(action)


def _scheduled(server: Server) -> Key:
    server.appear("cell1")
    action = server.request("create")
    server.pass_time(0, 5)
    return action


# -- operations that change the state


def _changes(action: str, state: str, *, least: int = 1, most: int = 60, launches: bool = False) -> Operation:
    def operate(server: Server) -> None:
        server.save(task_state=action)
        key = server.request(action)
        server.pass_time(least, most)
        if launches:
            server.launch(vm_state=state, task_state=None)
        else:
            server.save(vm_state=state, task_state=None)
        server.settle()
        server.finish(key)
        server.become(state)

    operate.__name__ = action
    return operate


def shelve(server: Server) -> None:
    """With or without leaving the host at once, as the cloud's habits are."""
    server.save(task_state="shelving")
    key = server.request("shelve")
    server.pass_time(5, 300)
    at_once = server.habits.volume_backed or server.habits.offload_after == 0
    if not server.habits.volume_backed:
        server.save(vm_state="shelved", task_state="shelving_offloading" if at_once else None)
    if at_once:
        server.pass_time(0, 20)
        server.save(vm_state="shelved_offloaded", task_state=None)
        server.move(None)
    server.settle()
    server.finish(key)
    server.become("shelved_offloaded" if at_once else "shelved")


def offload(server: Server) -> None:
    """Asked for; what the host does by itself is below."""
    server.save(task_state="shelving_offloading")
    key = server.request("shelveOffload")
    server.pass_time(1, 30)
    server.save(vm_state="shelved_offloaded", task_state=None)
    server.move(None)
    server.settle()
    server.finish(key)
    server.become("shelved_offloaded")


def offload_by_itself(server: Server) -> None:
    """The host's periodic task records no action."""
    if server.habits.offload_after <= 0:
        return
    server.second += server.habits.offload_after
    server.be_read()
    server.save(vm_state="shelved_offloaded", task_state=None)
    server.move(None)
    server.become("shelved_offloaded")
    server.be_read()


def unshelve(server: Server) -> None:
    """One that left its host is launched anew."""
    server.save(task_state="unshelving")
    key = server.request("unshelve")
    server.pass_time(2, 60)
    if server.state == "shelved_offloaded":
        server.move(server.other_host())
        server.pass_time(2, 60)
        server.launch(vm_state="active", task_state=None)
    else:
        server.save(vm_state="active", task_state=None)
    server.settle()
    server.finish(key)
    server.become("active")


# -- operations that leave the state as it was


def rebuild(server: Server) -> None:
    """A stopped one is stopped again afterwards, one in error is mended."""
    _rebuild(server, server.request("rebuild"))


def evacuate(server: Server) -> None:
    """Away from a host that is down; when that is back, it says so in the migration."""
    server.save(task_state="rebuilding")
    key = server.request("evacuate")
    dest = server.other_host()
    migration = server.migration("evacuation", "accepted", None, dest)
    server.pass_time(1, 20)
    server.set_status(migration, "pre-migrating")
    server.move(dest)
    _rebuild(server, key)
    server.set_status(migration, "done")
    if server.random.random() < 0.5:
        server.pass_time(60, 90000)
        server.set_status(migration, "completed")


def _rebuild(server: Server, key: Key) -> None:
    server.save(task_state="rebuilding")
    server.pass_time(2, 120)
    server.launch(vm_state="active", task_state=None)
    if server.state == "stopped":
        server.save(vm_state="active", task_state="powering-off")
        server.pass_time(1, 10)
        server.save(vm_state="stopped", task_state=None)
    server.settle()
    server.finish(key)
    if server.state == "error":
        server.become("active")


def live_migrate(server: Server) -> None:
    server.save(task_state="migrating")
    key = server.request("live-migration")
    dest = server.other_host()
    migration = server.migration("live-migration", "accepted", None, dest)
    for status in ("queued", "preparing", "running"):
        server.pass_time(0, 30)
        server.set_status(migration, status)
    if server.random.random() < 0.2:
        server.set_status(migration, "error")
        server.save(task_state=None)
        server.finish(key, failed=server.random.random() < 0.5)
        return
    server.move(dest)
    server.save(task_state=None)
    server.set_status(migration, "completed")
    server.settle()
    server.finish(key)


def bystand(server: Server) -> None:
    """Something that is no change of state or size."""
    key = server.request(server.random.choice(("lock", "attach_volume", "createImage", "changePassword")))
    server.pass_time(0, 20)
    server.save(task_state=None)
    server.finish(key, failed=server.random.random() < 0.2)


def touch(server: Server) -> None:
    """A save that changes nothing that is reported."""
    server.save(power_state=server.random.choice((1, 4)))


def fail(server: Server) -> None:
    """An operation that fails and leaves everything as it was."""
    names = {
        "active": ("stop", "pause", "suspend", "reboot", "shelve", "rescue", "resize", "rebuild"),
        "stopped": ("start", "reboot", "shelve", "rescue", "resize"),
        "paused": ("unpause", "reboot"),
        "suspended": ("resume", "reboot"),
        "rescued": ("unrescue",),
        "shelved": ("unshelve",),
        "shelved_offloaded": ("unshelve",),
        "error": ("reboot", "rebuild", "stop"),
    }.get(server.state, ())
    if not names:
        return
    server.save(task_state="busy")
    name = server.random.choice(names)
    key = server.request(name)
    if name == "resize":
        migration = server.migration("resize", "pre-migrating", server.random.choice(SIZES), server.other_host())
        server.pass_time(0, 20)
        server.set_status(migration, "error")
    server.pass_time(0, 60)
    server.save(task_state=None)
    server.settle()
    server.finish(key, failed=True)


def forget(server: Server) -> None:
    """A service dies over an operation: it never ends. After a while an operator resets the state."""
    name = {"active": "stop", "stopped": "start", "paused": "unpause", "suspended": "resume"}.get(server.state)
    if name is None:
        return
    server.save(task_state="busy")
    server.request(name)
    server.pass_time(600, 90000)
    _reset(server, "error")


# -- errors


def break_down(server: Server) -> None:
    """An operation fails and leaves it in error."""
    server.be_read()
    server.save(task_state="busy")
    key = server.request(server.random.choice(("stop", "rescue", "reboot", "rebuild")))
    server.pass_time(0, 60)
    server.save(vm_state="error", task_state=None)
    server.settle()
    server.finish(key, failed=True)
    server.become("error")
    server.be_read()


def reset_to_error(server: Server) -> None:
    _reset(server, "error")


def reset_to_active(server: Server) -> None:
    _reset(server, "active")


def _reset(server: Server, state: str) -> None:
    """Newer releases record it, and end what they record; there are no events.

    A row that is as it was before, once more, tells nothing to those who did not see it otherwise in between.
    """
    server.be_read()
    if server.habits.records_resets:
        key = server.request("resetState", events=False)
        server.journal.update(server.second, key, finish_time=at(server.second))
    server.save(vm_state=state, task_state=None)
    server.become(state)
    server.be_read()


# -- the end


def delete(server: Server) -> None:
    """In every state; what is in the middle of a resize is confirmed before."""
    server.save(task_state="deleting")
    if server.host is None:
        _delete_locally(server)
    else:
        _delete_on_host(server)


def delete_locally(server: Server) -> None:
    """The host is down."""
    server.save(task_state="deleting")
    _delete_locally(server)


def delete_during_another(server: Server) -> None:
    """An operation that is under way fails, before or after the instance is gone."""
    other = {"active": "stop", "stopped": "start", "paused": "unpause"}.get(server.state, "reboot")
    server.save(task_state="busy")
    key = server.request(other)
    server.pass_time(1, 30)
    if server.random.random() < 0.3:
        server.save(task_state="deleting")
        server.event(key, failed=True)
        _delete_on_host(server)
    else:
        delete(server)
        server.settle()
        server.event(key, failed=True)


def soft_delete(server: Server) -> None:
    """The instance waits: to be restored, or reclaimed, or deleted for good."""
    server.save(task_state="soft-deleting", deleted_at=at(server.second))
    if server.host is None:
        _delete_locally(server)
        return
    key = server.request("delete")
    server.pass_time(1, 20)
    server.save(vm_state="soft-delete", task_state=None)
    server.settle()
    server.finish(key)
    server.become("soft_deleted")


def restore(server: Server) -> None:
    key = server.request("restore")
    server.save(task_state="restoring", deleted_at=None)
    server.pass_time(1, 20)
    server.save(vm_state="active", task_state=None)
    server.settle()
    server.finish(key)
    server.become("active")


def reclaim(server: Server) -> None:
    """By the host's periodic task, which records no action."""
    server.second += server.habits.reclaim_after
    server.pass_time(1, 60)
    server.terminate()
    server.settle()
    server.destroy()


def _delete_on_host(server: Server) -> None:
    key = server.request("delete")
    server.pass_time(1, 60)
    server.terminate()
    server.settle()
    server.destroy()
    server.settle()
    server.finish(key)


def _delete_locally(server: Server) -> None:
    """The action is recorded when all is done, and has no events; an instance that never had a host may go unsaved."""
    asked = server.second
    if server.first_launch is not None or server.habits.terminates_the_hostless:
        server.pass_time(0, 5)
        server.terminate()
        server.settle()
        server.destroy()
        server.request("delete", events=False, asked=asked)
    else:
        server.destroy()


CHANGES: dict[str, Operation] = {
    "stop": _changes("stop", "stopped"),
    "start": _changes("start", "active"),
    "reboot": _changes("reboot", "active"),
    "pause": _changes("pause", "paused", least=0, most=3),
    "unpause": _changes("unpause", "active", least=0, most=3),
    "suspend": _changes("suspend", "suspended"),
    "resume": _changes("resume", "active"),
    "rescue": _changes("rescue", "rescued", least=5, launches=True),
    "unrescue": _changes("unrescue", "active"),
}


def _known(*names: str) -> tuple[Any, ...]:
    return tuple(CHANGES[name] for name in names)


# What may happen to an instance in a state; resizes and deletions are in `lifecycle`.
POSSIBLE: dict[str, tuple[Operation, ...]] = {
    "active": (*_known("stop", "reboot", "pause", "suspend", "rescue"), shelve, rebuild, evacuate, live_migrate),
    "stopped": (*_known("start", "start", "reboot", "rescue"), shelve, rebuild, evacuate, reset_to_active),
    "paused": (*_known("unpause", "unpause", "reboot"), shelve, live_migrate),
    "suspended": (*_known("resume", "resume", "reboot"), shelve),
    "rescued": _known("unrescue"),
    "shelved": (unshelve, offload, offload_by_itself),
    "shelved_offloaded": (unshelve,),
    "error": (*_known("reboot", "stop", "rescue"), rebuild, evacuate, reset_to_active),
    "soft_deleted": (restore,),
}
