"""The manifest: which files a directory of exports has, what they are about, and how to tell that they are complete.

It is written last, so a file that it names is in its place. Nothing in it depends on when an export was made: the
same data gives the same manifest, byte by byte.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reporting_pollster.errors import WrongParameter
from reporting_pollster.exports.file import put

NAME = "manifest.json"
VERSION = 1


@dataclass(frozen=True)
class ExportedFile:
    """One file, by its path within the directory."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Export:
    """One month of a dataset; times are UTC and ends exclusive. Nothing is known after `complete_to`.

    `schema` says whose columns they are; its version changes with their meaning, not when one is added.
    """

    dataset: str
    month: str
    format: str
    schema: str
    schema_version: int
    window_from: str
    window_to: str
    complete_to: str
    as_known_at: str | None
    price_list: str | None
    notes: tuple[str, ...]
    files: tuple[ExportedFile, ...]


def note(directory: Path, region: str, exports: Sequence[Export]) -> None:
    """Add exports to the manifest of a directory; they replace those of the same dataset, month and format."""
    known = {_key(each): each for each in _read(directory, region)}
    known |= {_key(each): each for each in map(asdict, exports)}
    document = {"manifest_version": VERSION, "region": region, "exports": [known[key] for key in sorted(known)]}
    put(directory / NAME, [json.dumps(document, ensure_ascii=False, indent=2).encode(), b"\n"])


def check(directory: Path, region: str) -> None:
    """Raise unless exports of this region may be put there."""
    _read(directory, region)


def _key(export: dict[str, Any]) -> tuple[str, str, str]:
    return export["dataset"], export["month"], export["format"]


def _read(directory: Path, region: str) -> list[dict[str, Any]]:
    path = directory / NAME
    try:
        document = json.loads(path.read_bytes())
        its_region, exports = document["region"], document["exports"]
        if document["manifest_version"] != VERSION:
            raise KeyError("manifest_version")
        [_key(each) for each in exports]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongParameter(
            f"cannot read {path}: {type(error).__name__}", hint="choose another directory, or move that file away"
        ) from error
    if its_region != region:
        raise WrongParameter(
            f"{directory} has exports of region {its_region}", hint=f"choose another directory for {region}"
        )
    return list(exports)
