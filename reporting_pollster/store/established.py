"""The tables and columns of the established reporting database, which queries written for it go on reading.

They keep their names and meanings; whatever else a table of ours has was added. Being a promise to others, the list
is written down instead of derived: a table that loses one of its columns fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping

ESTABLISHED: Mapping[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "metadata": "table_name last_update row_count",
        "hypervisor": "id availability_zone host hostname ip_address cpus memory local_storage last_seen active",
        "project": "id display_name organisation description enabled personal has_instances quota_instances"
        " quota_vcpus quota_memory quota_volume_total quota_snapshot quota_volume_count",
        "user": "id name email default_project enabled",
        "role": "role user project",
        "flavour": "id uuid name vcpus memory root ephemeral public active",
        "instance": "project_id id name vcpus memory root ephemeral flavour created_by created deleted active"
        " hypervisor availability_zone cell_name",
        "volume": "id project_id display_name size created deleted attached instance_uuid availability_zone active",
        "image": "id project_id name size status public created deleted active",
        "aggregate": "id availability_zone name created deleted active",
        "aggregate_host": "id availability_zone host last_seen active",
        "historical_usage": "day vcpus memory local_storage",
        "allocation": "id project_id project_name contact_email approver_email chief_investigator status start_date"
        " end_date modified_time field_of_research_1 for_percentage_1 field_of_research_2 for_percentage_2"
        " field_of_research_3 for_percentage_3 funding_national funding_node",
    }.items()
}
