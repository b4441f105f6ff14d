"""Metrics: hours and days of them out of Gnocchi."""

from reporting_pollster.services.metrics.polled import Polled, PollRequest

__all__ = ["PollRequest", "Polled"]
