"""Exports: periods, usage and FOCUS rows of a time span as files, a folder for each month, with a manifest."""

from reporting_pollster.services.export.dataset import DATASETS
from reporting_pollster.services.export.run import Destination, run_export

__all__ = ["DATASETS", "Destination", "run_export"]
