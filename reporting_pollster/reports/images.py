"""Images and how many living instances were made of each; also of those that glance has forgotten.

An instance that boots from a volume names no image.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, literal, select, true, union_all

from reporting_pollster.reports.base import Asked, Chart, Column, Report, moment, number, text
from reporting_pollster.reports.seconds import at, seconds_between
from reporting_pollster.reports.versions import of_project, projects, table, within_reach

_DAY = 86_400

_COLUMNS = (
    text("image_id", "Image id"),
    text("image", "Image"),
    text("project_id", "Project id"),
    text("project", "Project"),
    text("visibility", "Visibility"),
    Column("active", "There", "flag"),
    number("size_bytes", "Size, bytes", "bytes"),
    moment("created", "Created"),
    number("age_days", "Age, days", "days", total=False),
    number("instances", "Instances"),
)


def _query(asked: Asked) -> Select[Any]:
    used = _used(asked).subquery()
    names = projects(asked)
    image_table = table("image")
    image = image_table.c
    instances = func.coalesce(used.c.instances, 0)
    living = select(image.id).where(image.region == asked.region, image.active == true())
    wanted = union_all(living, select(used.c.image)).subquery()
    ids = select(wanted.c.id).distinct().subquery()
    age = seconds_between(image.created, at(asked.as_of))
    return (
        select(
            ids.c.id,
            image.name,
            image.project_id,
            names.c.name,
            image.visibility,
            func.coalesce(image.active, literal(False)),
            image.size,
            image.created,
            age // _DAY,
            instances,
        )
        .select_from(ids)
        .outerjoin(image_table, (image.id == ids.c.id) & (image.region == asked.region))
        .outerjoin(used, used.c.image == ids.c.id)
        .outerjoin(names, names.c.id == image.project_id)
        .where(of_project(image.project_id, asked))
        .order_by(instances.desc(), ids.c.id)
    )


def _used(asked: Asked) -> Select[Any]:
    instance = table("instance").c
    living = (
        instance.region == asked.region,
        instance.active == true(),
        instance.image.is_not(None),
        instance.image != "",
        within_reach(instance.project_id, asked),
    )
    return select(instance.image, func.count().label("instances")).where(*living).group_by(instance.image)


REPORT = Report(
    title="Images in use",
    description="Every image that there is, and every other that living instances were made of.",
    example="--format csv",
    columns=_COLUMNS,
    query=_query,
    tables=("image", "instance"),
    of_project=True,
    told_to="project",
    charts=lambda by: (Chart("Instances by image", ("image",), "instances"),),
)
