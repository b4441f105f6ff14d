"""What a volume is attached to, from the attachments that we hold.

Said once here, because a change on either side can make it so: a new attachment, or a volume that is first seen after
its attachments. The trap is the writing: only rows whose value really differs may be touched, and in MariaDB `id IN
(SELECT …)` in an UPDATE visits every volume, so the changed ones are joined instead.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, Executable, Table, Update, and_, case, exists, func, or_, select, true, update

from reporting_pollster.entities.base import EffectContext, Reporting

# A reservation is no attachment yet, or never became one. Old rows have no status: they count until they are deleted.
_NOT_YET = ("reserved", "attaching", "error_attaching", "detached")


def attach(context: EffectContext, changed: Literal["volume", "volume_attachment"]) -> Executable:
    """Fill `attached` and `instance_uuid` of the volumes that this cycle's changes of a table concern."""
    volume = Reporting.metadata.tables["volume"]
    attachment = Reporting.metadata.tables["volume_attachment"]
    is_attached, instance = _attached(volume, attachment), _instance(volume, attachment)
    refresh = (
        update(volume)
        .values(attached=is_attached, instance_uuid=instance, changed_at=context.now)
        .where(
            volume.c.region == context.region,
            or_(volume.c.attached != is_attached, volume.c.instance_uuid.is_distinct_from(instance)),
        )
    )
    if context.first_load:
        return refresh
    if changed == "volume":
        return refresh.where(volume.c.changed_at == context.now)
    return _concerned(refresh, volume, attachment, context)


def _concerned(refresh: Update, volume: Table, attachment: Table, context: EffectContext) -> Update:
    concerned = (
        select(attachment.c.volume_id)
        .where(attachment.c.region == context.region, attachment.c.changed_at == context.now)
        .distinct()
        .subquery("concerned")
    )
    return refresh.where(volume.c.id == concerned.c.volume_id)


def _live(volume: Table, attachment: Table) -> ColumnElement[bool]:
    return and_(
        attachment.c.volume_id == volume.c.id,
        attachment.c.region == volume.c.region,
        attachment.c.active == true(),
        func.coalesce(attachment.c.status, "").not_in(_NOT_YET),
    )


def _attached(volume: Table, attachment: Table) -> ColumnElement[bool]:
    live = select(attachment.c.id).where(_live(volume, attachment)).correlate(volume)
    return and_(volume.c.active == true(), exists(live))


def _instance(volume: Table, attachment: Table) -> ColumnElement[Any]:
    """Of the first live attachment, whatever order a database gives to an empty time."""
    first = (
        select(attachment.c.instance_id)
        .where(_live(volume, attachment), volume.c.active == true())
        .order_by(case((attachment.c.attached.is_(None), 1), else_=0), attachment.c.attached, attachment.c.id)
        .limit(1)
        .correlate(volume)
    )
    return first.scalar_subquery()
