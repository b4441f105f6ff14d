"""Whose data somebody may see: everything, that of one domain, that of one project, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reach:
    """At most one of the three is set; a service that reads for somebody else applies it to every query."""

    everything: bool = False
    domain_id: str | None = None
    project_id: str | None = None


EVERYTHING: Final = Reach(everything=True)
