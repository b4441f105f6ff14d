"""A file that is there as a whole or not at all, and what it takes to tell that it has not been changed.

Whoever reads it never sees half of it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from reporting_pollster.errors import PollsterError


class FileNotWritten(PollsterError):
    """A file could not be written; one that was there before is as it was."""


class Written(NamedTuple):
    """A file that is in its place."""

    size: int
    sha256: str


def put(path: Path, parts: Iterable[bytes]) -> Written:
    """Write a file, and the directories above it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(path, error, "choose another directory") from error
    return put_beside(path, parts, "choose another directory")


def put_beside(path: Path, parts: Iterable[bytes], hint: str) -> Written:
    """Write a file beside its place, and put it there when it is complete and on disk; its directory must be there."""
    digest, size = hashlib.sha256(), 0
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with unfinished.open("xb") as file:
                for part in parts:
                    file.write(part)
                    digest.update(part)
                    size += len(part)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(path, error, hint) from error
    return Written(size, digest.hexdigest())


def _not_written(path: Path, error: OSError, hint: str) -> FileNotWritten:
    return FileNotWritten(f"cannot write {path}: {error.strerror or type(error).__name__}", hint=hint)
