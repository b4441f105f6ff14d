"""Gnocchi, which keeps metrics: how to reach it, what it has, and measures of many resources with one request."""

from reporting_pollster.sources.gnocchi.gnocchi import Gnocchi, Question, Resource

__all__ = ["Gnocchi", "Question", "Resource"]
