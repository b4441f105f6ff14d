"""What is looked at, once there is something to look at."""

from __future__ import annotations

from dataclasses import dataclass

from reporting_pollster.sources.database import Database


@dataclass(frozen=True)
class Source:
    """A source database. `kind` is what queries call it: a settings group, or CELLS; `overlap` is in seconds."""

    subject: str
    kind: str
    database: Database
    overlap: int
