"""Runs reports: what was asked in words, the rows that answer it, and the formats that they are handed out in."""

from reporting_pollster.services.report.formats import FORMATS, write
from reporting_pollster.services.report.request import ReportRequest, names_for, read_request
from reporting_pollster.services.report.result import ReportResult
from reporting_pollster.services.report.run import run_report

__all__ = ["FORMATS", "ReportRequest", "ReportResult", "names_for", "read_request", "run_report", "write"]
