"""A stand-in for Concertim, strict at the wire: its visualisation app and its metric daemon on one port.

Nobody can install the real one for a test, so this one refuses what that one refuses, and more: a device over any unit
of another, anything that would delete in OpenStack. It keeps a journal of all calls, and a script of faults: answers
that come late, twice or never, also after the work was done. To look at it: `python -m tests.concertim --port 8080`.
"""

from tests.concertim.faults import Fault
from tests.concertim.installation import Installation
from tests.concertim.journal import Call
from tests.concertim.server import Concertim

__all__ = ["Call", "Concertim", "Fault", "Installation"]
