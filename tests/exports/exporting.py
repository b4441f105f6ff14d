"""Exports in tests: what was written, read back by the libraries that others would use."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet

from reporting_pollster.domain.rates import PriceList
from reporting_pollster.exports.manifest import Export
from reporting_pollster.services.export import DATASETS, Destination, run_export
from reporting_pollster.services.report import read_request
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse
from tests.services.rate.rated import rates


@dataclass
class Exporter:
    """Exports a warehouse into a directory."""

    warehouse: Warehouse
    directory: Path

    def __call__(
        self, name: str, format_name: str = "csv", prices: PriceList | None = None, **words: str
    ) -> list[Export]:
        given = {key.rstrip("_").replace("_", "-"): value for key, value in words.items()}
        request = read_request(DATASETS[name].about, given)
        destination = Destination(self.directory, format_name)
        priced = (prices or rates()) if DATASETS[name].needs_rates else None
        return run_export(self.warehouse.engine, REGION, name, request, destination, priced)

    def contents(self) -> dict[str, bytes]:
        """Every file by its path."""
        files = (path for path in self.directory.rglob("*") if path.is_file())
        return {str(path.relative_to(self.directory)): path.read_bytes() for path in files}

    def manifest(self) -> dict[str, Any]:
        """The manifest, after its checksums were compared with the files."""
        document: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text())
        named = [file for export in document["exports"] for file in export["files"]]
        for file in named:
            data = (self.directory / file["path"]).read_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        assert {file["path"] for file in named} | {"manifest.json"} == self.contents().keys()
        return document

    def rows(self, folder: str, month: str, format_name: str = "csv") -> list[dict[str, Any]]:
        """The rows of one file."""
        return read(self.directory / folder / f"month={month}" / f"{folder}.{format_name}")


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, in whatever format it is."""
    match path.suffix:
        case ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        case ".jsonl":
            return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return list(pyarrow.parquet.ParquetFile(path).read().to_pylist())
