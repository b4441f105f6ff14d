"""What was done to instances: created, resized, stopped, shelved, … with the time to the second.

Traps: nova keeps no usable index on time here, so new rows are found by their id and finished ones by asking again
for those that changed lately: nova says of very few that they are finished, and the last of their events moves
`updated`. Actions are never soft-deleted; they are archived with their instance, and purged from there.
What was done remains done: a row that nova has forgotten stays as it is, with `active` = 1, and no report needs to
look at that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Appended, Entity, Paged, Reporting, Tracked, Unfinished, ident
from reporting_pollster.entities.source import CELLS, SourceTables


class InstanceAction(Tracked, Reporting):
    """Actions on instances, as nova recorded them; true also after nova has purged them"""

    __tablename__ = "instance_action"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Id within the cell")
    cell_name: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Cell whose database holds it")
    instance_id: Mapped[str | None] = mapped_column(ident(36), index=True, comment="Instance UUID (instance.id)")
    action: Mapped[str | None] = mapped_column(comment="What was done (create, resize, confirmResize, stop, shelve, …)")
    request_id: Mapped[str | None] = mapped_column(ident(255), comment="API request that asked for it")
    user_id: Mapped[str | None] = mapped_column(ident(), comment="User that asked for it")
    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project of the request, not always the owner's")
    started: Mapped[datetime | None] = mapped_column(index=True, comment="Start, UTC")
    finished: Mapped[datetime | None] = mapped_column(comment="End, UTC; empty while it runs, or when it never ended")
    message: Mapped[str | None] = mapped_column(comment="Error when it failed")
    updated: Mapped[datetime | None] = mapped_column(index=True, comment="Last change in nova, events included, UTC")


def _actions(tables: SourceTables) -> Select[Any]:
    a = tables["instance_actions"]
    return select(
        a.id,
        a.instance_uuid.label("instance_id"),
        a.action,
        a.request_id,
        a.user_id,
        a.project_id,
        a.start_time.label("started"),
        a.finish_time.label("finished"),
        a.message,
        a.updated_at.label("updated"),
        literal(1).label("active"),
    )


ENTITY = Entity(
    table=InstanceAction,
    after=("instance",),
    source=Paged(
        database=CELLS,
        table="instance_actions",
        select=_actions,
        cursors=(Appended("id"), Unfinished(column="finished", touched="updated", since="started")),
        shadowed=True,
    ),
    gone="keep",
    # None of these ever changes, unless a restored database gives an id again: then the earlier action is kept.
    history=("instance_id", "action", "request_id", "started"),
)
