"""Almanach's questions and writes: what a project had and when, told by the sources or by clients.

Whoever may not see a project sees nothing of it, as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, select

from reporting_pollster.config.settings import AlmanachSettings
from reporting_pollster.domain.almanach import rule
from reporting_pollster.domain.almanach.entry import Entries, Entry, Kind
from reporting_pollster.domain.almanach.rule import Correction
from reporting_pollster.domain.reach import EVERYTHING, Reach
from reporting_pollster.entities.project import Project
from reporting_pollster.entities.volume_type import VolumeType
from reporting_pollster.errors import UnknownName, WrongParameter
from reporting_pollster.reports.versions import reached
from reporting_pollster.services.almanach.count import Count, EntryCount
from reporting_pollster.services.almanach.entries import KINDS, EntryReader
from reporting_pollster.services.almanach.listing import Listed, Page, list_entries
from reporting_pollster.store.almanach import claim, forget_type, save_entries, save_type, told_types
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading, utc_now, with_retries

__all__ = ["KINDS", "Almanach", "Correction", "Count", "Entry", "Listed", "Page"]
Rule = Callable[[Entries], Entries]


class Almanach:
    """What Almanach's API answers for one region."""

    def __init__(self, engine: Engine, region: str, settings: AlmanachSettings) -> None:
        whole_metadata()  # what is asked of facts names tables of earlier versions
        self._engine, self._region, self._settings = engine, region, settings
        self._count = EntryCount(engine, region)
        self._threshold = timedelta(seconds=settings.volume_existence_threshold)

    def now(self) -> datetime:
        """The database's clock, UTC."""
        with reading(self._engine) as connection:
            return utc_now(connection)

    def count(self) -> Count:
        """How many entries there are."""
        return self._count.count()

    def entries(self, listed: Listed, reach: Reach = EVERYTHING) -> list[Entry]:
        """The entries of a project; none when it may not be seen."""
        with reading(self._engine) as connection:
            if not self._seen(connection, reach, {listed.project_id}):
                return []
            return list_entries(connection, self._region, self._reader(connection), listed)

    def entity(self, entity_id: str, reach: Reach = EVERYTHING) -> list[Entry]:
        """All entries of a resource that may be seen. Raises UnknownName without any."""
        with reading(self._engine) as connection:
            found = self._reader(connection).of_one(entity_id)
            seen = self._seen(connection, reach, {entry.project_id for entry in found})
        entries = [entry for entry in found if entry.project_id in seen or reach.everything]
        if not entries:
            raise UnknownName(f"Entity {entity_id} not found")
        return entries

    def create_instance(self, new: Entry) -> None:
        """An instance was made."""
        self._create(new)

    def delete_instance(self, entity_id: str, at: datetime) -> None:
        """An instance ended."""
        missing = f"InstanceId: {entity_id} Not Found"
        self._write("instance", entity_id, lambda entries: rule.deleted(entries, at), missing)

    def change_instance(self, entity_id: str, at: datetime, **values: Any) -> None:
        """An instance had another `flavor` or `image_meta` from an instant on."""
        self._write("instance", entity_id, lambda entries: rule.changed(entries, at, **values))

    def correct_instance(self, entity_id: str, correction: Correction) -> Entry:
        """The open entry of an instance is put right; returns it."""
        before, after = self._write("instance", entity_id, lambda entries: rule.corrected(entries, correction))
        return _saved(after, correction.of(before[-1]))

    def correct_between(self, entity_id: str, begin: datetime, end: datetime, correction: Correction) -> Entry:
        """The only entry of an instance that began and ended within a span is put right; returns it."""

        def correct(entries: Entries) -> Entries:
            return rule.corrected_between(entries, begin, end, correction)[0]

        before, after = self._write("instance", entity_id, correct)
        return _saved(after, rule.corrected_between(before, begin, end, correction)[1])

    def create_volume(self, new: Entry) -> None:
        """A volume was made. Raises UnknownName when its type is not known."""
        self._create(new)

    def delete_volume(self, entity_id: str, at: datetime) -> None:
        """A volume ended."""
        self._write("volume", entity_id, lambda entries: rule.deleted(entries, at, self._threshold))

    def resize_volume(self, entity_id: str, at: datetime, size: int) -> None:
        """A volume had another size from an instant on."""
        self._write("volume", entity_id, lambda entries: rule.changed(entries, at, size=size))

    def attach_volume(self, entity_id: str, at: datetime, instances: Sequence[str]) -> None:
        """A volume was attached: these are all its instances."""
        self._write("volume", entity_id, lambda entries: rule.attached(entries, at, instances, self._threshold))

    def detach_volume(self, entity_id: str, at: datetime, instances: Sequence[str]) -> None:
        """A volume was detached: these are left."""
        self._write("volume", entity_id, lambda entries: rule.detached(entries, at, instances, self._threshold))

    def volume_types(self) -> Mapping[str, str | None]:
        """Names of volume types by id: those that cinder offers, and those that clients told of."""
        query = select(VolumeType.id, VolumeType.name).where(VolumeType.region == self._region, VolumeType.active)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(VolumeType.name, VolumeType.id))
            offered = {row.id: row.name for row in rows}
            return {**offered, **told_types(connection, self._region)}

    def volume_type(self, type_id: str) -> str | None:
        """The name of a volume type, also of a deleted one. Raises UnknownName when there is none."""
        with reading(self._engine) as connection:
            return _type_name(self._reader(connection), type_id)

    def create_volume_type(self, type_id: str, name: str | None) -> None:
        """There is a volume type of this name; a repeat renames it."""
        with_retries(self._engine, lambda connection: save_type(connection, self._region, type_id, name))

    def delete_volume_type(self, type_id: str) -> None:
        """What was told of a volume type is forgotten. Raises UnknownName, also for one that only cinder has."""
        if not with_retries(self._engine, lambda connection: forget_type(connection, self._region, type_id)):
            raise UnknownName(f"Volume type {type_id} not found among those that were created here")

    def _create(self, new: Entry) -> None:
        def create(reader: EntryReader, entries: Entries) -> Entries:
            [other] = set(KINDS) - {new.kind}
            if not entries and reader.of(other, [new.entity_id]):
                raise WrongParameter(f"{new.entity_id} is the id of another kind of resource")
            known = None if new.volume_type_id is None else _type_name(reader, new.volume_type_id)
            return rule.created(entries, new._replace(volume_type=known))

        self._change(new.kind, new.entity_id, create)

    def _write(self, kind: Kind, entity_id: str, change: Rule, missing: str | None = None) -> tuple[Entries, Entries]:
        def changed(_reader: EntryReader, entries: Entries) -> Entries:
            try:
                return change(entries)
            except rule.NoEntry as error:
                raise UnknownName(missing or f"Entity {entity_id} not found") from error

        return self._change(kind, entity_id, changed)

    def _change(
        self, kind: Kind, entity_id: str, change: Callable[[EntryReader, Entries], Entries]
    ) -> tuple[Entries, Entries]:
        """Entries before and after. What the sources told is copied first, and then changed."""
        return with_retries(self._engine, partial(self._changed, kind, entity_id, change))

    def _changed(
        self, kind: Kind, entity_id: str, change: Callable[[EntryReader, Entries], Entries], connection: Connection
    ) -> tuple[Entries, Entries]:
        claim(connection, self._region, kind, entity_id)
        reader = self._reader(connection)
        before = reader.of(kind, [entity_id]).get(entity_id, [])
        after = change(reader, before)
        if after != before:
            now = utc_now(connection)
            after = [entry if entry in before else entry._replace(processed=now) for entry in after]
            save_entries(connection, self._region, kind, entity_id, after)
        return before, after

    def _reader(self, connection: Connection) -> EntryReader:
        return EntryReader(connection, self._region, self._settings)

    def _seen(self, connection: Connection, reach: Reach, projects: set[str | None]) -> set[str | None]:
        """Those of these projects that may be seen; keystone need not know one's own."""
        if reach.everything:
            return projects
        if reach.domain_id is None:
            return projects & {reach.project_id} - {None}
        may = reached(Project.__table__.c.id, self._region, reach)
        query = select(Project.id).where(Project.region == self._region, Project.id.in_(projects), may)
        return set(connection.scalars(query))


def _saved(entries: Entries, entry: Entry) -> Entry:
    """An entry as it was saved, with the time of that."""
    return next(each for each in entries if each._replace(processed=entry.processed) == entry)


def _type_name(reader: EntryReader, type_id: str) -> str | None:
    if type_id not in reader.types:
        raise UnknownName(f"Volume type {type_id} not found")
    return reader.types[type_id]
