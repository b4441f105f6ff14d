"""The annotated sample file: every option with its help, commented out at its default.

oslo.config's generator sorts the groups by name and needs the package installed with entry points; ours keeps the
order in which a person configures. As the sample stands it changes nothing, so it can be the first real file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from oslo_config import cfg

from reporting_pollster.config.options import cell_group, option_groups
from reporting_pollster.config.reading import variable_of

_WIDTH = 100
_HEAD = f"""\
Settings of the reporting pollster.

Every option stands at its default and is commented out. A later file of conf.d wins over an \
earlier one, and an environment variable named like {variable_of("keystone", "connection")} over both.
Check the result with: reporting-pollster config check
"""


def sample() -> str:
    """The whole sample file."""
    groups = option_groups()
    after_nova = [group.name for group, _ in groups].index("nova") + 1
    groups.insert(after_nova, cell_group("cell1"))
    return "\n".join([*_comment(_HEAD), *(line for group in groups for line in _group(*group))]) + "\n"


def _group(group: cfg.OptGroup, options: Sequence[cfg.Opt]) -> Iterator[str]:
    yield from ("", "", f"[{group.name}]")
    if group.help:
        yield from _comment(group.help)
    for option in options:
        yield ""
        yield from _comment((option.help or "").replace(" Example: ", "\nExample: "))
        yield f"#{option.dest} = {_text(option.default)}".rstrip()


def _comment(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from (f"# {part}" for part in textwrap.wrap(line, _WIDTH - 2, break_on_hyphens=False)) if line else ["#"]


def _text(default: object) -> str:
    match default:
        case None:
            return ""
        case bool():
            return str(default).lower()
        case list():
            return ", ".join(default)
    return str(default)
