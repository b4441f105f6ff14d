"""Looks at everything that a sync depends on, changes nothing, and says what to do about what is wrong.

    settings -> reporting database -> each source (readable? only readable? whose clock? which indexes?) -> cells

What can't be looked at without a privilege that the account rightly lacks (PROCESS, the state of a replica) is
skipped without a word.
"""

from reporting_pollster.services.doctor.finding import Finding, Level
from reporting_pollster.services.doctor.run import examine

__all__ = ["Finding", "Level", "examine"]
