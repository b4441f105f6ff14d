"""Builds everything from the settings: the only place that does.

The settings are read when something first asks for them, so that help and the sample file need none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from reporting_pollster.config import Settings


class Application:
    """What the commands call."""

    def __init__(self, settings_loader: Callable[[], Settings]) -> None:
        self._settings_loader = settings_loader

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        return self._settings_loader()
