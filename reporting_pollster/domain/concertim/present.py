"""What Concertim has, as plain values. Ids are whatever it says: numbers in old versions, UUIDs in newer ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Profile = Literal["P2", "P3", "P4"]
Kind = Literal["Instance", "Volume", "Network"]
MANAGER = "reporting-pollster"


class Team(NamedTuple):
    """A team; its project is empty until somebody fills it."""

    id: str
    name: str
    project_id: str | None


class User(NamedTuple):
    """A user; the project is the user's own only in old versions."""

    id: str
    login: str
    root: bool
    cloud_user_id: str | None
    project_id: str | None


class Template(NamedTuple):
    """A type of device; `foreign_id` is the flavour's id, and `tag` that of the two for volumes and networks."""

    id: str
    name: str
    description: str
    height: int
    foreign_id: str | None
    tag: str | None
    vcpus: int | None
    ram: int | None
    disk: int | None


class Rack(NamedTuple):
    """A rack, and who owns it: a team, in old versions a user."""

    id: str
    name: str
    owner_id: str | None
    height: int
    status: str
    order_id: str | None
    metadata: Mapping[str, Any]

    @property
    def key(self) -> str | None:
        """The stack that it is of, or the project whose loose resources it holds; None when it was made by hand."""
        if stack_id := self.metadata.get("openstack_stack_id"):
            return str(stack_id)
        project_id = self.metadata.get("openstack_project_id")
        return str(project_id) if project_id and self.metadata.get("managed_by") == MANAGER else None

    @property
    def ref(self) -> str:
        """Its key, and which of several it is."""
        return numbered(self.key or "", self.number)

    @property
    def number(self) -> int:
        """1 for the first rack of a stack or project, more for those that take what it has no room for."""
        number = self.metadata.get("rack_index")
        return number if isinstance(number, int) else 1


class Device(NamedTuple):
    """A device at its place; `details` are all that Concertim tells of its kind."""

    id: str
    kind: Kind
    name: str
    description: str
    status: str
    rack_id: str
    start: int
    size: int
    template_id: str | None
    metadata: Mapping[str, Any]
    details: Mapping[str, Any]

    @property
    def key(self) -> str | None:
        """Its id in OpenStack; None when it was made by hand."""
        found = self.metadata.get("openstack_instance_id")
        return str(found) if found else None


class Present(NamedTuple):
    """All of it, and how old Concertim is: from P3 on teams own racks, from P4 on each type has its own statuses."""

    profile: Profile
    teams: tuple[Team, ...] = ()
    users: tuple[User, ...] = ()
    templates: tuple[Template, ...] = ()
    racks: tuple[Rack, ...] = ()
    devices: tuple[Device, ...] = ()

    def owners(self) -> dict[str, str]:
        """Who owns the racks of each project: of two that have the same project, the one with the lower id."""
        of_users = [(user.id, user.project_id) for user in self.users]
        having = of_users if self.profile == "P2" else [(team.id, team.project_id) for team in self.teams]
        return {project_id: owner for owner, project_id in sorted(having, reverse=True) if project_id}

    def rack_ids(self) -> dict[str, str]:
        """Our racks by their key and number; of two that have the same, the one with the lower id."""
        return {rack.ref: rack.id for rack in sorted(self.racks, key=lambda one: one.id, reverse=True) if rack.key}

    def template_ids(self) -> dict[str, str]:
        """The templates by flavour or tag; of two that have the same, the one with the lower id."""
        ordered = sorted(self.templates, key=lambda one: one.id, reverse=True)
        return {key: one.id for one in ordered if (key := one.tag or one.foreign_id)}


def numbered(key: str, number: int) -> str:
    """What a rack is called between its views: by its key, and from the second on by its number too."""
    return key if number <= 1 else f"{key}-{number}"
