"""What is written in the files and the environment, option by option, and where each value comes from.

oslo.config ignores a name that it does not know, so that a misspelt option silently keeps its default; and it
remembers only one file per group. So we look at the files' sections ourselves, for both. Its own messages quote the
value that they dislike, which may be a password, and are not passed on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oslo_config import cfg, iniparser

from reporting_pollster.config.names import check_names, same_group
from reporting_pollster.config.options import cell_group, option_groups
from reporting_pollster.config.url import mask_text
from reporting_pollster.errors import SettingsError

DEFAULT_FILE = Path("/etc/reporting-pollster/reporting-pollster.conf")
DEFAULT_DIRECTORY = Path("/etc/reporting-pollster/conf.d")
FILE_VARIABLE = "REPORTING_POLLSTER_CONFIG"
DEFAULT = "default"

Sections = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Value:
    """One option: its value, and the file or the environment variable that it comes from."""

    group: str
    name: str
    value: Any = field(repr=False)
    origin: str
    secret: bool

    @property
    def is_written(self) -> bool:
        """Whether somebody wrote it, be it the same as the default."""
        return self.origin != DEFAULT


@dataclass(frozen=True)
class Reading:
    """All options with their effective values."""

    files: tuple[Path, ...]
    groups: Mapping[str, Mapping[str, Value]]
    environment: Mapping[str, str] = field(repr=False)

    def is_written(self, group: str) -> bool:
        """Whether any option of the group is: a bare header, as in the sample file, says nothing."""
        return any(value.is_written for value in self.groups[group].values())


def read(
    config_files: Sequence[Path] | None = None,
    config_dirs: Sequence[Path] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Reading:
    """Read all files and the environment; who names any file or directory gets none of the usual ones."""
    environment = os.environ if environment is None else environment
    files = _files(config_files or (), config_dirs or (), environment)
    sections = {file: _sections(file) for file in files}
    conf = cfg.ConfigOpts()
    conf(
        [], prog="reporting-pollster", default_config_files=list(map(str, files)), default_config_dirs=[], use_env=False
    )
    written = _Written(conf, sections, environment)

    groups = option_groups()
    values = {group.name: written.values_of(group, options) for group, options in groups}
    cells = [cell_group(name) for name in values["nova"]["cells"].value]
    check_names(sections, [*groups, *cells])
    values |= {group.name: written.values_of(group, options) for group, options in cells}
    return Reading(files, values, environment)


def _files(files: Sequence[Path], directories: Sequence[Path], environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files to read, the strongest last."""
    if not files and not directories:
        if environment.get(FILE_VARIABLE):
            files = [Path(environment[FILE_VARIABLE])]
        else:
            files = [DEFAULT_FILE] if DEFAULT_FILE.exists() else []
            directories = [DEFAULT_DIRECTORY] if DEFAULT_DIRECTORY.exists() else []
    return (*files, *(file for directory in directories for file in _in_directory(directory)))


def _in_directory(directory: Path) -> list[Path]:
    try:
        return sorted(file for file in directory.iterdir() if file.suffix == ".conf")
    except OSError as error:
        raise SettingsError(f"cannot read the directory {directory}: {error.strerror}") from error


def _sections(file: Path) -> Sections:
    sections: Sections = {}
    try:
        cfg.ConfigParser(str(file), sections).parse()
    except iniparser.ParseError as error:  # its text holds the line
        raise SettingsError(
            f"line {error.lineno} of {file} cannot be understood: {error.msg}",
            hint="a line is [group], option = value, or begins with #",
        ) from None
    except OSError as error:
        raise SettingsError(
            f"cannot read the file {file}: {error.strerror}", hint="check its name, owner and mode"
        ) from error
    except UnicodeDecodeError:
        raise SettingsError(f"the file {file} is not UTF-8 text") from None
    return sections


class _Written:
    """Looks options up in oslo.config and remembers what it forgets: the origin of each value."""

    def __init__(self, conf: cfg.ConfigOpts, sections: Mapping[Path, Sections], environment: Mapping[str, str]) -> None:
        self._conf = conf
        self._sections = sections
        self._environment = environment

    def values_of(self, group: cfg.OptGroup, options: Iterable[cfg.Opt]) -> dict[str, Value]:
        """The values of all options of a group, which oslo.config gets to know now."""
        return {option.dest: self._value(group, option) for option in options}

    def _value(self, group: cfg.OptGroup, option: cfg.Opt) -> Value:
        in_group = None if group.name == "DEFAULT" else group
        self._conf.register_opt(option, group=in_group)
        raw, origin = self._raw(group.name, option.dest)
        try:
            if origin == variable_of(group.name, option.dest):
                self._conf.set_override(option.dest, raw, group=in_group)
            value = self._conf[option.dest] if in_group is None else self._conf[group.name][option.dest]
        except ValueError:
            shown = "" if option.secret else f" = {mask_text(raw or '')}"
            raise SettingsError(
                f"[{group.name}] {option.dest}{shown} in {origin} is not valid", hint=f"write {_wanted(option)}"
            ) from None
        except (cfg.NoSuchOptError, cfg.NoSuchGroupError, cfg.TemplateSubstitutionError):
            raise SettingsError(
                f"[{group.name}] {option.dest} in {origin} has a $ that names no option", hint="write $$ for a plain $"
            ) from None
        return Value(group.name, option.dest, value, origin, option.secret)

    def _raw(self, group: str, name: str) -> tuple[str | None, str]:
        variable = variable_of(group, name)
        if variable in self._environment:
            return self._environment[variable], variable
        for file, sections in reversed(list(self._sections.items())):
            for section, options in reversed(sections.items()):
                if same_group(section, group) and name in options:
                    return options[name][-1], str(file)
        return None, DEFAULT


def variable_of(group: str, name: str) -> str:
    """The environment variable of an option, as oslo.config names it; [cell:one] is OS_CELL_ONE__, as no shell
    allows a colon there."""
    return f"OS_{re.sub(r'[^0-9A-Za-z]', '_', group)}__{name}".upper()


def _wanted(option: cfg.Opt) -> str:
    """What a value of this option looks like."""
    if isinstance(option, cfg.BoolOpt):
        return "true or false"
    least, most = getattr(option.type, "min", None), getattr(option.type, "max", None)
    if isinstance(option, cfg.IntOpt | cfg.FloatOpt):
        kind = "a whole number" if isinstance(option, cfg.IntOpt) else "a number"
        return kind + ("" if least is None else f", at least {least}") + ("" if most is None else f", at most {most}")
    return "one of " + ", ".join(getattr(option.type, "choices", None) or ())
