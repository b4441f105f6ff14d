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


def sync_instances(cell_url: str, api_url: str, store_url: str) -> list[UnitResult]:
    """The instance table alone, without the tables that it comes after."""
    sources = {
        name: Database(name, DatabaseSettings(url)) for name, url in (("nova_api", api_url), ("cell1", cell_url))
    }
    cloud = Cloud("bench", {"nova_api": sources["nova_api"]}, {"cell1": sources["cell1"]})
    engine = create_store_engine(store_url)
    with holding(engine) as held:
        cycle = Cycle(cloud, engine, SyncSettings(), Request(), Silence(), held)
        results = list(cycle.table(catalogue()["instance"]))
    cloud.close()
    engine.dispose()
    assert all(result.is_good for result in results), results
    return results


def main() -> None:
    """Do it once and tell."""
    cell_url, api_url, store_url = sys.argv[1:4]
    with measured() as result:
        (unit,) = sync_instances(cell_url, api_url, store_url)
    figures = {"seconds": result.seconds, "cpu": result.cpu_seconds, "peak_mib": result.peak_mib}
    print(json.dumps({**figures, "read": unit.rows_read, "new": unit.plan.new, "changed": unit.plan.changed}))


if __name__ == "__main__":
    main()
