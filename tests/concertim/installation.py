"""What an installation of Concertim holds. Its methods are for tests: they look, and make things as by hand."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from tests.concertim.clock import Clock

Profile = Literal["P2", "P3", "P4"]
TYPES = {"Instance": "Device::ComputeDetails", "Volume": "Device::VolumeDetails", "Network": "Device::NetworkDetails"}


@dataclass
class Team:
    """A team; it owns racks, from P3 on."""

    id: str
    name: str
    project_id: str | None = None
    billing_acct_id: str | None = None
    billing_period_start: str | None = None
    billing_period_end: str | None = None
    cost: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)


@dataclass
class User:
    """A user; on P2 it owns racks and has the project."""

    id: str
    login: str
    password: str
    root: bool = False
    cloud_user_id: str | None = None
    project_id: str | None = None
    team_ids: tuple[str, ...] = ()


@dataclass
class Template:
    """A type of device."""

    id: str
    name: str
    height: int
    description: str | None = None
    foreign_id: str | None = None
    vcpus: int | None = None
    ram: int | None = None
    disk: int | None = None
    tag: str | None = None


@dataclass
class Rack:
    """A rack, owned by a team or, on P2, by a user."""

    id: str
    name: str
    owner_id: str
    u_height: int
    status: str
    order_id: str
    cost: Decimal = Decimal(0)
    metadata: dict[str, Any] = field(default_factory=dict)
    network_details: dict[str, Any] = field(default_factory=dict)
    creation_output: str | None = None


@dataclass
class Device:
    """A device in its rack."""

    id: str
    name: str
    type: str
    status: str
    rack_id: str
    start_u: int
    template_id: str
    made_at: float
    facing: str = "f"
    description: str | None = None
    cost: Decimal = Decimal(0)
    metadata: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


class Installation:
    """All objects, and the lock that whoever reads or changes them holds."""

    def __init__(self, profile: Profile = "P4") -> None:
        self.profile = profile
        self.clock = Clock()
        self.lock = threading.RLock()
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.templates: dict[str, Template] = {}
        self.racks: dict[str, Rack] = {}
        self.devices: dict[str, Device] = {}
        self.violations: list[str] = []
        self.user("admin", "admin-password", root=True)
        if profile != "P2":
            for tag, height in (("network", 1), ("volume", 2)):
                self.template(tag, height, tag=tag)

    @property
    def has_teams(self) -> bool:
        """Whether teams own racks, and volumes and networks are devices."""
        return self.profile != "P2"

    def new_id(self) -> str:
        """Return an id that nothing else has."""
        return str(uuid.uuid4())

    def user(self, login: str, password: str = "secret", **values: Any) -> User:
        """Make a user."""
        made = User(self.new_id(), login, password, **values)
        return self.users.setdefault(made.id, made)

    def owner(self, name: str, project_id: str | None = None) -> Team | User:
        """Make what owns racks: a team, or on P2 a user."""
        if not self.has_teams:
            return self.user(name, project_id=project_id)
        team = Team(self.new_id(), name, project_id)
        return self.teams.setdefault(team.id, team)

    def template(self, name: str, height: int, **values: Any) -> Template:
        """Make a template."""
        made = Template(self.new_id(), name, height, **values)
        return self.templates.setdefault(made.id, made)

    def rack(self, owner: Team | User, name: str, height: int = 42, **values: Any) -> Rack:
        """Make a rack, as by hand."""
        number = self.new_id()
        values = {"status": "ACTIVE", "order_id": f"order-{number}", **values}
        return self.racks.setdefault(number, Rack(number, name, owner.id, height, **values))

    def device(self, rack: Rack, template: Template, name: str, start_u: int, **values: Any) -> Device:
        """Make a device, as by hand."""
        values = {"status": "ACTIVE", "type": "Instance", **values}
        number = self.new_id()
        made = Device(
            number, name, rack_id=rack.id, start_u=start_u, template_id=template.id, made_at=self.clock.now(), **values
        )
        return self.devices.setdefault(number, made)

    def end(self, device: Device) -> int:
        """Return the highest unit of a device."""
        return device.start_u + self.templates[device.template_id].height - 1

    def devices_of(self, rack_id: str) -> list[Device]:
        """Return the devices in a rack."""
        return [device for device in self.devices.values() if device.rack_id == rack_id]

    def by_openstack_id(self) -> dict[str, list[Device]]:
        """Return the devices of each OpenStack id."""
        found: dict[str, list[Device]] = {}
        for device in self.devices.values():
            found.setdefault(device.metadata.get("openstack_instance_id", ""), []).append(device)
        found.pop("", None)
        return found

    def snapshot(self) -> Mapping[str, Any]:
        """Return all that is there, to compare with later."""
        with self.lock:
            return {
                name: {number: dict(vars(each)) for number, each in getattr(self, name).items()}
                for name in ("teams", "users", "templates", "racks", "devices")
            }
