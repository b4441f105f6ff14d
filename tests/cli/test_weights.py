"""A sync keeps the weights of states as the price list has them, and no mistake in that list stops it."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from reporting_pollster.demo import build
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.cli.conftest import Run

PRICES = """
name = "Prices"
currency = "AUD"
[[price]]
resource = "vcpu"
price = 1
from = 2026-01-01
[states.instance]
stopped = 0.25
"""
DEFAULT = {(name, "shelved_offloaded", 0) for name in ("instance", "vcpu", "memory", "root", "ephemeral")}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings file of a small sample cloud."""
    directory = tmp_path_factory.mktemp("weights")
    cloud = build(directory, now=datetime(2025, 7, 1), instances=100)
    store = f"sqlite:///{directory}/reporting.sqlite"
    engine = create_store_engine(store)
    upgrade(engine)
    engine.dispose()
    settings = directory / "demo.conf"
    settings.write_text(cloud.settings_text(store))
    return settings


def weights(settings: Path) -> set[tuple[object, ...]]:
    with sqlite3.connect(settings.parent / "reporting.sqlite") as connection:
        return set(connection.execute("SELECT resource, state, ten_thousandths FROM state_weight"))


def test_the_weights_are_those_of_the_price_list_that_was_last_right(run: Run, demo: Path, tmp_path: Path) -> None:
    prices, rated = tmp_path / "prices.toml", tmp_path / "rated.conf"
    rated.write_text(f"{demo.read_text()}\n[rating]\nfile = {prices}\n")
    prices.write_text(PRICES)
    of_list = {(name, "stopped", 2500) for name, *_ in DEFAULT}

    assert run("--config-file", demo, "sync", "domain").status == 0
    assert weights(demo) == DEFAULT
    assert run("--config-file", rated, "sync", "domain").status == 0
    assert weights(demo) == of_list
    prices.write_text(PRICES.replace("stopped", "stopped = = "))
    broken = run("--config-file", rated, "sync", "domain")

    assert broken.status == 0
    assert "weights of states not renewed" in broken.err
    assert weights(demo) == of_list


def test_a_sample_cloud_of_the_future_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("demo", "--directory", tmp_path / "cloud", "--until", "2999-01-01")

    assert result.status == 2
    assert "that day has not begun yet" in result.err
    assert not (tmp_path / "cloud").exists()
