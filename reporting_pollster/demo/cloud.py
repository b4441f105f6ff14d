"""The sample cloud put together: its services, its instances, and how each of them goes on."""

from __future__ import annotations

from collections.abc import Callable

from reporting_pollster.demo.copies import Copies
from reporting_pollster.demo.flavour import Flavours
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.host import Hosts
from reporting_pollster.demo.identity import Identity
from reporting_pollster.demo.image import Images
from reporting_pollster.demo.network import Network
from reporting_pollster.demo.society import Society
from reporting_pollster.demo.stack import Stacks
from reporting_pollster.demo.table import Row
from reporting_pollster.demo.volume import Volumes
from reporting_pollster.demo.world import CELLS, World

Act = Callable[["Cloud", Guest], None]


class Cloud:
    """Every service, on one clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.identity = Identity(world)
        self.society = Society(self.identity)
        self.flavours = Flavours(world)
        self.hosts = Hosts(world)
        self.images = Images(world)
        self.volumes = Volumes(world)
        self.copies = Copies(world)
        self.network = Network(world)
        self.stacks = Stacks(world)
        self.guests: dict[str, Guest] = {}

    def read(self) -> None:
        """Know again, from the rows, what a running cloud knows."""
        self.images.read()
        self.hosts.read()
        self.volumes.read()
        self.copies.read()
        for cell in CELLS:
            for row in self.world[cell]["instances"]:
                if not row["deleted"] and not row["hidden"]:
                    self._know(Guest(self.world, cell, row))

    def enter(self, cell: str, row: Row) -> Guest:
        """A new instance."""
        guest = Guest(self.world, cell, row)
        self.guests[guest.uuid] = guest
        return guest

    def occupy(self, guest: Guest) -> None:
        """An instance weighs on the place it runs in."""
        self._weigh(guest, guest.row["memory_mb"])

    def leave(self, guest: Guest) -> None:
        """An instance no longer weighs on its place."""
        self._weigh(guest, -guest.row["memory_mb"])

    def mapping(self, guest: Guest) -> Row:
        """Its row in nova_api.instance_mappings."""
        return self.world["nova_api"]["instance_mappings"].where("instance_uuid", guest.uuid)[0]

    def _know(self, guest: Guest) -> None:
        self.guests[guest.uuid] = guest
        self.occupy(guest)

    def _weigh(self, guest: Guest, memory_mb: int) -> None:
        place = self.hosts.place_of(guest.row["node"]) if guest.row["node"] else None
        if place is not None:
            place.memory_mb_used += memory_mb
