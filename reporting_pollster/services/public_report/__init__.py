"""Tables and views of the reporting database, read by name and filters: what established clients call reports."""

from reporting_pollster.services.public_report.catalogue import PublicReport, ReportColumn, public_reports
from reporting_pollster.services.public_report.documents import ReportDocument, report_documents
from reporting_pollster.services.public_report.query import Filter, ReportQuery
from reporting_pollster.services.public_report.read import OpenReport, open_public_report

__all__ = [
    "Filter",
    "OpenReport",
    "PublicReport",
    "ReportColumn",
    "ReportDocument",
    "ReportQuery",
    "open_public_report",
    "public_reports",
    "report_documents",
]
