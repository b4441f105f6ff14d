"""The same instances copied by dlt with its pyarrow backend, in a process of its own.

    python -m benchmarks.dlt_once CELL_URL STORE_URL

It reads the same columns as ours, from a view that the benchmark has made of them.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from benchmarks.baseline import VIEW
from benchmarks.measure import measured


def main() -> None:
    """Do it once and tell."""
    cell_url, store_url = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"DLT_DATA_DIR": home, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
        import dlt
        from dlt.sources.sql_database import sql_table

        source = sql_table(
            credentials=cell_url,
            table=VIEW,
            backend="pyarrow",
            chunk_size=50_000,
        )
        pipeline = dlt.pipeline(
            "bench", destination=dlt.destinations.sqlalchemy(store_url), dataset_name="dlt_bench", pipelines_dir=home
        )
        with measured() as result:
            pipeline.run(source, write_disposition="replace")
    figures = {"seconds": result.seconds, "cpu": result.cpu_seconds, "peak_mib": result.peak_mib}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
