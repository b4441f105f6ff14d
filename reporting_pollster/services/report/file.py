"""A file that is there as a whole or not at all: whoever reads it never sees half a report."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from reporting_pollster.errors import PollsterError


class FileNotWritten(PollsterError):
    """A file could not be written; one that was there before is as it was."""


def write_file(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside its place, and put it there when it is complete and on disk."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with unfinished.open("xb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileNotWritten(f"cannot write {path}: {reason}", hint="choose another file with --output") from error
