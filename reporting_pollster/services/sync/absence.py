"""Says what a source does not have, once in each process: in every cycle it would drown what is news.

A database that is not configured leaves its tables empty, and a column that a release does not have reads as NULL.
Both look like facts in a report, so that a reader must be able to find out.
"""

from __future__ import annotations

import logging

from reporting_pollster.services.sync.context import Origin

LOG = logging.getLogger(__name__)


def tell_absent(origin: Origin) -> None:
    """One line for each database, column and table that this origin would read, and that was not named before."""
    for name in origin.entity.source.databases:
        database = origin.cloud.find(name, origin.scope.cell_name)
        if database is None:
            if origin.cloud.is_news(name):
                LOG.info("not configured, what it alone tells stays empty database=%s", name)
            continue
        for absent in database.newly_absent():
            LOG.info("not in this release, read as empty database=%s name=%s", database.name, absent)
