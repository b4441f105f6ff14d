"""What kinds of instances there are, and how they behave: rates of acts per day, drawn anew after each act.

Rates have no memory, so a cloud that lives on needs to know nothing of an instance but its row: its kind is read from
the first word of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OLD_GENERATION = {"m2.small": 2.0, "m2.medium": 2.0, "m2.large": 1.0, "m2.xlarge": 0.5}


@dataclass(frozen=True)
class Kind:
    """A way of using instances."""

    words: tuple[str, ...]
    share: float
    life_days: float
    flavours: Mapping[str, float]
    projects: tuple[str, ...] = ()
    boots_from_volume: float = 0.0
    data_volume: float = 0.0
    floating: float = 0.0
    habits: Mapping[str, float] | None = None


SERVER_HABITS = {
    "stop": 0.004, "reboot": 0.01, "resize": 0.0015, "live_migrate": 0.003, "migrate": 0.0005, "snapshot": 0.005,
    "attach_volume": 0.004, "detach_volume": 0.003, "sync": 0.03, "rename": 0.002, "lock": 0.001, "rebuild": 0.001,
    "fail": 0.0004, "pause": 0.0005, "suspend": 0.001,
}  # fmt: skip

KINDS = {
    "ci": Kind(
        words=("runner",),
        share=0.30,
        life_days=0.12,
        flavours={"t3.small": 3, "m3.small": 5, "m3.medium": 2},
        projects=("platform-ci", "genome-assembly-ci", "sandbox"),
    ),
    "job": Kind(
        words=("job", "sweep", "fit", "assembly"),
        share=0.22,
        life_days=3.5,
        flavours={"m3.large": 3, "m3.xlarge": 2, "c3.large": 3, "c3.xxlarge": 1, "r3.large": 2, **OLD_GENERATION},
        habits={"reboot": 0.02, "sync": 0.2, "fail": 0.01, "attach_volume": 0.02, "detach_volume": 0.02},
    ),
    "node": Kind(
        words=("worker", "master"),
        share=0.16,
        life_days=120,
        flavours={"m3.medium": 3, "m3.large": 5, "r3.large": 1},
        data_volume=0.3,
        habits={"reboot": 0.02, "live_migrate": 0.003, "sync": 0.03, "attach_volume": 0.015, "detach_volume": 0.013},
    ),
    "server": Kind(
        words=("web", "db", "api", "jupyter", "gitlab", "store", "gateway", "sensor", "geoserver", "license"),
        share=0.18,
        life_days=500,
        flavours={"t3.nano": 1, "t3.small": 3, "m3.small": 4, "m3.medium": 4, "m3.large": 2, **OLD_GENERATION},
        boots_from_volume=0.3,
        data_volume=0.5,
        floating=0.5,
        habits=SERVER_HABITS,
    ),
    "desktop": Kind(
        words=("desktop", "student"),
        share=0.14,
        life_days=150,
        flavours={"m3.small": 3, "m3.medium": 4, "t3.small": 1},
        projects=("vdi-pilot", "teaching-linux", "hospital-trials"),
        boots_from_volume=0.4,
        habits={"stop": 0.06, "shelve": 0.02, "sync": 0.03, "resize": 0.003, "snapshot": 0.002, "suspend": 0.004},
    ),
}  # fmt: skip

STATES: Mapping[str, Mapping[str, float]] = {
    "stopped": {"start": 0.15, "shelve": 0.01},
    "suspended": {"resume": 0.3},
    "paused": {"unpause": 0.5},
    "shelved_offloaded": {"unshelve": 0.05},
    "error": {"reset": 0.1, "delete": 0.05},
}
"""Rates where the state, not the kind, decides; an end is always possible besides."""

METAL = ("stop", "start", "reboot", "rebuild", "sync", "rename", "lock", "fail", "reset", "delete")
_BY_WORD = {word: kind for kind in KINDS.values() for word in kind.words}


def kind_of(display_name: str) -> Kind:
    """The kind of an instance, by its name."""
    return _BY_WORD[display_name.split("-")[0]]


def rates(display_name: str, vm_state: str, *, metal: bool) -> dict[str, float]:
    """How often a day each act happens to an instance in this state."""
    kind = kind_of(display_name)
    found = dict(STATES.get(vm_state) or kind.habits or {})
    if metal:
        found = {act: rate for act, rate in found.items() if act in METAL}
    return {"delete": 1 / kind.life_days} | found
