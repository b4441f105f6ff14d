"""One derivation of the instances in a process of its own, so that its peak memory is nobody else's.

    python -m benchmarks.derive_once STORE_URL

Prints a line of JSON.
"""

from __future__ import annotations

import json
import sys

from benchmarks.facts import CELL, REGION
from benchmarks.measure import measured
from reporting_pollster.derived import timelines
from reporting_pollster.services.derive import derive
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.lease import holding
from reporting_pollster.store.scope import Scope


def main() -> None:
    """Do it once and tell."""
    engine = create_store_engine(sys.argv[1])
    with measured() as result, holding(engine) as held:
        done = derive(timelines()["instance"], REGION, engine, held, lambda _table: [Scope(REGION, CELL)])
    figures = {"seconds": result.seconds, "cpu": result.cpu_seconds, "peak_mib": result.peak_mib}
    print(json.dumps({**figures, "resources": done.resources, "added": done.added, "days": done.days}))


if __name__ == "__main__":
    main()
