"""The same instances copied by dlt with its pyarrow backend, in a process of its own.

    python -m benchmarks.dlt_once CELL_URL STORE_URL

It reads the columns that ours reads, without the stored flavour of each instance: less work than ours.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from benchmarks.measure import measured

_NAMES = """
    id uuid project_id user_id display_name vcpus memory_mb root_gb ephemeral_gb instance_type_id created_at updated_at
    deleted_at deleted launched_at terminated_at vm_state task_state power_state image_ref key_name hostname host node
    availability_zone
"""
COLUMNS = _NAMES.split()


def main() -> None:
    """Do it once and tell."""
    cell_url, store_url = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"DLT_DATA_DIR": home, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
        import dlt
        from dlt.sources.sql_database import sql_table

        source = sql_table(
            credentials=cell_url,
            table="instances",
            backend="pyarrow",
            chunk_size=50_000,
            included_columns=COLUMNS,
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
