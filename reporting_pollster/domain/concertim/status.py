"""OpenStack's states in Concertim's words.

A word that is not known here must never turn into FAILED: the last status stays, and the word is reported. Some words
mean that there is nothing to show any more.
"""

from __future__ import annotations

from typing import Final

GONE: Final = "GONE"
ACTIVE, STOPPED, SUSPENDED, AVAILABLE = "ACTIVE", "STOPPED", "SUSPENDED", "AVAILABLE"
IN_PROGRESS, FAILED = "IN_PROGRESS", "FAILED"

_INSTANCE = {
    **dict.fromkeys(("active", "rescued", "resized"), ACTIVE),
    **dict.fromkeys(("stopped", "shelved", "shelved_offloaded"), STOPPED),
    **dict.fromkeys(("paused", "suspended"), SUSPENDED),
    **dict.fromkeys(("deleted", "soft-delete"), GONE),
    "building": IN_PROGRESS,
    "error": FAILED,
}
_TRANSIENT_VOLUME = (
    *("attaching", "awaiting-transfer", "backing-up", "creating", "deleting", "detaching", "downloading", "extending"),
    *("maintenance", "managing", "migrating", "reserved", "restoring-backup", "retyping", "unmanaging", "uploading"),
)
_VOLUME = {"in-use": ACTIVE, "available": AVAILABLE, "deleted": GONE, **dict.fromkeys(_TRANSIENT_VOLUME, IN_PROGRESS)}
_NETWORK = {"ACTIVE": ACTIVE, "DOWN": STOPPED, "BUILD": IN_PROGRESS, "ERROR": FAILED}


def of_instance(vm_state: str | None, task_state: str | None) -> str | None:
    """The status of an instance; None when it is not known."""
    known = _INSTANCE.get((vm_state or "").lower())
    return IN_PROGRESS if task_state and known != GONE else known


def of_volume(word: str | None) -> str | None:
    """The status of a volume; None when it is not known."""
    word = (word or "").lower()
    return FAILED if word.startswith("error") else _VOLUME.get(word)


def of_network(word: str | None) -> str | None:
    """The status of a network; None when it is not known."""
    return _NETWORK.get((word or "").upper())


def of_stack(action: str | None, outcome: str | None) -> str | None:
    """The status of a stack; None when it is not known."""
    match (action or "").upper(), (outcome or "").upper():
        case "DELETE", "COMPLETE":
            return GONE
        case "SUSPEND", "COMPLETE":
            return STOPPED
        case _, "COMPLETE":
            return ACTIVE
        case _, "IN_PROGRESS":
            return IN_PROGRESS
        case _, "FAILED":
            return FAILED
        case _:
            return None
