"""One sync of the instance table in a process of its own, so that its peak memory is nobody else's.

    python -m benchmarks.load_once CELL_URL API_URL STORE_URL

The tables must be there. Prints a line of JSON.
"""

from __future__ import annotations

import json
import sys

from benchmarks.measure import measured
from reporting_pollster.config.settings import DatabaseSettings, SyncSettings
from reporting_pollster.entities import catalogue
from reporting_pollster.services.sync import Request, UnitResult
from reporting_pollster.services.sync.request import Silence
from reporting_pollster.services.sync.run import Cycle
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.sources.database import Database
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.lease import holding


class Follower:
    """Follows the instance table of one cell, with connections that stay open from cycle to cycle."""

    def __init__(self, cell_url: str, api_url: str, store_url: str) -> None:
        urls = {"nova_api": api_url, "cell1": cell_url}
        sources = {name: Database(name, DatabaseSettings(url)) for name, url in urls.items()}
        self._cloud = Cloud("bench", {"nova_api": sources["nova_api"]}, {"cell1": sources["cell1"]})
        self._engine = create_store_engine(store_url)

    def cycle(self) -> UnitResult:
        """The instance table alone, without the tables that it comes after."""
        with holding(self._engine) as held:
            cycle = Cycle(self._cloud, self._engine, SyncSettings(), Request(), Silence(), held)
            (result,) = cycle.table(catalogue()["instance"])
        assert result.is_good, result
        return result

    def close(self) -> None:
        self._cloud.close()
        self._engine.dispose()


def main() -> None:
    """Do it once and tell."""
    cell_url, api_url, store_url = sys.argv[1:4]
    with measured() as result:
        unit = Follower(cell_url, api_url, store_url).cycle()
    figures = {"seconds": result.seconds, "cpu": result.cpu_seconds, "peak_mib": result.peak_mib}
    print(json.dumps({**figures, "read": unit.rows_read, "new": unit.plan.new, "changed": unit.plan.changed}))


if __name__ == "__main__":
    main()
