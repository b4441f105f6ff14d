"""Where a sample cloud lies, and the settings with which the pollster reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reporting_pollster.demo.world import CELLS, SERVICES, files

REGION = "demo"


@dataclass(frozen=True)
class DemoCloud:
    """The databases of a sample cloud."""

    databases: Mapping[str, Path]
    cells: Mapping[str, Path]

    @classmethod
    def at(cls, directory: Path) -> DemoCloud:
        """The cloud that lies in a directory."""
        paths = files(directory.resolve())
        return cls({name: paths[name] for name in SERVICES}, {name: paths[name] for name in CELLS})

    def settings_text(self, reporting_url: str, private_key: str | None = None) -> str:
        """A settings file that names every database of the cloud, where the report goes, and who may ask over HTTP."""
        sections = [("reporting", f"connection = {reporting_url}"), ("region", f"name = {REGION}")]
        sections += [(name, f"connection = {_url(path)}") for name, path in self.databases.items()]
        sections.append(("nova", f"cells = {', '.join(self.cells)}"))
        sections += [(f"cell:{name}", f"connection = {_url(path)}") for name, path in self.cells.items()]
        sections += [("api", f"private_key = {private_key}")] if private_key else []
        return "\n\n".join(f"[{name}]\n{line}" for name, line in sections) + "\n"


def _url(path: Path) -> str:
    return f"sqlite:///{path}".replace("$", "$$")  # oslo.config would look for a setting of that name
