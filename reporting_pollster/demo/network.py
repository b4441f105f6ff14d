"""Neutron of the sample cloud: the outside network, one network and router per project, ports and floating addresses.

Neutron deletes outright, and keeps creation and change in a table of its own, `standardattributes`, which every other
row points to. What belongs to the service itself has an empty project.
"""

from __future__ import annotations

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import World


class Network:
    """Neutron's tables."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["neutron"]

    def found(self, admin: str, shared_with_all: str) -> None:
        """The network to the outside, and one that everybody may use."""
        outside = self._network(admin, "public", mtu=1500)
        self.db["externalnetworks"].insert(network_id=outside["id"], is_default=True)
        self._share(outside, admin, "access_as_external")
        self._subnet(outside, "public-v4", "198.18.0.0/15", "198.18.0.1")
        common = self._network(shared_with_all, "shared-services", mtu=1500)
        self._share(common, shared_with_all, "access_as_shared")
        self._subnet(common, "shared-services-v4", "10.255.0.0/20", "10.255.0.1")

    def own_network(self, project_id: str) -> Row:
        """The project's network; made, with router, when it is first needed."""
        mine = self.db["networks"].where("project_id", project_id)
        if mine:
            return mine[0]
        name = f"net-{project_id[:8]}"
        network = self._network(project_id, name, mtu=1442)
        subnet = self._subnet(
            network, f"{name}-v4", f"10.{len(self.db['networks'])}.0.0/16", f"10.{len(self.db['networks'])}.0.1"
        )
        router = self._attributed(
            "routers", project_id=project_id, name=f"router-{project_id[:8]}", status="ACTIVE", admin_state_up=True
        )
        gateway = self._port(self._outside(), "", "network:router_gateway", router["id"])
        self.db["routers"].change(router, gw_port_id=gateway["id"])
        inner = self._port(network, project_id, "network:router_interface", router["id"])
        self._address(inner, subnet, subnet["gateway_ip"])
        return network

    def plug(self, instance: Row, zone: str) -> Row:
        """A port for an instance."""
        network = self.own_network(instance["project_id"])
        port = self._port(network, instance["project_id"], f"compute:{zone}", instance["uuid"])
        subnet = self.db["subnets"].where("network_id", network["id"])[0]
        self._address(port, subnet, self._free_address(subnet, port["standard_attr_id"]))
        return port

    def unplug(self, instance: str) -> None:
        """Remove an instance's ports; a floating address stays with the project, unused."""
        for port in self.db["ports"].where("device_id", instance):
            for floating in self.db["floatingips"]:
                if floating["fixed_port_id"] == port["id"]:
                    self._change(
                        floating,
                        "floatingips",
                        fixed_port_id=None,
                        fixed_ip_address=None,
                        router_id=None,
                        status="DOWN",
                    )
            self._drop_port(port)

    def float(self, project_id: str, port: Row | None = None) -> Row:
        """Give a project an address on the outside, for a port or in reserve."""
        outside = self._outside()
        router = self.db["routers"].where("project_id", project_id)
        own = self._port(outside, "", "network:floatingip", "PENDING")
        subnet = self.db["subnets"].where("network_id", outside["id"])[0]
        address = self._free_address(subnet, own["standard_attr_id"])
        self._address(own, subnet, address)
        row = self._attributed(
            "floatingips",
            project_id=project_id,
            floating_ip_address=address,
            floating_network_id=outside["id"],
            floating_port_id=own["id"],
            status="DOWN",
        )
        if port is not None:
            fixed = self.db["ipallocations"].where("port_id", port["id"])[0]["ip_address"]
            use = {"fixed_port_id": port["id"], "fixed_ip_address": fixed, "router_id": router[0]["id"]}
            self.db["floatingips"].change(row, **use, last_known_router_id=router[0]["id"], status="ACTIVE")
        self.world.counts["floating IPs created"] += 1
        return row

    def release(self, floating: Row) -> None:
        """Give an address back; nothing remains of it."""
        port = self.db["ports"].get(floating["floating_port_id"])
        self._drop(floating, "floatingips")
        if port is not None:
            self._drop_port(port)

    def unused(self) -> list[Row]:
        """Floating addresses that point nowhere."""
        return [row for row in self.db["floatingips"] if row["fixed_port_id"] is None]

    def limit(self, project_id: str, resource: str, limit: int) -> None:
        """A project's own limit."""
        self.db["quotas"].insert(id=self.dice.uuid(), project_id=project_id, resource=resource, limit=limit)

    def _outside(self) -> Row:
        return self.db["networks"].where("name", "public")[0]

    def _network(self, project_id: str, name: str, *, mtu: int) -> Row:
        values = {"project_id": project_id, "name": name, "status": "ACTIVE", "admin_state_up": True, "mtu": mtu}
        return self._attributed("networks", **values, vlan_transparent=False)

    def _share(self, network: Row, project_id: str, action: str) -> None:
        values = {"project_id": project_id, "target_project": "*", "action": action}
        self.db["networkrbacs"].insert(id=self.dice.uuid(), object_id=network["id"], **values)

    def _subnet(self, network: Row, name: str, cidr: str, gateway: str) -> Row:
        values = {"name": name, "cidr": cidr, "gateway_ip": gateway, "ip_version": 4, "enable_dhcp": True}
        return self._attributed("subnets", project_id=network["project_id"], network_id=network["id"], **values)

    def _port(self, network: Row, project_id: str, owner: str, device: str) -> Row:
        port = self._attributed(
            "ports",
            project_id=project_id,
            name="",
            network_id=network["id"],
            mac_address="",
            admin_state_up=True,
            status="ACTIVE",
            device_id=device,
            device_owner=owner,
            ip_allocation="immediate",
        )
        digits = f"{port['standard_attr_id']:06x}"  # unique on its network, as an address must be
        self.db["ports"].change(port, mac_address=f"fa:16:3e:{digits[:2]}:{digits[2:4]}:{digits[4:]}")
        return port

    def _address(self, port: Row, subnet: Row, address: str) -> None:
        values = {"port_id": port["id"], "subnet_id": subnet["id"], "network_id": port["network_id"]}
        self.db["ipallocations"].insert(ip_address=address, **values)

    def _free_address(self, subnet: Row, number: int) -> str:
        prefix = subnet["cidr"].rsplit(".", 2)[0]
        while True:
            number = number % 65000 + 10
            address = f"{prefix}.{number // 256}.{number % 256}"
            if self.db["ipallocations"].get(address, subnet["id"], subnet["network_id"]) is None:
                return address

    def _attributed(self, table: str, **values: object) -> Row:
        now = self.world.now
        attributes = self.db["standardattributes"].insert(
            resource_type=table, created_at=now, updated_at=now, revision_number=1
        )
        return self.db[table].insert(id=self.dice.uuid(), standard_attr_id=attributes["id"], **values)

    def _change(self, row: Row, table: str, **values: object) -> None:
        self.db[table].change(row, **values)
        attributes = self.db["standardattributes"].get(row["standard_attr_id"])
        if attributes is not None:
            revision = attributes["revision_number"] + 1
            self.db["standardattributes"].change(attributes, updated_at=self.world.now, revision_number=revision)

    def _drop_port(self, port: Row) -> None:
        for address in self.db["ipallocations"].where("port_id", port["id"]):
            self.db["ipallocations"].remove(address)
        self._drop(port, "ports")

    def _drop(self, row: Row, table: str) -> None:
        attributes = self.db["standardattributes"].get(row["standard_attr_id"])
        self.db[table].remove(row)
        if attributes is not None:
            self.db["standardattributes"].remove(attributes)
