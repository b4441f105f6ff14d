"""Templates: types of devices. The one of racks is hidden, those of networks and volumes are seeded."""

from __future__ import annotations

from typing import Any

from tests.concertim.answer import Refused, invalid, not_found, unprocessable
from tests.concertim.installation import Installation, Template
from tests.concertim.request import Request, blank, too_long, whole

_TEXTS = ("name", "description", "foreign_id")
_SIZES = ("vcpus", "ram", "disk")
_HIDDEN = "rack"  # the name of the template of racks


def shown(template: Template) -> dict[str, Any]:
    """Return a template as it is answered."""
    return dict(vars(template))


def listed(there: Installation, request: Request) -> Any:
    """GET /templates"""
    return [shown(template) for template in there.templates.values()]


def create(there: Installation, request: Request) -> Any:
    """POST /templates"""
    values = request.wrapped("template", *_TEXTS, *_SIZES, "height", "tag", "version", "images")
    problems = _problems(there, values, None)
    height = whole(values.get("height"))
    if height is None or height < 1:
        problems["height"] = ["must be greater than 0"]
    elif height > 6 and not values.get("images"):
        problems["images"] = ["can't be blank"]
    if values.get("tag") and any(each.tag == values["tag"] for each in there.templates.values()):
        problems["tag"] = ["has already been taken"]
    if problems:
        raise invalid(problems)
    assert height is not None
    kept = {name: values.get(name) for name in (*_TEXTS[1:], "tag")}
    sizes = {name: _size(values.get(name)) for name in _SIZES}
    return shown(there.template(values["name"], height, **kept, **sizes))


def change(there: Installation, request: Request) -> Any:
    """PATCH /templates/:id"""
    template = there.templates.get(request.ids[0])
    if template is None:
        raise not_found()
    values = request.wrapped("template", *_TEXTS, *_SIZES, "images", "height")
    values.pop("height", None)  # not an error, and not heard
    if problems := _problems(there, {**vars(template), **values}, template):
        raise invalid(problems)
    for name, value in values.items():
        if name != "images":
            setattr(template, name, _size(value) if name in _SIZES else value)
    return shown(template)


def delete(there: Installation, request: Request) -> Any:
    """DELETE /templates/:id"""
    template = there.templates.get(request.ids[0])
    if "recurse" in request.query:
        there.violations.append(f"template {request.ids[0]} deleted with recurse, which deletes its devices")
        raise Refused(500, {"errors": [{"status": "500", "title": "never", "description": "never do this"}]})
    if template is None:
        raise not_found()
    if any(device.template_id == template.id for device in there.devices.values()):
        raise unprocessable("devices have been created from this template")
    del there.templates[template.id]
    return {}


def _problems(there: Installation, values: dict[str, Any], itself: Template | None) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    others = {each.name for each in there.templates.values() if each is not itself} | {_HIDDEN}
    if blank(values.get("name")):
        problems["name"] = ["can't be blank"]
    elif values["name"] in others:
        problems["name"] = ["has already been taken"]
    for name in _TEXTS:
        if too_long(values.get(name)):
            problems[name] = ["is too long (maximum is 255 characters)"]
    for name in _SIZES:
        if not blank(values.get(name)) and (whole(values[name]) or 0) < 1:
            problems[name] = ["must be greater than 0"]
    return problems


def _size(value: Any) -> int | None:
    return None if blank(value) else whole(value)
