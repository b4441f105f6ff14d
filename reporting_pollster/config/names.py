"""Names in the files that we do not know: a slip that would otherwise leave an option at its default, silently."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from oslo_config import cfg

from reporting_pollster.config.options import CELL_PREFIX, KEYSTONE_GROUP
from reporting_pollster.errors import SettingsError

Sections = Mapping[str, Mapping[str, Sequence[str]]]


def same_group(one: str, other: str) -> bool:
    """Whether two headers mean the same group: case matters in [DEFAULT] only."""
    return one == other or ("DEFAULT" not in (one, other) and one.lower() == other.lower())


def check_names(files: Mapping[Path, Sections], groups: Sequence[tuple[cfg.OptGroup, Sequence[cfg.Opt]]]) -> None:
    """Raise for the first group or option that is none of ours, with the one that was probably meant."""
    known = {group.name: [option.dest for option in options] for group, options in groups}
    for file, sections in files.items():
        for section, options in sections.items():
            if not options:  # a bare header, as in the sample file
                continue
            group = next((name for name in known if same_group(name, section)), None)
            if group is None:
                raise _unknown_group(section, file, known)
            for option in options:
                if option not in known[group] and group != KEYSTONE_GROUP:
                    raise _unknown_option(option, group, file, known)


def _unknown_group(section: str, file: Path, known: Mapping[str, Sequence[str]]) -> SettingsError:
    if section.lower().startswith(CELL_PREFIX):
        name = section[len(CELL_PREFIX) :]
        return SettingsError(
            f"[{section}] in {file} is the database of a cell that is not in [nova] cells",
            hint=_near(name, _cell_names(known)) or f"add {name} to cells, or take the group out",
        )
    return SettingsError(
        f"unknown group [{section}] in {file}", hint=_near_group(section, known) or f"known are {', '.join(known)}"
    )


def _cell_names(known: Iterable[str]) -> list[str]:
    return [name[len(CELL_PREFIX) :] for name in known if name.startswith(CELL_PREFIX)]


def _unknown_option(option: str, group: str, file: Path, known: Mapping[str, Sequence[str]]) -> SettingsError:
    elsewhere = [f"[{name}]" for name, options in known.items() if option in options]
    return SettingsError(
        f"unknown option {option} in group [{group}] of {file}",
        hint=(f"it belongs in {', '.join(elsewhere)}" if elsewhere else None)
        or _near(option, known[group])
        or f"known are {', '.join(known[group])}",
    )


def _near(name: str, known: Iterable[str]) -> str | None:
    """A question that names the nearest known name, if any is near."""
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"did you mean {by_lower[found[0]]}?" if found else None


def _near_group(name: str, known: Iterable[str]) -> str | None:
    return _near(f"[{name}]", [f"[{each}]" for each in known])
