"""Flavours of nova, with their extra specs, kept after nova has dropped them.

Traps: nova deletes flavours outright, and "editing" one is a delete and a create with another id. Instances go on
pointing to the old id, so a flavour that we never saw may still be known from the copy that every instance carries.
The flavorid that users see can be taken again by a later flavour; only the internal id tells them apart.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Double, Executable, Index, Select, Text, false, func, insert, literal, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import (
    EffectContext,
    Entity,
    Inputs,
    Reporting,
    Row,
    Tracked,
    Whole,
    document,
    ident,
)
from reporting_pollster.entities.source import SourceQuery, SourceTables


class Flavour(Tracked, Reporting):
    """Flavours, also those that nova has dropped and those known only from instances"""

    __tablename__ = "flavour"
    __table_args__ = (Index("ix_flavour_uuid", "uuid"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Internal id (instance.flavour)")
    uuid: Mapped[str | None] = mapped_column(ident(255), comment="Id that users see (flavorid); not unique over time")
    name: Mapped[str | None] = mapped_column(comment="Name")
    vcpus: Mapped[int | None] = mapped_column(comment="Virtual CPUs")
    memory: Mapped[int | None] = mapped_column(comment="Memory, MB")
    root: Mapped[int | None] = mapped_column(comment="Root disk, GB")
    ephemeral: Mapped[int | None] = mapped_column(comment="Ephemeral disk, GB")
    public: Mapped[bool | None] = mapped_column(comment="Open to every project")
    swap: Mapped[int | None] = mapped_column(comment="Swap, MB")
    rxtx_factor: Mapped[float | None] = mapped_column(Double, comment="Network bandwidth factor")
    disabled: Mapped[bool | None] = mapped_column(comment="Not offered for new instances")
    description: Mapped[str | None] = mapped_column(Text, comment="Description")
    extra_specs: Mapped[str | None] = mapped_column(document(), comment="Extra specs, JSON object with sorted keys")
    projects: Mapped[str | None] = mapped_column(
        document(), comment="Projects that may use it when it is not public, JSON list, sorted"
    )
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")


_SIZES = ("vcpus", "memory", "root", "ephemeral")
_DEFINITION = ("uuid", "name", *_SIZES, "public", "swap", "rxtx_factor", "disabled")


def _flavours(tables: SourceTables) -> Select[Any]:
    f = tables["flavors"]
    return select(
        f.id,
        f.flavorid.label("uuid"),
        f.name,
        f.vcpus,
        f.memory_mb.label("memory"),
        func.coalesce(f.root_gb, 0).label("root"),
        func.coalesce(f.ephemeral_gb, 0).label("ephemeral"),
        func.coalesce(f.is_public, 1).label("public"),
        f.swap,
        f.rxtx_factor,
        func.coalesce(f.disabled, 0).label("disabled"),
        f.maybe("description").label("description"),
        f.created_at.label("created"),
        literal(1).label("active"),
    )


def _extra_specs(tables: SourceTables) -> Select[Any]:
    s = tables["flavor_extra_specs"]
    return select(s.flavor_id, s.key.label("spec"), s.value)


def _projects(tables: SourceTables) -> Select[Any]:
    p = tables["flavor_projects"]
    return select(p.flavor_id, p.project_id)


def _complete(inputs: Inputs) -> Iterator[Row]:
    specs: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for spec in inputs["extra_specs"]:
        specs[spec.flavor_id][str(spec.spec)] = spec.value
    projects: defaultdict[Any, set[str]] = defaultdict(set)
    for access in inputs["projects"]:
        projects[access.flavor_id].add(str(access.project_id))
    for flavour in inputs["flavours"]:
        allowed = projects.get(flavour.id)
        yield (*flavour, _json(specs.get(flavour.id, {})), allowed and _json(sorted(allowed)))


def _json(value: dict[str, Any] | list[str]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def known_from_instances(context: EffectContext) -> Executable:
    """Keep the flavours that only instances know, as they were for the first of these instances by id.

    For the instance entity, whose staged rows carry their flavour. What nova_api lists is never touched.
    """
    stage = context.stage.c
    found = (
        select(stage.flavour, func.min(stage.id).label("id"))
        .where(stage.flavour.is_not(None), stage.flavour_name.is_not(None))
        .group_by(stage.flavour)
        .subquery()
    )
    # asked per flavour, of which there are few, and not per instance
    known = select(Flavour.id).where(Flavour.id == found.c.flavour, Flavour.region == context.region).exists()
    first = select(found).where(~known)
    # Grouped once more, so that not even an instance staged twice gives two rows of one key.
    values = {
        "id": stage.flavour,
        "uuid": func.min(stage.flavour_uuid),
        "name": func.min(stage.flavour_name),
        **{size: func.min(stage[size]) for size in _SIZES},
        **_bookkeeping(context),
    }
    chosen = (
        select(*(value.label(name) for name, value in values.items()))
        .where(tuple_(stage.flavour, stage.id).in_(first))  # a join would make SQLite index all staged rows first
        .group_by(stage.flavour)
    )
    return insert(Flavour).from_select(list(values), chosen)


def _bookkeeping(context: EffectContext) -> dict[str, Any]:
    now = literal(context.now, Flavour.__table__.c.known_from.type)
    return {
        "region": literal(context.region),
        "public": false(),
        "active": false(),
        "first_seen": now,
        "known_from": now,
        "changed_at": now,
    }


ENTITY = Entity(
    table=Flavour,
    source=Whole(
        inputs={
            "flavours": SourceQuery("nova_api", _flavours),
            "extra_specs": SourceQuery("nova_api", _extra_specs),
            "projects": SourceQuery("nova_api", _projects),
        },
        rows=_complete,
        columns=("id", *_DEFINITION, "description", "created", "active", "extra_specs", "projects"),
    ),
    history=(*_DEFINITION, "extra_specs", "active"),
    minimum={"swap": 0, **dict.fromkeys(_SIZES, 0)},
    may_empty=False,
)
