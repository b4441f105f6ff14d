"""Derives periods and usage from the facts that were synced.

    facts that changed -> periods of their resources -> days of their projects

Work is proportional to change: what was noted while syncing is derived anew, and only days are added up again in which
a period changed. The first time, and when asked to, everything is.
"""

from reporting_pollster.services.derive.follow import follow
from reporting_pollster.services.derive.run import DeriveResult, derive

__all__ = ["DeriveResult", "derive", "follow"]
