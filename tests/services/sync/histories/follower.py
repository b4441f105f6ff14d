"""The pollster that follows a history, and what must be true after each of its cycles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Entity, Whole
from reporting_pollster.services.sync import UnitResult
from tests.pollster import Pollster
from tests.services.sync.histories.truth import KEYS, Key, Rows, as_told, attached, has_instances, truth
from tests.services.sync.histories.world import World

Reported = dict[tuple[str, Key], dict[str, Any]]


class Follower:
    """Syncs, and remembers what was ever reported."""

    def __init__(self, world: World, pollster: Pollster) -> None:
        self._world = world
        self.pollster = pollster
        self._ever: set[tuple[str, Key]] = set()
        self._exact: dict[tuple[str, Key], datetime] = {}

    def cycle(self, *names: str, **request: Any) -> list[UnitResult]:
        """One cycle at the source's present time, with what must be true right after it."""
        self.pollster.sources.close()  # new connections ask for the time
        results = self._sync(*names, **request)
        tables = [name for name in KEYS if any(result.table == name for result in results)]
        if not request.get("dry_run"):
            self._world.read_at = self._world.clock.now
            for table in tables:
                self._check_at_once(catalogue()[table])
                self._check_kept(table)
            self._world.loud = {(table, key) for table, key in self._world.loud if table not in tables}
        return results

    def _sync(self, *names: str, **request: Any) -> list[UnitResult]:
        """A good cycle. Wrong clocks may make a quiet cell look like a copy of before, until the operator insists."""
        results = self.pollster.attempt(*names, **request)
        older = {result.table for result in results if "it seems to be an older copy" in (result.message or "")}
        if older and self._world.skewed:
            results = self.pollster.attempt(*names, **request, accept=frozenset(older))
        bad = [result for result in results if not result.is_good]
        assert not bad, bad
        return results

    def settle(self, *names: str) -> None:
        """Walk over everything: then the store equals the source, and another cycle has nothing to do."""
        self.pollster.settings = replace(self.pollster.settings, page_rows=5000)
        self.cycle(*names)  # to the end of the walk under way
        self._world.clock.forward(60)
        results = self.cycle(*names)
        tables = [name for name in KEYS if any(result.table == name for result in results)]
        for table in tables:
            self._check_equal(table, truth(self._world.cloud, table))
            self._check_vanished(table)
            self._check_history(catalogue()[table])
        self._check_derived(tables)
        self._check_counts(tables)
        self._world.clock.forward(60)
        before = self.pollster.contents(tables)
        again = self.cycle(*names)
        assert all(result.plan.is_empty for result in again), [each for each in again if not each.plan.is_empty]
        assert self.pollster.contents(tables) == before

    # -- after each cycle

    def _check_at_once(self, entity: Entity) -> None:
        """What is read whole is exact at once, and what is indexed by time or counted is found at once."""
        rows = truth(self._world.cloud, entity.name)
        if isinstance(entity.source, Whole):
            self._check_equal(entity.name, rows)
            return
        loud = {key for table, key in self._world.loud if table == entity.name}
        self._check_equal(entity.name, {key: row for key, row in rows.items() if key in loud}, only=True)

    def _check_kept(self, table: str) -> None:
        """Nothing that was ever reported is lost, nor the exact time of a deletion."""
        reported, present = self._reported(table), truth(self._world.cloud, table)
        if catalogue()[table].gone != "remove":
            lost = [key for name, key in self._ever if name == table and key not in reported]
            assert not lost, f"{table} lost {lost}"
        for key, row in reported.items():
            self._ever.add((table, key))
            known = self._exact.get((table, key))
            assert known is None or key in present or row["deleted"] == known, f"{table} {key} was deleted at {known}"
            if row.get("deleted") is not None and row["vanished_before"] is None:
                self._exact[table, key] = row["deleted"]

    # -- at the end

    def _check_equal(self, table: str, rows: Rows, *, only: bool = False) -> None:
        reported = self._reported(table)
        wrong = [
            f"{table} {key}: {name} is {reported.get(key, {}).get(name)!r}, not {value!r}"
            for key, row in rows.items()
            for name, value in row.items()
            if key not in reported or as_told(reported[key][name]) != as_told(value)
        ]
        if not only:
            active = (key for key, row in reported.items() if row["active"] and key not in rows)
            wrong += [f"{table} {key}: is active" for key in active if catalogue()[table].gone != "keep"]
        assert not wrong, "\n".join(wrong[:20])

    def _check_vanished(self, table: str) -> None:
        """The bounds of what went without a trace are in order, and the truth is between them."""
        present = truth(self._world.cloud, table)
        for key, row in self._reported(table).items():
            after, before = row["vanished_after"], row["vanished_before"]
            if key in present:
                assert (after, before) == (None, None), f"{table} {key} is there"
                continue
            if before is None:
                continue
            assert not row["active"]
            gone = self._world.removed.get((table, key))
            if gone is not None and not self._world.jumped_back:
                assert after <= gone <= before, f"{table} {key} went at {gone}, not between {after} and {before}"

    def _check_history(self, entity: Entity) -> None:
        """Versions follow one another up to the present row, and each differs from the next."""
        if not entity.history:
            return
        keys, kept = KEYS[entity.name], entity.history
        reported = self._reported(entity.name)
        newest: dict[Key, dict[str, Any]] = {}
        rows = self.pollster.rows(f"{entity.name}_history")
        for row in sorted(rows, key=lambda row: -row["history_id"]):
            key = tuple(row[name] for name in keys)
            later = newest.get(key) or reported.get(key)
            newest[key] = row
            if later is None:
                assert entity.gone == "remove", f"{entity.name} {key} has a past only"
                continue
            assert row["known_to"] == later["known_from"], f"{entity.name} {key}: a gap after {row}"
            back = later.get("vanished_before") is not None
            assert back or [row[name] for name in kept] != [later[name] for name in kept], f"{entity.name} {key}: {row}"

    def _check_derived(self, tables: list[str]) -> None:
        if "instance" in tables:
            projects = self.pollster.rows("project")
            theirs = has_instances(self._world.cloud) & {row["id"] for row in projects}
            assert {row["id"] for row in projects if row["has_instances"]} == theirs, "projects with instances"
        if "volume_attachment" in tables:
            found = {row["id"]: row["instance_uuid"] for row in self.pollster.rows("volume") if row["attached"]}
            assert found == attached(self._world.cloud), "attached volumes"

    def _check_counts(self, tables: list[str]) -> None:
        counts = {row["table_name"]: row["row_count"] for row in self.pollster.rows("metadata")}
        for table in tables:
            assert counts[table] == len(self.pollster.rows(table)), table

    def _reported(self, table: str) -> dict[Key, dict[str, Any]]:
        return {tuple(row[name] for name in KEYS[table]): row for row in self.pollster.rows(table)}
