"""Bring the reporting database up to what OpenStack's databases say now.

    read -> plan -> guard -> one transaction (rows, history, counts, cursors, fencing token)

Each table is done source by source (a region, or one of its cells). A failure moves nothing, running again changes
nothing, and one source that fails or is not believed does not keep the others from going on.
"""

from reporting_pollster.services.sync.request import Listener, Request, UnitResult
from reporting_pollster.services.sync.run import sync

__all__ = ["Listener", "Request", "UnitResult", "sync"]
