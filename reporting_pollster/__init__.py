"""Copies what matters out of OpenStack's databases into one reporting database, and keeps its history."""

__version__ = "1.0.0.dev0"
