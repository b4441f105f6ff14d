"""The tables that go with an entity's own."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own, since the tables are declared once in each.
_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
import sys
sys.setswitchinterval(1e-6)
from reporting_pollster.store.companion import whole_metadata
with ThreadPoolExecutor(8) as pool:
    made = {id(each) for each in pool.map(lambda _: whole_metadata(), range(8))}
print(len(made))
"""


def test_threads_that_first_need_the_tables_at_once_all_get_them() -> None:
    done = subprocess.run([sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr[-800:]
