"""Bodies of messages as the services send them, with invented content."""

from __future__ import annotations

import copy
import json
from typing import Any

from reporting_pollster.domain.notification import Meaning, Notification, decode, meaning

SERVER = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40001"
VOLUME = "5b7e9d60-1111-4c0a-8d5b-b0a5b9a40002"

LEGACY: dict[str, Any] = {
    "event_type": "compute.instance.create.end",
    "publisher_id": "compute.cmp1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000001",
    "timestamp": "2026-03-01 10:00:41.120000",
    "payload": {
        "tenant_id": "aa11",
        "user_id": "bb22",
        "instance_id": SERVER,
        "display_name": "web1",
        "hostname": "web1-host",
        "reservation_id": "r-x1",
        "instance_type": "m1.small",
        "instance_type_id": 7,
        "instance_flavor_id": "2",
        "architecture": None,
        "memory_mb": 2048,
        "disk_gb": 20,
        "vcpus": 1,
        "root_gb": 20,
        "ephemeral_gb": 0,
        "host": "cmp1",
        "node": "cmp1",
        "availability_zone": "az1",
        "cell_name": "",
        "created_at": "2026-03-01 10:00:00+00:00",
        "launched_at": "2026-03-01T10:00:40.000000",
        "terminated_at": "",
        "deleted_at": "",
        "image_ref_url": "http://img:9292/images/33aa",
        "os_type": None,
        "kernel_id": "",
        "ramdisk_id": "",
        "state": "active",
        "state_description": "",
        "progress": "",
        "access_ip_v4": None,
        "access_ip_v6": None,
        "fixed_ips": [{"address": "10.0.0.5", "label": "net1", "vif_mac": "fa:16:3e:00:00:01", "version": 4}],
        "image_meta": {"base_image_ref": "33aa", "os_distro": "debian"},
        "metadata": {"role": "web"},
        "message": "Success",
    },
}

VERSIONED: dict[str, Any] = {
    "event_type": "instance.resize_confirm.end",
    "publisher_id": "nova-compute:cmp2",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000002",
    "timestamp": "2026-03-02 09:00:00.500000",
    "payload": {
        "nova_object.name": "InstanceActionPayload",
        "nova_object.namespace": "nova",
        "nova_object.version": "1.9",
        "nova_object.data": {
            "uuid": SERVER,
            "tenant_id": "aa11",
            "user_id": "bb22",
            "display_name": "web1",
            "host_name": "web1-host",
            "host": "cmp2",
            "node": "cmp2",
            "availability_zone": "az1",
            "created_at": "2026-03-01T10:00:00Z",
            "launched_at": "2026-03-02T08:55:00Z",
            "terminated_at": None,
            "deleted_at": None,
            "updated_at": "2026-03-02T09:00:00Z",
            "state": "active",
            "task_state": None,
            "power_state": "running",
            "image_uuid": "33aa",
            "metadata": {},
            "ip_addresses": [],
            "block_devices": [],
            "fault": None,
            "flavor": {
                "nova_object.name": "FlavorPayload",
                "nova_object.namespace": "nova",
                "nova_object.version": "1.4",
                "nova_object.data": {
                    "flavorid": "3",
                    "name": "m1.medium",
                    "vcpus": 2,
                    "memory_mb": 4096,
                    "root_gb": 40,
                    "ephemeral_gb": 0,
                    "swap": 0,
                    "is_public": True,
                    "extra_specs": {},
                },
            },
        },
    },
}

ATTACH: dict[str, Any] = {
    "event_type": "volume.attach.end",
    "publisher_id": "volume.blk1@ceph",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000003",
    "timestamp": "2026-03-01 11:05:09.000100",
    "payload": {
        "tenant_id": "aa11",
        "user_id": "bb22",
        "host": "blk1@ceph#pool",
        "availability_zone": "nova",
        "volume_id": VOLUME,
        "volume_type": "77ee",
        "display_name": "data1",
        "launched_at": "2026-03-01T11:00:03+00:00",
        "created_at": "2026-03-01T11:00:00+00:00",
        "status": "in-use",
        "snapshot_id": None,
        "size": 20,
        "replication_status": None,
        "metadata": [{"key": "tier", "value": "gold"}],
        "volume_attachment": [
            {
                "id": "a1",
                "volume_id": VOLUME,
                "mountpoint": "/dev/vdb",
                "instance_uuid": SERVER,
                "attach_status": "attached",
                "attached_host": None,
            }
        ],
    },
}

SNAPSHOT: dict[str, Any] = {
    "event_type": "snapshot.create.end",
    "publisher_id": "snapshot.blk1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000013",
    "timestamp": "2026-03-01 12:00:09",
    "payload": {
        "snapshot_id": "ss1",
        "volume_id": VOLUME,
        "volume_size": 20,
        "tenant_id": "aa11",
        "user_id": "bb22",
        "display_name": "before",
        "status": "available",
        "created_at": "2026-03-01T12:00:00+00:00",
        "availability_zone": "nova",
        "deleted": "",
        "metadata": "{'a': 'b'}",
    },
}

IMAGE: dict[str, Any] = {
    "event_type": "image.delete",
    "publisher_id": "image.ctl1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000004",
    "timestamp": "2026-03-03 07:00:00.000200",
    "payload": {
        "id": "33aa",
        "name": "deb12",
        "owner": "aa11",
        "status": "deleted",
        "size": 700000000,
        "virtual_size": None,
        "visibility": "private",
        "is_public": False,
        "created_at": "2026-02-01T00:00:00Z",
        "updated_at": "2026-03-03T07:00:00Z",
        "deleted": True,
        "deleted_at": "2026-03-03T06:59:59Z",
        "properties": {},
        "tags": [],
    },
}

PROJECT: dict[str, Any] = {
    "event_type": "identity.project.created",
    "publisher_id": "identity.ctl1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000005",
    "timestamp": "2026-03-01 09:00:00.000300",
    "payload": {
        "typeURI": "http://schemas.dmtf.org/cloud/audit/1.0/event",
        "eventType": "activity",
        "id": "e1",
        "eventTime": "2026-03-01T09:00:00.000000+0000",
        "action": "created.project",
        "outcome": "success",
        "observer": {"id": "o1", "typeURI": "service/security"},
        "target": {"id": "aa11", "typeURI": "data/security/project"},
        "initiator": {"id": "adm", "user_id": "adm", "name": "admin", "project_id": "pp"},
        "resource_info": "aa11",
    },
}

ASSIGNMENT: dict[str, Any] = {
    "event_type": "identity.role_assignment.created",
    "publisher_id": "identity.ctl1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000006",
    "timestamp": "2026-03-01 09:00:01.000300",
    "payload": {
        "action": "created.role_assignment",
        "outcome": "success",
        "role": "r9",
        "user": "bb22",
        "project": "aa11",
        "inherited_to_projects": False,
        "target": {"id": "zz", "typeURI": "service/security/account/user"},
    },
}

FLOATING_IP: dict[str, Any] = {
    "event_type": "floatingip.delete.end",
    "publisher_id": "network.ctl1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000007",
    "timestamp": "2026-03-04 12:00:00.000400",
    "payload": {
        "floatingip_id": "f1",
        "floatingip": {
            "id": "f1",
            "project_id": "aa11",
            "tenant_id": "aa11",
            "floating_ip_address": "203.0.113.9",
            "floating_network_id": "n1",
            "router_id": None,
            "port_id": None,
            "fixed_ip_address": None,
            "status": "DOWN",
            "created_at": "2026-03-01T12:00:00Z",
        },
    },
}

STACK: dict[str, Any] = {
    "event_type": "orchestration.stack.create.end",
    "publisher_id": "orchestration.ctl1",
    "priority": "INFO",
    "message_id": "5d0c7b1e-0001-4b7e-9f00-000000000008",
    "timestamp": "2026-03-04 13:00:00.000400",
    "payload": {
        "tenant_id": "aa11",
        "user_id": "someone",
        "stack_identity": "arn:openstack:heat::aa11:stacks/shop/57ac",
        "stack_name": "shop",
        "state": "CREATE_COMPLETE",
        "create_at": "2026-03-04T12:59:00Z",
    },
}


def wrapped(inner: dict[str, Any], version: Any = "2.0") -> bytes:
    """A body of format 2: text within text."""
    return json.dumps({"oslo.version": version, "oslo.message": json.dumps(inner)}).encode()


def sent(sample: dict[str, Any], event_type: str | None = None, /, **envelope: Any) -> Notification:
    """A sample as it is received, as another event and with other parts of its envelope."""
    inner = copy.deepcopy(sample) | envelope
    if event_type is not None:
        inner["event_type"] = event_type
    return decode(wrapped(inner))


def with_payload(sample: dict[str, Any], event_type: str | None = None, /, **changes: Any) -> Notification:
    """A sample whose payload says something else; an Ellipsis takes a key away."""
    notification = sent(sample, event_type)
    payload = notification.payload
    place = payload.get("nova_object.data", payload)
    place.update(changes)
    for name in [name for name, value in changes.items() if value is ...]:
        del place[name]
    return notification


def means(sample: dict[str, Any], event_type: str | None = None, /, **changes: Any) -> Meaning:
    """What a sample with another payload means."""
    return meaning(with_payload(sample, event_type, **changes))
