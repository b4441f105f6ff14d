"""The racks of stacks and projects while a plan is made: devices are put into them, so they grow and multiply.

A stack has one rack, and more when its devices need more than the highest one. An operator may have put devices of
their own into our racks, so all units that are occupied count, by whomever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from reporting_pollster.domain.concertim import names, status
from reporting_pollster.domain.concertim.difference import different, merged
from reporting_pollster.domain.concertim.placement import Space, place, space
from reporting_pollster.domain.concertim.present import Device, Present, Rack, numbered
from reporting_pollster.domain.concertim.step import Step
from reporting_pollster.domain.concertim.wanted import Wanted, WantedDevice, WantedRack


class Racks:
    """The racks of stacks and projects, in which devices are put, and that grow and multiply by it."""

    def __init__(self, wanted: Wanted, present: Present, owners: Mapping[str, str], height: int) -> None:
        self._wanted, self._owners, self._height = wanted, owners, height
        self.key_of = {rack.id: rack.key for rack in present.racks if rack.key}
        self.used: set[str] = set()
        self.spare: set[str] = set()
        self.ref_of: dict[str, str] = {}
        self._there: dict[str, Rack] = {}
        self._refs: defaultdict[str, list[str]] = defaultdict(list)
        self._spaces: dict[str, Space] = {}
        self._taken: defaultdict[str | None, set[str]] = defaultdict(set)
        for rack in sorted(present.racks, key=lambda one: (one.number, one.id)):
            self._taken[rack.owner_id].add(rack.name)
            if rack.key:
                self._know(rack)
        for key, one in sorted(wanted.racks.items()):
            if one.project_id in owners and not self._refs[key]:
                self._add(key, height)

    def _know(self, rack: Rack) -> None:
        refs = self._refs[rack.key or ""]
        ref = rack.ref
        if ref in refs:  # the same twice: it takes no more devices, and goes when it is empty
            ref = f"{ref}/{rack.id}"
        else:
            refs.append(ref)
        if refs[0] != ref:
            self.spare.add(rack.id)
        self.ref_of[rack.id] = ref
        self._there[ref] = rack
        self._spaces[ref] = Space(rack.height)

    def _add(self, key: str, height: int) -> str:
        number = max((self._there[ref].number for ref in self._refs[key] if ref in self._there), default=0) + 1
        while numbered(key, number) in self._refs[key]:
            number += 1
        ref = numbered(key, number)
        self._refs[key].append(ref)
        self._spaces[ref] = Space(height)
        return ref

    def occupy(self, devices: Iterable[Device]) -> None:
        """Take the units of what stays, made by whomever."""
        spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for device in devices:
            self.used.add(device.rack_id)
            spans[self.ref_of.get(device.rack_id, "")].append((device.start, device.size))
        for ref, rack in self._there.items():
            self._spaces[ref] = space(rack.height, spans[ref])

    def fits(self, device: Device, one: WantedDevice) -> bool:
        """Whether a device may stay where it is: in its rack, or in a stack's when its own is not known now."""
        key = self.key_of.get(device.rack_id)
        there = self._wanted.racks.get(key or "")
        if key == one.rack:
            return True
        return one.rack == one.project_id and there is not None and there.project_id == one.project_id

    def put(self, one: WantedDevice, size: int) -> tuple[str, int] | None:
        """Find and take a place for a new device: its rack and its lowest unit."""
        refs = self._refs[one.rack]
        spaces = [self._spaces[ref] for ref in refs]
        found = place(spaces, size, from_top=one.kind == "Network", new_height=self._height)
        if found is None:
            return None
        ref = refs[found.rack] if found.rack < len(refs) else self._add(one.rack, found.height)
        self._spaces[ref] = self._spaces[ref]._replace(height=found.height).with_span(found.start, size)
        if ref in self._there:
            self.used.add(self._there[ref].id)
        return ref, found.start

    def steps(self) -> Iterator[Step]:
        """Make the racks that are new, and change those that are not as they should be."""
        for key, one in sorted(self._wanted.racks.items()):
            if owner := self._owners.get(one.project_id):
                for ref in self._refs[key]:
                    yield from self._step(one, ref, owner)

    def _step(self, one: WantedRack, ref: str, owner: str) -> Iterator[Step]:
        there = self._there.get(ref)
        if there and there.id in self.spare and there.id not in self.used:
            return  # it only waits for its end
        number = ref.removeprefix(one.key)
        taken = self._taken[there.owner_id if there else owner]
        name = names.settled(one.name + number, one.key + number, there and there.name, taken, names.RACK_LENGTH)
        taken.add(name)
        own = {**one.metadata, "rack_index": int(number[1:])} if number else dict(one.metadata)
        height = self._spaces[ref].height
        if there is None:
            state = one.status or status.IN_PROGRESS
            made = {"name": name, "owner": owner, "order_id": ref, "status": state, "height": height, "metadata": own}
            yield Step("create", "rack", ref, None, made)
            return
        asked = {
            "name": (name, there.name),
            "status": (one.status or there.status, there.status),
            "height": (height, there.height),
            "metadata": (merged(own, there.metadata), dict(there.metadata)),
        }
        if values := different(asked):
            yield Step("change", "rack", ref, there.id, values)
