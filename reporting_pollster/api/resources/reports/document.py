"""What a client is told of a report before it reads one. Established clients know the first four keys only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reporting_pollster.services.public_report import ReportDocument

_TYPES = {"identifier": "text", "flag": "0 or 1", "moment": "time (UTC)"}
DOCUMENT_SCHEMA = {
    "type": "object",
    "required": ["name", "description", "lastUpdated", "links"],
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "lastUpdated": {"type": ["string", "null"]},
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
        "rowCount": {"type": ["integer", "null"]},
        "lastSuccess": {"type": ["string", "null"]},
        "lagSeconds": {"type": ["integer", "null"]},
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "type", "description"],
                "properties": {
                    "name": {"type": "string"},
                    "type": {"type": "string"},
                    "description": {"type": "string"},
                },
            },
        },
    },
}


def document_of(found: ReportDocument) -> dict[str, Any]:
    """The document of one report."""
    report, fresh = found.report, found.freshness
    return {
        "name": report.name,
        "description": report.description,
        "lastUpdated": _utc(fresh.last_update),
        "links": {"self": f"/v1/reports/{report.name}"},
        "rowCount": fresh.row_count,
        "lastSuccess": _utc(fresh.last_success),
        "lagSeconds": found.lag_seconds,
        "columns": [
            {"name": each.name, "type": _TYPES.get(each.kind, each.kind), "description": each.comment}
            for each in report.columns.values()
        ],
    }


def _utc(value: datetime | None) -> str | None:
    return None if value is None else f"{value.isoformat()}+00:00"
