"""A life as text: what a failure shows, with the seed that gives the same one again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reporting_pollster.domain.timeline.fact import InstanceFacts
from tests.oracle.comparison import Difference, Periods
from tests.oracle.journal import second_of
from tests.oracle.lifecycle import Lifecycle


def story(life: Lifecycle, facts: InstanceFacts, periods: Periods, found: Sequence[Difference]) -> str:
    """Rows, truth, periods and where they differ; times in seconds."""
    lines = [f"seed {life.seed!r}, {life.server.habits}, now {life.now}"]
    for row in facts.versions:
        times = {name: _second(getattr(row, name)) for name in ("known_from", "launched", "terminated", "deleted")}
        lines.append(f"  row {row.vm_state} flavour={row.flavour.id} saved={_second(row.updated)} {times}")
    for action in sorted(facts.actions, key=lambda each: str(each.started)):
        times = {name: _second(getattr(action, name)) for name in ("started", "finished", "updated")}
        lines.append(f"  action {action.action} {'failed ' if action.failed else ''}{times}")
    for each in facts.migrations:
        sizes, times = (each.old_flavour, each.new_flavour), (_second(each.created), _second(each.updated))
        lines.append(f"  migration {each.type} {each.status} {sizes} {times}")
    lines += [f"  truth {span.begin}-{span.end} {tuple(span.being)}" for span in life.server.truth.spans()]
    for period in periods:
        began = period.began
        bounds = f"{began.origin} ({began.rule}) {_second(began.earliest)}..{_second(began.latest)}"
        values = (period.values.flavour.id, period.values.state, period.values.in_use)
        lines.append(f"  told {_second(period.start)}-{_second(period.end)} {values} {bounds}")
    return "\n".join([*lines, *(f"  DIFFERENT {each}" for each in found)])


def _second(moment: datetime | None) -> int | None:
    return None if moment is None else second_of(moment)
