"""One random history: steps of the services and their operators, with cycles in between."""

from __future__ import annotations

from random import Random

from tests.openstack import Cloud
from tests.pollster import Pollster
from tests.services.sync.histories.clock import BEGINNING, SourceClock
from tests.services.sync.histories.compute import Compute
from tests.services.sync.histories.follower import Follower
from tests.services.sync.histories.images import Images
from tests.services.sync.histories.people import People
from tests.services.sync.histories.storage import Storage
from tests.services.sync.histories.world import World
from tests.services.sync.life import Life

EVERYTHING = (Compute, Storage, Images, People)
AREAS = (*3 * ((Compute,),), *2 * ((Storage,),), *2 * ((Images, People),), EVERYTHING)
PAUSES = (0, 1, 5, 20, 60, 200, 400, 3000, 80000)


class History:
    """A cloud's life of some steps. The same seed gives the same one."""

    def __init__(self, seed: int, cloud: Cloud, clock: SourceClock, pollster: Pollster) -> None:
        self._random = Random(seed)
        self._clock = clock
        clock.set(BEGINNING)
        life = Life(cloud)
        life.region()
        self.world = World(cloud, life, clock, self._random, skewed=self._random.random() < 0.3)
        self._jumps = self._random.random() < 0.15
        areas = [area(self.world) for area in self._random.choice(AREAS)]
        self.tables = tuple(table for area in areas for table in area.tables)
        self._steps = [step for area in areas for step in area.steps()]
        self._follower = Follower(self.world, pollster)
        self.log: list[str] = [f"seed {seed} skewed={self.world.skewed} jumps={self._jumps} {self.tables}"]

    def run(self, steps: int = 25) -> None:
        """Let it happen, follow it, and check."""
        if self._random.random() < 0.5:
            self._cycle()
        for _number in range(steps):
            self._step()
            self._pass_time()
            if self.world.open and self._random.random() < 0.25:
                self.world.commit(self._random.choice(self.world.open))
                self.log.append("commit")
            if self._random.random() < 0.16:
                self._cycle()
        for one in list(self.world.open):
            self.world.commit(one)
        self._clock.forward(60)
        self._follower.settle(*self.tables)

    def _step(self) -> None:
        weights = [weight for weight, _step in self._steps]
        ((_weight, step),) = self._random.choices(self._steps, weights)
        self.log.append(f"{self._clock.now:%d %H:%M:%S} {step.__name__}")
        step()

    def _pass_time(self) -> None:
        self._clock.forward(self._random.choice(PAUSES))
        if self._jumps and self._random.random() < 0.05:
            self._clock.forward(-self._random.choice((10, 1000, 5000)))
            self.world.jumped_back = True
            self.log.append("clock set back")

    def _cycle(self) -> None:
        request = self._random.choice(({}, {}, {}, {}, {"full": True}, {"dry_run": True}, {"since": self._clock.now}))
        names = self.tables if self._random.random() < 0.7 else (self._random.choice(self.tables),)
        self.log.append(f"{self._clock.now:%d %H:%M:%S} sync {names} {request}")
        self._follower.cycle(*names, **request)
