"""Writes an export: month by month, file by file, each complete before it is in its place, the manifest last.

Everything is read from one state of the reporting database. Rows go from there into the files as they come, so memory
stays the same however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from reporting_pollster.domain.rates import PriceList
from reporting_pollster.errors import WrongParameter
from reporting_pollster.exports import manifest
from reporting_pollster.exports.field import Row
from reporting_pollster.exports.file import put
from reporting_pollster.exports.formats import FORMATS
from reporting_pollster.exports.formats.plain import moment_text
from reporting_pollster.exports.manifest import Export, ExportedFile
from reporting_pollster.reports.base import Asked
from reporting_pollster.reports.consumption import midnight, pieces
from reporting_pollster.services.export.dataset import DATASETS, Dataset
from reporting_pollster.services.export.month import Month, Part
from reporting_pollster.services.report.knowledge import Knowledge
from reporting_pollster.services.report.request import ReportRequest
from reporting_pollster.services.report.run import resolved
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading, utc_now

_DAY = timedelta(days=1)


class Destination(NamedTuple):
    """Where files go, and in which format."""

    directory: Path
    format: str


def run_export(
    engine: Engine,
    region: str,
    name: str,
    request: ReportRequest,
    destination: Destination,
    rates: PriceList | None = None,
) -> list[Export]:
    """Write a dataset of a time span; returns what the manifest says of it."""
    dataset = DATASETS[name]
    FORMATS[destination.format].check()
    manifest.check(destination.directory, region)
    whole_metadata()  # queries name tables of earlier versions
    exports = []
    with reading(engine) as connection:
        knowledge = Knowledge(connection, region, dataset.about.tables)
        asked = resolved(dataset.about, region, request, knowledge, utc_now(connection))
        if dataset.by_days:
            asked = _whole_days(asked, request)
        for begin, end in pieces(asked.begin, asked.end, "month"):
            month = Month(connection, asked, datetime(begin.year, begin.month, 1), begin, end, rates)
            files = tuple(_file(part, month, destination) for part in dataset.parts(month))
            exports.append(_export(name, dataset, month, files, destination.format))
    manifest.note(destination.directory, region, exports)
    return exports


def _whole_days(asked: Asked, request: ReportRequest) -> Asked:
    """Without an end, to the last midnight."""
    end = asked.end if request.end is not None else midnight(asked.end.date())
    for instant in (asked.begin, end):
        if instant != midnight(instant.date()):
            raise WrongParameter(
                f"usage is exported by whole days, and {instant} is within one", hint="give dates as --from and --to"
            )
    if end <= asked.begin:
        raise WrongParameter(f"no day is over since {asked.begin}", hint="give --from and --to, or --month")
    return replace(asked, end=end)


def _file(part: Part, month: Month, destination: Destination) -> ExportedFile:
    counted = _Counted(part.rows)
    path = f"{part.folder}/month={month.name}/{part.folder}.{destination.format}"
    written = put(destination.directory / path, FORMATS[destination.format].write(part.fields, iter(counted)))
    return ExportedFile(path, counted.rows, written.size, written.sha256)


class _Counted:
    """Rows that are counted while they pass."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.rows = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.rows += 1
            yield row


def _export(name: str, dataset: Dataset, month: Month, files: tuple[ExportedFile, ...], format_name: str) -> Export:
    asked = month.asked
    complete_to = max(month.begin, min(month.end, _known_until(asked, dataset.by_days)))
    return Export(
        dataset=name,
        month=month.name,
        format=format_name,
        schema=dataset.schema,
        schema_version=dataset.schema_version,
        window_from=moment_text(month.begin),
        window_to=moment_text(month.end),
        complete_to=moment_text(complete_to),
        as_known_at=None if asked.known_at is None else moment_text(asked.known_at),
        price_list=None if month.rates is None else month.rates.name,
        notes=tuple(month.notes),
        files=files,
    )


def _known_until(asked: Asked, by_days: bool) -> datetime:
    if by_days:
        return min((midnight(day + _DAY) for day in asked.added_up_to.values()), default=asked.begin)
    return min((asked.known_until, *asked.until.values()))
