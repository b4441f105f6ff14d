"""The sample file is documentation that is also a working file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reporting_pollster.config import Settings, load
from reporting_pollster.config.options import cell_group, option_groups
from reporting_pollster.config.sample import sample


def settings_of(text: str, path: Path) -> Settings:
    file = path / "sample.conf"
    file.write_text(text)
    return load([file], environment={})


def test_the_sample_as_it_stands_changes_nothing(tmp_path: Path) -> None:
    assert settings_of(sample(), tmp_path) == settings_of("", tmp_path)


def test_uncommenting_a_default_changes_nothing(tmp_path: Path) -> None:
    # databases stay commented out: a timeout makes no sense without a connection
    ours, _, rest = sample().partition("[keystone]")
    sync = rest[rest.index("[sync]") :]

    uncommented = re.sub(r"^#(\w+ = )", r"\1", ours + sync, flags=re.MULTILINE)

    assert uncommented.count("\n#") < (ours + sync).count("\n#") - 20
    assert settings_of(uncommented, tmp_path) == settings_of("", tmp_path)


def test_the_sample_names_every_option_below_its_group() -> None:
    text = sample()

    for group, options in [*option_groups(), cell_group("cell1")]:
        section = text.partition(f"\n[{group.name}]\n")[2].partition("\n[")[0]
        assert [each.dest for each in options] == re.findall(r"^#(\w+) =", section, re.MULTILINE)


@pytest.mark.parametrize("option", [option for _, options in option_groups() for option in options])
def test_every_option_is_explained_with_an_example(option: object) -> None:
    help_text = getattr(option, "help", None) or ""

    assert re.fullmatch(r"[A-Z].+\. Example: \S.*", help_text)


def test_connections_keys_and_passwords_are_secret() -> None:
    secret = {(group.name, each.dest) for group, options in option_groups() for each in options if each.secret}

    held = {"connection", "private_key", "session_key", "password", "transport_url"}
    assert secret == {
        (group.name, each.dest) for group, options in option_groups() for each in options if each.dest in held
    }
