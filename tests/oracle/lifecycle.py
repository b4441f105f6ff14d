"""The whole life of one instance, by chance."""

from __future__ import annotations

from random import Random

from tests.oracle import operations
from tests.oracle.journal import Journal, second_of
from tests.oracle.resizes import Resize
from tests.oracle.server import Habits, Server


class Lifecycle:
    """A life; the same seed gives the same one. It may be over after some `seconds`, or go on.

    Without `resizes` it is a life in which nothing launches the instance twice; without `silent` steps one in which
    nothing happens of which only a reading of the row could tell.
    """

    def __init__(
        self,
        seed: int | str,
        *,
        journal: Journal | None = None,
        number: int = 0,
        begin: int = 0,
        resizes: bool = True,
        most: int = 12,
        pause: int = 200_000,
        silent: bool = True,
    ) -> None:
        self.seed = seed
        self.random = Random(seed)
        self._resizes, self._pause, self._silent = resizes, pause, silent
        self._habits = self._choose_habits()
        self.server = Server(journal or Journal(), self.random, self._habits, number, begin)
        self._resize: Resize | None = None
        self._live(self.random.randint(0, most))
        self.server.pass_time(1, pause)

    @property
    def journal(self) -> Journal:
        return self.server.journal

    @property
    def now(self) -> int:
        return self.server.second

    def busy(self) -> list[tuple[int, int]]:
        """From when to when its actions went on."""
        rows = [self.journal.current(key) for key in self.journal.keys("instance_actions")]
        return [(second_of(row["start_time"]), second_of(row["updated_at"])) for row in rows]

    def _choose_habits(self) -> Habits:
        chance = self.random.random
        return Habits(
            reclaim_after=self.random.choice((0, 0, 3600)),
            offload_after=self.random.choice((0, 0, 3600, -1) if self._silent else (0, -1)),
            volume_backed=chance() < 0.2,
            writes_finish_time=chance() < 0.1,
            records_resets=chance() < 0.7,
            terminates_the_hostless=chance() < 0.5,
        )

    def _live(self, steps: int) -> None:
        beginning = self.random.choices(
            (operations.build, operations.fail_to_build, operations.fail_to_schedule, operations.abandon_build),
            (88, 4, 4, 4),
        )[0]
        beginning(self.server)
        if beginning is operations.build:
            for _number in range(steps):
                self._rest()
                self._step()
        if self.server.truth.ended is None and self.random.random() < 0.6:
            self._rest()
            self._end()

    def _rest(self) -> None:
        self.server.pass_time(0, self.random.choice((3, 60, 3600, self._pause)))

    def _step(self) -> None:
        server, chance = self.server, self.random.random()
        if self._resize is not None:
            self._go_on(chance)
        elif chance < 0.1:
            self.random.choice((operations.touch, operations.bystand))(server)
        elif chance < 0.17:
            operations.fail(server)
        elif chance < 0.22 and self._silent and server.state in {"active", "stopped", "paused"}:
            self._spoil()
        elif chance < 0.27 and self._habits.reclaim_after and server.state not in {"soft_deleted", "shelved_offloaded"}:
            operations.soft_delete(server)
        elif chance < 0.5 and self._resizes and server.state in {"active", "stopped"}:
            self._resize = Resize(server, cross_cell=self.random.random() < 0.15)
            self._resize.run()
        else:
            self.random.choice(self._possible())(server)

    def _possible(self) -> list[operations.Operation]:
        found = list(operations.POSSIBLE[self.server.state])
        if not self._resizes:
            launching = (operations.rebuild, operations.evacuate, operations.unshelve, operations.CHANGES["rescue"])
            found = [each for each in found if each not in launching] or [operations.touch]
        if not self._silent:
            found = [each for each in found if each is not operations.reset_to_active]
        return found

    def _spoil(self) -> None:
        spoiling = (operations.break_down, operations.reset_to_error, operations.forget)
        self.random.choice(spoiling)(self.server)

    def _go_on(self, chance: float) -> None:
        assert self._resize is not None
        if chance < 0.6:
            self._resize.confirm()
        elif chance < 0.9:
            self._resize.revert()
        else:
            operations.touch(self.server)
            return
        self._resize = None

    def _end(self) -> None:
        server, chance = self.server, self.random.random()
        if self._resize is not None:
            self._resize.confirm()  # a deletion confirms first, in the same request
            operations.delete(server)
        elif server.state == "soft_deleted":
            self.random.choice((operations.reclaim, operations.delete))(server)
        elif chance < 0.15 and server.host is not None:
            operations.delete_locally(server)
        elif chance < 0.3 and server.host is not None and server.state in {"active", "stopped", "paused"}:
            operations.delete_during_another(server)
        else:
            operations.delete(server)
