"""What goes wrong between the client and the stand-in: scripted for a route, or at random for a share of all requests.

status   a proxy answers `status`; nothing is done
drop     the connection is closed; nothing is done
reset    the same, harder
delay    the answer comes `seconds` late
lost     it is done, but the connection is closed instead of an answer
late     it is done, but a proxy answers `status`
double   it is done twice, as by a proxy that tries again; the second answer is given
expire   all tokens expire first
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "drop", "reset", "delay", "lost", "late", "double", "expire"]


@dataclass
class Fault:
    """A fault of the requests whose `"VERB /path"` matches `route`: after `skip` of them, `times` times."""

    kind: Kind
    route: str = ".*"
    times: int = 1
    skip: int = 0
    status: int = 503
    seconds: float = 0.05

    def meets(self, request: str) -> bool:
        """Whether it happens to this request."""
        if not self.times or not re.fullmatch(self.route, request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class Faults:
    """The script; then chance."""

    script: list[Fault] = field(default_factory=list)
    share: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    kinds: tuple[Kind, ...] = ("status", "drop", "reset", "delay", "lost", "late", "double")
    delay_seconds: float = 0.002
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: Kind, route: str = ".*", *, times: int = 1, skip: int = 0, status: int = 503) -> None:
        """Add to the script."""
        self.script.append(Fault(kind, route, times, skip, status))

    def at_random(self, share: float, seed: int = 0) -> None:
        """Let a share of all requests meet some fault."""
        self.share, self.chance = share, random.Random(seed)

    def heal(self) -> None:
        """Let all go well from now on."""
        self.script.clear()
        self.share = 0.0

    def next(self, request: str) -> Fault | None:
        """Return what happens to a request."""
        with self._lock:
            for fault in self.script:
                if fault.meets(request):
                    return fault
            if self.share and self.chance.random() < self.share:
                status = self.chance.choice((502, 503, 504))
                return Fault(self.chance.choice(self.kinds), status=status, seconds=self.delay_seconds)
            return None
