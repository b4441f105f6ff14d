"""Shows the cloud in Concertim: what the reporting database knows is compared with what Concertim has.

`plan` says what would be done, `sync` does it, `status` says how it went. Nothing is asked of OpenStack.
"""

from reporting_pollster.services.concertim.run import (
    Concertim,
    ConcertimPlan,
    ConcertimStatus,
    CycleResult,
    concertim_status,
)

__all__ = ["Concertim", "ConcertimPlan", "ConcertimStatus", "CycleResult", "concertim_status"]
