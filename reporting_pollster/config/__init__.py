"""The settings: read once from files and environment, then handed down as plain values.

Nothing below the command line asks oslo.config for anything: who needs a setting is given it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from reporting_pollster.config.settings import (
    AlmanachSettings,
    ApiSettings,
    DatabaseSettings,
    GnocchiSettings,
    LogSettings,
    NotificationSettings,
    RatingSettings,
    ReportingSettings,
    Settings,
    SyncSettings,
)
from reporting_pollster.config.url import mask_url

__all__ = [
    "AlmanachSettings",
    "ApiSettings",
    "DatabaseSettings",
    "GnocchiSettings",
    "LogSettings",
    "NotificationSettings",
    "RatingSettings",
    "ReportingSettings",
    "Settings",
    "SyncSettings",
    "load",
    "mask_url",
]


def load(
    config_files: Sequence[Path] | None = None,
    config_dirs: Sequence[Path] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings; raise a SettingsError that names the first thing that is wrong.

    Without files and directories the usual places are read. `environment` stands for the process's own.
    """
    # oslo.config is slow to import, and most users of this package only want the classes
    from reporting_pollster.config.loading import settings_from
    from reporting_pollster.config.reading import read

    return settings_from(read(config_files, config_dirs, environment=environment))
