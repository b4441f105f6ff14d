"""Writes what follows from the tables' description: the first revision, the DDL of each database, the data dictionary.

Run it with `make schema` after each change of a table; a test fails when that was forgotten.
"""

from __future__ import annotations

from pathlib import Path

from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.first_revision import first_revision

ROOT = Path(__file__).parents[2]
FIRST_REVISION = ROOT / "alembic/versions/0001_first_schema.py"


def main() -> None:
    """Write every generated file."""
    FIRST_REVISION.write_text(first_revision(whole_metadata()))


if __name__ == "__main__":
    main()
