"""How much of a resource's use counts in which state, for views that weigh use.

The weights are those of the price list, when there is one, so that nobody has to keep the same numbers twice.
"""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting


class StateWeight(Reporting):
    """Weights of resources by state, where they are not 1; of the price list, or else the default"""

    __tablename__ = "state_weight"

    resource: Mapped[str] = mapped_column(String(16), primary_key=True, comment="vcpu, memory, volume, …")
    state: Mapped[str] = mapped_column(String(32), primary_key=True, comment="State (stopped, shelved_offloaded, …)")
    ten_thousandths: Mapped[int] = mapped_column(comment="Weight: 10000 counts in full, 0 not at all")
