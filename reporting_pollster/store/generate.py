"""Writes what follows from the tables' description: the first revision, the DDL of each database, the data dictionary.

Run it with `make schema` after each change of a table; a test fails when that was forgotten. Until the first release
the first revision is written anew. Afterwards it stays, and `--revision "What changes."` writes another one, with
new tables, columns and indexes; what is more than that is written by hand, and must be repeatable too. It works in the
source tree only.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import ops

from reporting_pollster import __version__
from reporting_pollster.store import migration
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.ddl import ddl
from reporting_pollster.store.dictionary import dictionary
from reporting_pollster.store.engine import Kind, create_store_engine
from reporting_pollster.store.ownership import VERSION_TABLE
from reporting_pollster.store.revision_text import first_revision, next_revision, revision_id

ROOT = Path(__file__).parents[2]
VERSIONS = Path("alembic/versions")
FIRST = VERSIONS / "0001_first_schema.py"
_FILES: Mapping[str, Kind] = {"mariadb.sql": "mysql", "postgresql.sql": "postgresql", "sqlite.sql": "sqlite"}


def generated() -> Mapping[Path, str]:
    """The text of every file that follows from the tables, by its path in the source tree."""
    metadata = whole_metadata()
    draft = {FIRST: first_revision(metadata)} if __version__.startswith("1.0.0.dev") else {}
    revision = revision_id(draft[FIRST]) if draft else migration.head()
    return {
        **draft,
        **{Path("schema") / name: ddl(metadata, kind, revision) for name, kind in _FILES.items()},
        Path("schema/data-dictionary.md"): dictionary(metadata, revision),
    }


def further_revision(subject: str) -> tuple[Path, str]:
    """Path and text of the revision that brings a database from the newest revision to the tables as they are."""
    number = len(migration.revisions()) + 1
    slug = re.sub(r"\W+", "_", subject.lower()).strip("_")
    return VERSIONS / f"{number:04}_{slug}.py", next_revision(subject, migration.head(), _missing())


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every generated file that is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m reporting_pollster.store.generate", description=__doc__)
    parser.add_argument("--revision", metavar="SUBJECT", help="write a revision with what the newest one lacks")
    subject = parser.parse_args(arguments).revision
    if subject:
        try:
            _write(*further_revision(subject))
        except ValueError as error:
            parser.exit(1, f"This revision has to be written by hand: {error}\n")
        return  # the rest follows from what is on disk now: run again
    for path, text in generated().items():
        _write(path, text)


def _write(path: Path, text: str) -> None:
    file = ROOT / path
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
        print(path)  # noqa: T201


def _missing() -> ops.UpgradeOps:
    with tempfile.TemporaryDirectory() as directory:
        engine = create_store_engine(f"sqlite:///{directory}/newest.sqlite")
        migration.upgrade(engine)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            found = produce_migrations(context, whole_metadata()).upgrade_ops
        engine.dispose()
    assert found is not None
    return found


if __name__ == "__main__":
    main()
