"""The entries of resources: what a client told of them, and what follows from their periods.

A resource that a client wrote to is told from what it wrote, so that it sees its own writes at once, without waiting
for a derivation; only what the sources tell of the time after that is added.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from reporting_pollster.config.settings import AlmanachSettings
from reporting_pollster.derived import timelines
from reporting_pollster.derived.declared_facts import FACT
from reporting_pollster.derived.instance_period import InstancePeriod
from reporting_pollster.derived.volume_period import VolumePeriod
from reporting_pollster.domain.almanach.derived import (
    Attached,
    Attachment,
    Course,
    attachment_course,
    derived_entries,
    with_following,
)
from reporting_pollster.domain.almanach.entry import Entry, Kind
from reporting_pollster.entities.instance import Instance
from reporting_pollster.entities.volume import Volume
from reporting_pollster.entities.volume_attachment import VolumeAttachment
from reporting_pollster.entities.volume_type import VolumeType
from reporting_pollster.events.instance_event import InstanceEvent
from reporting_pollster.events.volume_event import VolumeEvent
from reporting_pollster.store.almanach import declared_entries, told_types
from reporting_pollster.store.periods import context_of, facts_of

LOG = logging.getLogger(__name__)
KINDS: tuple[Kind, ...] = ("instance", "volume")
PERIOD: Mapping[Kind, type[InstancePeriod] | type[VolumePeriod]] = {"instance": InstancePeriod, "volume": VolumePeriod}
_BATCH = 1000
_COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "instance": ("project_id", "in_use", "state", "flavour_name"),
    "volume": ("project_id", "in_use", "state", "volume_type", "size"),
}


class _Known(NamedTuple):
    """What periods do not tell of some resources, by id."""

    names: Mapping[str, str]
    courses: Mapping[str, Mapping[str, Course]]
    metadata: Mapping[str, Mapping[str, Any]]


class _Piece(NamedTuple):
    """The entry of a period, and whether it was of use to anybody."""

    entry: Entry
    in_use: bool
    state: str

    def _with(self, known_from: datetime) -> _Piece:
        return self._replace(entry=self.entry._replace(processed=known_from))


class EntryReader:
    """Reads entries of one region, all from one state of the database."""

    def __init__(self, connection: Connection, region: str, settings: AlmanachSettings) -> None:
        self._connection, self._region, self._settings = connection, region, settings

    def of(self, kind: Kind, ids: Iterable[str]) -> dict[str, list[Entry]]:
        """The entries of some resources; those left out of which nothing is known."""
        found: dict[str, list[Entry]] = {}
        wanted = list(ids)
        for begin in range(0, len(wanted), _BATCH):
            found |= self._batch(kind, wanted[begin : begin + _BATCH])
        return found

    def of_one(self, entity_id: str) -> list[Entry]:
        """The entries of a resource, of whatever kind."""
        return next((found[entity_id] for kind in KINDS if (found := self.of(kind, [entity_id]))), [])

    @cached_property
    def types(self) -> Mapping[str, str | None]:
        """Names of volume types by id; what a client told of a type counts more than what cinder says."""
        query = select(VolumeType.id, VolumeType.name).where(VolumeType.region == self._region)
        known = {row.id: row.name for row in self._connection.execute(query)}
        return {**known, **told_types(self._connection, self._region)}

    def _batch(self, kind: Kind, ids: Sequence[str]) -> dict[str, list[Entry]]:
        declared = declared_entries(self._connection, self._region, kind, ids)
        pieces = self._believed(kind, [each for each in ids if each not in declared])
        if declared:
            pieces |= self._from_sources(kind, list(declared))
        derived = self._derived(kind, pieces)
        both = {each: with_following(declared.get(each, ()), derived.get(each, ())) for each in ids}
        return {each: list(map(self._with_type, entries)) for each, entries in both.items() if entries}

    def _with_type(self, entry: Entry) -> Entry:
        return entry._replace(volume_type=self._type(entry.volume_type_id, entry.volume_type))

    def _type(self, type_id: str | None, told: str | None) -> str | None:
        return None if type_id is None else self.types.get(type_id) or told or type_id

    def _derived(self, kind: Kind, found: Mapping[str, list[_Piece]]) -> dict[str, list[Entry]]:
        pieces = _lived(found, _TERMINATED if kind == "instance" else None)
        if not pieces:
            return {}
        known = self._of_instances(list(pieces)) if kind == "instance" else self._of_volumes(list(pieces))
        result = {}
        for each, parts in pieces.items():
            told = [part._replace(name=known.names.get(each), metadata=known.metadata.get(each, {})) for part in parts]
            result[each] = derived_entries(told, **known.courses.get(each, {}))
        return result

    def _believed(self, kind: Kind, ids: Sequence[str]) -> dict[str, list[_Piece]]:
        """What is believed of resources, from the periods."""
        if not ids:
            return {}
        p, columns = PERIOD[kind].__table__.c, _COLUMNS[kind]
        query = select(p.id, p.known_from, p.valid_from, p.valid_to, *(p[name] for name in columns))
        mine = (p.region == self._region, p.known_to.is_(None), p.id.in_(ids))
        found: dict[str, list[_Piece]] = defaultdict(list)
        for row in self._connection.execute(query.where(*mine).order_by(p.id, p.valid_from)):
            key, known_from, start, end, *values = tuple[Any, ...](row)
            told = dict(zip(columns, values, strict=True))
            found[key].append(_piece(kind, key, start, end, told)._with(known_from))
        return found

    def _from_sources(self, kind: Kind, ids: Sequence[str]) -> dict[str, list[_Piece]]:
        """What the sources alone tell of resources: what is believed may still have what a client told before."""
        timeline = timelines()[kind]
        context = context_of(self._connection, timeline, self._region)
        found: dict[str, list[_Piece]] = {}
        for key, facts in facts_of(self._connection, timeline, self._region, ids).items():
            told = {name: rows for name, rows in facts.items() if name != FACT}
            try:
                periods = timeline.derive(told, context) if told else ()
            except Exception as error:  # noqa: BLE001 (beyond the rules: such facts change nothing that is believed)
                LOG.warning("sources not understood id=%s error=%s: %s", key, type(error).__name__, error)
                periods = ()
            found[key] = [
                _piece(kind, key, each.start, each.end, dict(zip(timeline.columns, each.values, strict=True)))
                for each in periods
            ]
        return found

    def _of_instances(self, ids: Sequence[str]) -> _Known:
        name = func.coalesce(func.nullif(Instance.hostname, ""), Instance.name)
        names = self._named(Instance.id, name, Instance.region, ids)
        images: dict[str, list[tuple[datetime, Any]]] = defaultdict(list)
        metadata: dict[str, Mapping[str, Any]] = {}
        e = InstanceEvent
        told: dict[str, str] = {}
        for key, happened, called, image, owner in self._events(e, ids, names, e.name, e.image_meta, e.metadata_):
            if called is not None:
                told[key] = called
            if image is not None:
                images[key].append((happened, _allowed(image, self._settings.instance_image_meta)))
            if owner is not None:
                metadata[key] = _allowed(owner, self._settings.instance_metadata)
        courses = {key: {"image_meta": course} for key, course in images.items()}
        return _Known({**told, **names}, courses, metadata)

    def _events(self, e: Any, ids: Sequence[str], names: Mapping[str, Any], *columns: Any) -> Iterable[Any]:
        """What events tell that is needed: of everything with an allow-list, else of what has no row yet."""
        if not (self._settings.instance_image_meta or self._settings.instance_metadata):
            ids = [each for each in ids if each not in names]
        if not ids:
            return ()
        query = select(e.id, e.happened, *columns).where(e.region == self._region, e.id.in_(ids))
        return self._connection.execute(query.order_by(e.happened, e.message_id))

    def _of_volumes(self, ids: Sequence[str]) -> _Known:
        names = self._named(Volume.id, Volume.display_name, Volume.region, ids)
        told: dict[str, list[Attached]] = defaultdict(list)
        called: dict[str, str] = {}
        e = VolumeEvent
        query = select(e.id, e.happened, e.name, e.attached_to).where(e.region == self._region, e.id.in_(ids))
        for key, happened, name, instances in self._connection.execute(query.order_by(e.happened, e.message_id)):
            if name is not None:
                called[key] = name
            if instances is not None:
                told[key].append(Attached(happened, tuple(json.loads(instances))))
        rows = self._attachments(ids)
        both = {*rows, *told}
        courses = {key: {"attached_to": attachment_course(rows.get(key, ()), told.get(key, ()))} for key in both}
        return _Known({**called, **names}, courses, {})

    def _attachments(self, ids: Sequence[str]) -> Mapping[str, list[Attachment]]:
        """What the rows of attachments tell; a reservation is none."""
        a = VolumeAttachment
        begun = func.coalesce(a.attached, a.created)
        ended = func.coalesce(a.detached, a.deleted, a.vanished_before)
        held = or_(a.attached.is_not(None), and_(a.active, or_(a.status.is_(None), a.status.in_(_HELD))))
        query = select(a.volume_id, a.instance_id, begun, ended, a.active).where(
            a.region == self._region, a.volume_id.in_(ids), a.instance_id.is_not(None), begun.is_not(None), held
        )
        found: dict[str, list[Attachment]] = defaultdict(list)
        for row in self._connection.execute(query):
            volume, instance, at, end, active = tuple[Any, ...](row)
            until = None if active else _time(end) or _time(at)
            found[volume].append(Attachment(instance, _needed(at), until))
        return found

    def _named(self, key: Any, name: Any, region: Any, ids: Sequence[str]) -> dict[str, str]:
        query = select(key, name).where(region == self._region, key.in_(ids))
        return {row[0]: row[1] for row in self._connection.execute(query) if row[1] is not None}


_TERMINATED = "deleting"  # what nova does to an instance after its termination
_HELD = ("attached", "detaching", "error_detaching")


def _piece(kind: Kind, key: str, start: datetime, end: datetime | None, told: Mapping[str, Any]) -> _Piece:
    entry = Entry(kind, key, told["project_id"], start, end, end or start)
    if kind == "instance":
        entry = entry._replace(flavor=told["flavour_name"])
    else:
        entry = entry._replace(volume_type_id=told["volume_type"], size=told["size"])
    return _Piece(entry, told["in_use"], told["state"])


def _lived(found: Mapping[str, list[_Piece]], after: str | None = None) -> dict[str, list[Entry]]:
    """Of what was ever of use to anybody the life, without what was done `after` it: a failed build has no entry."""
    result = {}
    for key, pieces in found.items():
        if any(piece.in_use for piece in pieces):
            last = max(number for number, piece in enumerate(pieces) if piece.in_use or piece.state != after)
            result[key] = [piece.entry for piece in pieces[: last + 1]]
    return result


def _allowed(document: str, names: Sequence[str]) -> Mapping[str, Any]:
    told = json.loads(document)
    return {name: told[name] for name in names if name in told} if isinstance(told, dict) else {}


def _time(value: Any) -> datetime | None:
    return None if value is None else _needed(value)


def _needed(value: Any) -> datetime:
    """A time that an expression gave: on SQLite its text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
