"""What Concertim should show, from what the reporting database knows.

A stack is a rack; what belongs to no stack is in a rack of its project. A row that OpenStack has ended is certain to
be gone; one that is merely not there any more may only have been overlooked, so the two are told apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from reporting_pollster.domain.concertim import names, status
from reporting_pollster.domain.concertim.present import MANAGER, Kind

_DESCRIPTION_LENGTH = 255
_HIGHEST_TEMPLATE = 4


class Project(NamedTuple):
    """A project."""

    id: str
    name: str | None


class User(NamedTuple):
    """A user."""

    id: str
    name: str | None


class Flavour(NamedTuple):
    """A flavour by the id that users see; sizes in MB and GB."""

    uuid: str
    name: str | None
    vcpus: int | None
    memory: int | None
    disk: int | None
    description: str | None = None


class Stack(NamedTuple):
    """A stack of heat."""

    id: str
    project_id: str | None
    name: str | None
    action: str | None
    status: str | None


class Instance(NamedTuple):
    """An instance."""

    id: str
    project_id: str | None
    name: str | None
    vm_state: str | None
    task_state: str | None
    flavour_uuid: str | None
    key_name: str | None = None
    stack_id: str | None = None


class Volume(NamedTuple):
    """A volume and the instance it is attached to."""

    id: str
    project_id: str | None
    name: str | None
    status: str | None
    size: int | None
    volume_type: str | None = None
    availability_zone: str | None = None
    instance_id: str | None = None
    stack_id: str | None = None


class Network(NamedTuple):
    """A network; those that neutron makes for itself have no project, and are not shown."""

    id: str
    project_id: str | None
    name: str | None
    status: str | None
    admin_state_up: bool | None = None
    shared: bool | None = None
    mtu: int | None = None
    stack_id: str | None = None


class Address(NamedTuple):
    """A floating address of an instance, and the fixed one behind it."""

    instance_id: str
    public: str | None
    private: str | None


class Cloud(NamedTuple):
    """What there is. `ended`: ids of what OpenStack has ended, by kind. `complete`: the kinds that were read whole."""

    projects: tuple[Project, ...] = ()
    users: tuple[User, ...] = ()
    flavours: tuple[Flavour, ...] = ()
    stacks: tuple[Stack, ...] = ()
    instances: tuple[Instance, ...] = ()
    volumes: tuple[Volume, ...] = ()
    networks: tuple[Network, ...] = ()
    addresses: tuple[Address, ...] = ()
    ended: Mapping[str, frozenset[str]] = {}
    complete: frozenset[str] = frozenset({"Flavour", "Stack", "Instance", "Volume", "Network"})


class WantedTemplate(NamedTuple):
    """A template for a flavour."""

    key: str
    name: str
    description: str
    height: int
    vcpus: int | None
    ram: int | None
    disk: int | None


class WantedRack(NamedTuple):
    """A rack for a stack or a project; `status` None: it keeps what it has."""

    key: str
    project_id: str
    name: str
    status: str | None
    metadata: Mapping[str, Any]


class WantedDevice(NamedTuple):
    """A device; `template` is a flavour's id or a tag. None in `metadata`: that key should not be there."""

    key: str
    kind: Kind
    project_id: str
    rack: str
    name: str
    description: str
    status: str | None
    template: str
    metadata: Mapping[str, Any]
    details: Mapping[str, Any]


class Wanted(NamedTuple):
    """All of it, and what could not be understood: (kind, id, why)."""

    projects: tuple[Project, ...]
    users: tuple[User, ...]
    templates: Mapping[str, WantedTemplate]
    racks: Mapping[str, WantedRack]
    devices: Mapping[str, WantedDevice]
    ended: Mapping[str, frozenset[str]]
    complete: frozenset[str]
    remarks: tuple[tuple[str, str, str], ...]


def wanted(cloud: Cloud) -> Wanted:
    """What Concertim should show of a cloud."""
    ended = defaultdict(set, {kind: set(ids) for kind, ids in cloud.ended.items()})
    remarks: list[tuple[str, str, str]] = []
    racks = dict(_racks(cloud, ended, remarks))
    devices = {}
    names_of = {project.id: project.name for project in cloud.projects}
    for device in (*_instances(cloud), *_volumes(cloud), *_networks(cloud)):
        if device.status == status.GONE:
            ended[device.kind].add(device.key)
            continue
        if device.status is None:
            remarks.append((device.kind, device.key, "its state is not known here, its status stays"))
        if device.rack not in racks:
            device = _loose(device)
            racks.setdefault(device.rack, _project_rack(device.project_id, names_of.get(device.project_id)))
        devices[device.key] = device
    return Wanted(
        cloud.projects,
        cloud.users,
        {flavour.uuid: _template(flavour) for flavour in cloud.flavours},
        racks,
        devices,
        {kind: frozenset(ids) for kind, ids in ended.items()},
        cloud.complete,
        tuple(remarks),
    )


def _template(flavour: Flavour) -> WantedTemplate:
    return WantedTemplate(
        flavour.uuid,
        names.template_name(flavour.name, flavour.uuid),
        (flavour.description or "")[:_DESCRIPTION_LENGTH],
        min((flavour.vcpus or 0) // 2 + 1, _HIGHEST_TEMPLATE),
        flavour.vcpus or None,  # Concertim refuses 0
        flavour.memory or None,
        flavour.disk or None,
    )


def _racks(
    cloud: Cloud, ended: Mapping[str, set[str]], remarks: list[tuple[str, str, str]]
) -> Iterable[tuple[str, WantedRack]]:
    for stack in cloud.stacks:
        state = status.of_stack(stack.action, stack.status)
        if state == status.GONE:
            ended["Stack"].add(stack.id)
        elif stack.project_id:
            if state is None:
                remarks.append(("Stack", stack.id, "its state is not known here, its status stays"))
            metadata = _owned(stack.project_id) | {"openstack_stack_id": stack.id}
            yield (
                stack.id,
                WantedRack(stack.id, stack.project_id, names.rack_name(stack.name, "stack"), state, metadata),
            )


def _project_rack(project_id: str, name: str | None) -> WantedRack:
    shown = names.rack_name(name, "project")
    return WantedRack(project_id, project_id, shown, status.ACTIVE, _owned(project_id))


def _owned(project_id: str) -> dict[str, Any]:
    return {"managed_by": MANAGER, "openstack_project_id": project_id}


def _loose(device: WantedDevice) -> WantedDevice:
    return device._replace(rack=device.project_id, metadata={**device.metadata, "openstack_stack_id": None})


def _instances(cloud: Cloud) -> Iterable[WantedDevice]:
    public, private = defaultdict(set), defaultdict(set)
    for address in cloud.addresses:
        public[address.instance_id].add(address.public)
        private[address.instance_id].add(address.private)
    volumes: defaultdict[str | None, dict[str, Any]] = defaultdict(dict)
    for volume in sorted(cloud.volumes):
        volumes[volume.instance_id][volume.id] = {"name": volume.name, "size": volume.size}
    for one in cloud.instances:
        state = status.of_instance(one.vm_state, one.task_state)
        details = {
            "public_ips": _joined(public.get(one.id, ())),
            "private_ips": _joined(private.get(one.id, ())),
            "ssh_key": one.key_name or "",
            "volume_details": volumes.get(one.id, {}),
        }
        yield from _device(one, "Instance", state, one.flavour_uuid or "", details)


def _volumes(cloud: Cloud) -> Iterable[WantedDevice]:
    for one in cloud.volumes:
        details = {"availability_zone": one.availability_zone, "size": one.size, "volume_type": one.volume_type}
        yield from _device(one, "Volume", status.of_volume(one.status), "volume", details)


def _networks(cloud: Cloud) -> Iterable[WantedDevice]:
    for one in cloud.networks:
        details = {"admin_state_up": one.admin_state_up, "mtu": one.mtu, "shared": one.shared}
        yield from _device(one, "Network", status.of_network(one.status), "network", details)


def _device(
    row: Instance | Volume | Network, kind: Kind, state: str | None, template: str, details: Mapping[str, Any]
) -> Iterable[WantedDevice]:
    if not row.project_id:
        return
    stack_id = row.stack_id
    metadata = {"openstack_instance_id": row.id, "openstack_stack_id": stack_id, **_owned(row.project_id)}
    if isinstance(row, Instance):
        metadata["openstack_flavor_id"] = row.flavour_uuid
    yield WantedDevice(
        row.id,
        kind,
        row.project_id,
        stack_id or row.project_id,
        names.device_name(row.name, kind.lower()),
        (row.name or "")[:_DESCRIPTION_LENGTH],
        state,
        template,
        metadata,
        details,
    )


def _joined(addresses: Iterable[str | None]) -> str:
    return ", ".join(sorted(filter(None, addresses)))
