"""What has to be done so that Concertim shows what it should: the difference between two views.

Objects are the same when they have the same OpenStack id, so whatever was made by an earlier service, or by us before
an answer was lost, is taken over. What has no such id was made by hand and is never touched, only made room for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reporting_pollster.domain.concertim import names, status
from reporting_pollster.domain.concertim.absence import Absence
from reporting_pollster.domain.concertim.difference import details, different, merged
from reporting_pollster.domain.concertim.link import links
from reporting_pollster.domain.concertim.placement import HIGHEST
from reporting_pollster.domain.concertim.present import Device, Present, Profile, Template
from reporting_pollster.domain.concertim.racks import Racks
from reporting_pollster.domain.concertim.step import Step
from reporting_pollster.domain.concertim.wanted import Wanted, WantedDevice, WantedTemplate
from reporting_pollster.domain.guard import Limits


@dataclass(frozen=True)
class Rules:
    """What an operator may choose. `team_project` and `user_name` are patterns of OpenStack's names, as `CM_{name}`."""

    rack_height: int = 42
    limits: Limits = field(default_factory=Limits)
    team_project: str = ""
    user_name: str = ""


class Plan(NamedTuple):
    """The steps in a safe order; what was missed, to be given to the next plan; and what an operator should know."""

    steps: tuple[Step, ...]
    missed: frozenset[str]
    refusals: tuple[str, ...]
    unmapped: tuple[str, ...]
    remarks: tuple[tuple[str, str, str], ...]


def plan(wanted: Wanted, present: Present, missed: frozenset[str] = frozenset(), rules: Rules = Rules()) -> Plan:
    """The difference. `missed` is what the plan before this one gave."""
    return _Difference(wanted, present, missed, rules).plan()


class _Difference:
    """The parts of a plan, of which the later ones build on the earlier."""

    def __init__(self, wanted: Wanted, present: Present, missed: frozenset[str], rules: Rules) -> None:
        self.wanted, self.present, self.rules = wanted, present, rules
        self.absence = Absence(missed, wanted.complete, rules.limits)
        self.remarks = list(wanted.remarks)
        self.owners = present.owners()
        self.racks = Racks(wanted, present, self.owners, rules.rack_height)
        self.devices = _by_key(present.devices, self.racks, wanted)
        self.steps: list[Step] = []

    def plan(self) -> Plan:
        """All of it."""
        self.steps += links(self.wanted, self.present, self.rules.team_project, self.rules.user_name)
        templates = self._templates()
        deleted = self._deletable_devices()
        gone = {device.id for device in deleted}
        self.steps += (Step("delete", "device", device.key or "", device.id) for device in deleted)
        self.racks.occupy(device for device in self.present.devices if device.id not in gone)
        self._devices(templates, gone)
        self.steps += self.racks.steps()
        self._rack_deletes()
        self._template_deletes(gone)
        projects = {rack.project_id for rack in self.wanted.racks.values()}
        return Plan(
            tuple(sorted(self.steps, key=lambda step: (step.stage, step.object, step.verb, step.key, step.id or ""))),
            frozenset(self.absence.missed),
            tuple(self.absence.refusals),
            tuple(sorted(projects - set(self.owners))),
            tuple(self.remarks),
        )

    def _templates(self) -> dict[str, int]:
        """The height of the template of each flavour, by its id, and of the two by their tags."""
        theirs = _first_by((one for one in self.present.templates if not one.tag), lambda one: one.foreign_id)
        heights = {one.tag: one.height for one in self.present.templates if one.tag}
        taken = {one.name for one in self.present.templates} | names.RESERVED_TEMPLATES
        for key, one in sorted(self.wanted.templates.items()):
            there = theirs.get(key)
            name = names.settled(one.name, key, there and there.name, taken, names.TEMPLATE_LENGTH)
            taken.add(name)
            heights[key] = there.height if there else one.height
            self.steps += _template_step(one, there, name)
        return {key: height for key, height in heights.items() if key}

    def _deletable_devices(self) -> list[Device]:
        found: list[Device] = []
        for kind in ("Instance", "Volume", "Network"):
            ours = [one for one in self.present.devices if one.key and one.kind == kind]
            ended = self.wanted.ended.get(kind, frozenset())
            known = [one for one in ours if one.key in self.wanted.devices]
            gone = [one for one in ours if one.key in ended and one.key not in self.wanted.devices]
            absent = [one for one in ours if one.key not in ended and one.key not in self.wanted.devices]
            obsolete = [one for one in known if self._is_obsolete(one, self.wanted.devices[one.key or ""])]
            found += self.absence.deletable(kind, len(ours), gone, absent, obsolete)
        return found

    def _is_obsolete(self, device: Device, wanted: WantedDevice) -> bool:
        if self.devices[wanted.key] is not device:
            return True  # it is there twice
        return wanted.project_id in self.owners and not self.racks.fits(device, wanted)

    def _devices(self, templates: Mapping[str, int], gone: set[str]) -> None:
        taken: defaultdict[str, set[str]] = defaultdict(set)
        for device in self.present.devices:
            if device.id not in gone:
                taken[self.racks.ref_of.get(device.rack_id, device.rack_id)].add(device.name)
        new = []
        for key, one in sorted(self.wanted.devices.items()):
            there = self.devices.get(key)
            if there and there.id not in gone:
                self._change(one, there, taken[self.racks.ref_of.get(there.rack_id, there.rack_id)])
            else:
                new.append(one)
        for one in new:
            self._create(one, templates, taken)

    def _change(self, one: WantedDevice, there: Device, taken: set[str]) -> None:
        name = names.settled(one.name, one.key, there.name, taken, names.DEVICE_LENGTH)
        taken.add(name)
        own = dict(one.metadata)
        if self.racks.key_of.get(there.rack_id) not in (None, one.rack):
            own.pop("openstack_stack_id", None)  # it stays in the rack of its stack, whose resources are not known now
        state = _fitting(one.status, self.present.profile) or there.status
        asked = {
            "name": (name, there.name),
            "description": (one.description, there.description),
            "status": (state, there.status),
            "metadata": (merged(own, there.metadata), dict(there.metadata)),
            "details": details(one.details, there.details),
        }
        if values := different(asked):
            if "details" in values:
                values["details"] = dict(one.details)
            self.steps.append(Step("change", "device", one.key, there.id, {**values, "type": there.kind}))

    def _create(self, one: WantedDevice, templates: Mapping[str, int], taken: Mapping[str, set[str]]) -> None:
        if one.project_id not in self.owners:
            return
        if one.template not in templates:
            if one.kind == "Instance" or self.present.profile != "P2":  # an old Concertim shows instances only
                self.remarks.append((one.kind, one.key, f"there is no template for {one.template or 'it'}"))
            return
        found = self.racks.put(one, templates[one.template])
        if found is None:
            self.remarks.append((one.kind, one.key, f"it is higher than {HIGHEST} units"))
            return
        rack, start = found
        name = names.settled(one.name, one.key, None, taken[rack], names.DEVICE_LENGTH)
        taken[rack].add(name)
        values = {
            "type": one.kind,
            "name": name,
            "description": one.description,
            "status": _fitting(one.status, self.present.profile) or status.IN_PROGRESS,
            "metadata": merged(one.metadata, {}),
            "details": dict(one.details),
            "start": start,
        }
        self.steps.append(Step("create", "device", one.key, None, values, rack, one.template))

    def _rack_deletes(self) -> None:
        ours = [rack for rack in self.present.racks if rack.key]
        ended = self.wanted.ended.get("Stack", frozenset())
        unwanted = [rack for rack in ours if rack.key not in self.wanted.racks]
        gone = [rack for rack in unwanted if rack.key in ended]
        absent = [rack for rack in unwanted if rack.key not in ended]
        spare = [rack for rack in ours if rack.id in self.racks.spare - self.racks.used and rack not in unwanted]
        # a project's rack is missed when its last resource goes, which says nothing of the stacks
        loose = [rack for rack in absent if not rack.metadata.get("openstack_stack_id")]
        stacks = [rack for rack in absent if rack.metadata.get("openstack_stack_id")]
        deleted = self.absence.deletable("Stack", len(ours), gone, stacks, [*spare, *loose])
        empty = (rack for rack in deleted if rack.id not in self.racks.used)
        self.steps += (Step("delete", "rack", rack.key or "", rack.id) for rack in empty)

    def _template_deletes(self, gone: set[str]) -> None:
        ours = [one for one in self.present.templates if one.foreign_id and not one.tag]
        used = {device.template_id for device in self.present.devices if device.id not in gone}
        used_keys = {one.template for one in self.wanted.devices.values()}
        needed = self.wanted.templates.keys() | used_keys
        unwanted = [one for one in ours if one.foreign_id not in needed]
        ended = self.wanted.ended.get("Flavour", frozenset())
        certain = [one for one in unwanted if one.foreign_id in ended]
        absent = [one for one in unwanted if one.foreign_id not in ended]
        deleted = self.absence.deletable("Flavour", len(ours), certain, absent)
        unused = (one for one in deleted if one.id not in used)
        self.steps += (Step("delete", "template", one.foreign_id or "", one.id) for one in unused)


def _by_key(devices: Iterable[Device], racks: Racks, wanted: Wanted) -> dict[str, Device]:
    """The device of each OpenStack id: of several the one in the right rack, and of those that with the lowest id."""
    found: dict[str, Device] = {}
    for device in sorted(devices, key=lambda one: one.id, reverse=True):
        if device.key:
            one, other = wanted.devices.get(device.key), found.get(device.key)
            if other is None or one is None or racks.fits(device, one) or not racks.fits(other, one):
                found[device.key] = device
    return found


def _first_by(templates: Iterable[Template], key: Any) -> dict[str, Template]:
    return {key(one): one for one in sorted(templates, key=lambda one: one.id, reverse=True) if key(one)}


def _template_step(one: WantedTemplate, there: Template | None, name: str) -> Iterator[Step]:
    sizes = {"vcpus": one.vcpus, "ram": one.ram, "disk": one.disk}
    if there is None:
        made = {"name": name, "description": one.description, "height": one.height, "foreign_id": one.key, **sizes}
        yield Step("create", "template", one.key, None, made)
        return
    # its height never changes: asking for another would be repeated for ever
    asked: dict[str, tuple[Any, Any]] = {
        "name": (name, there.name),
        "description": (one.description, there.description),
    }
    asked |= {size: (value, getattr(there, size)) for size, value in sizes.items()}
    if values := different(asked):
        yield Step("change", "template", one.key, there.id, values)


def _fitting(state: str | None, profile: Profile) -> str | None:
    """A status that this version of Concertim has."""
    return status.ACTIVE if state == status.AVAILABLE and profile != "P4" else state
