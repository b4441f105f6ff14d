"""Runs the command line inside the test process, as its entry point does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest

from reporting_pollster.cli import main


@dataclass(frozen=True)
class Ended:
    """What a run left behind."""

    status: int
    out: str
    err: str


class Run(Protocol):
    """Runs one command line."""

    def __call__(self, *words: object) -> Ended: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Gives status, standard output and standard error; click's own runner mixes the latter two in click 8.1."""

    def run_main(*words: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words], prog_name="reporting-pollster")
        code = caught.value.code
        assert code is None or isinstance(code, int)
        return Ended(code or 0, *capsys.readouterr())

    return run_main
