"""A page for people: racks with their devices, each at its place, made anew every two seconds."""

from __future__ import annotations

from html import escape

from tests.concertim.installation import Device, Installation, Rack

_STYLE = """
body { font: 14px sans-serif; margin: 1rem; background: #f4f5f7 }
main { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-end }
table { border-collapse: collapse; background: #222; color: #eee; width: 15rem }
caption { text-align: left; font-weight: bold }
td { height: .8rem; border: 1px solid #444; padding: 0 .4rem; overflow: hidden }
td:first-child { width: 1.5rem; color: #888 }
.ACTIVE { background: #2d6a3e } .AVAILABLE { background: #2d5a6a } .STOPPED { background: #555 }
.SUSPENDED { background: #6a5d2d } .IN_PROGRESS { background: #2d406a } .FAILED { background: #7a2d2d }
"""


def page(there: Installation) -> str:
    """Return the page."""
    with there.lock:
        racks = "".join(_rack(there, rack) for rack in sorted(there.racks.values(), key=lambda each: each.name))
        count = f"{len(there.racks)} racks, {len(there.devices)} devices, {len(there.templates)} templates"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
        f"<title>Stand-in for Concertim</title><style>{_STYLE}</style>"
        f"<h1>Racks and devices</h1><p>{count}</p><main>{racks}</main></html>"
    )


def _rack(there: Installation, rack: Rack) -> str:
    owner = there.teams[rack.owner_id].name if there.has_teams else there.users[rack.owner_id].login
    starts = {there.end(device): device for device in there.devices_of(rack.id)}
    rows, covered = [], 0
    for unit in range(rack.u_height, 0, -1):
        if device := starts.get(unit):
            covered = there.templates[device.template_id].height
            rows.append(_device_row(unit, device, covered))
        elif covered > 0:
            rows.append(f"<tr><td>{unit}</td></tr>")
        else:
            rows.append(f"<tr><td>{unit}</td><td></td></tr>")
        covered -= 1
    caption = f"{escape(rack.name)} <small>{escape(owner)} · {rack.status}</small>"
    return f"<table><caption>{caption}</caption>{''.join(rows)}</table>"


def _device_row(unit: int, device: Device, height: int) -> str:
    text = f"{escape(device.name)} <small>{device.type} · {device.status}</small>"
    return f'<tr><td>{unit}</td><td rowspan="{height}" class="{device.status}">{text}</td></tr>'
