"""The queries of the cookbook with the answers that it shows, and the sample cloud that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from reporting_pollster.app import demo_application
from reporting_pollster.demo import DemoCloud
from reporting_pollster.services.schema import SchemaRequest
from reporting_pollster.services.sync import Request
from reporting_pollster.store.engine import reading

PAGE = Path(__file__).parents[2] / "docs/how-to/cookbook.md"
INSTANCES = 500
UNTIL = datetime(2025, 7, 1)
_RECIPE = re.compile(
    r"^### (?P<title>.+)\n(?:(?!```|#).*\n)*```sql\n(?P<sql>(?:(?!```).*\n)*)```\n\n"
    r"(?P<varies><!-- varies -->\n\n)?```text\n(?P<answer>(?:(?!```).*\n)*)```$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Recipe:
    """A question with its query and the answer shown; of one that varies only the columns are the same every day."""

    title: str
    sql: str
    answer: str
    varies: bool

    def is_answered_by(self, answer: str) -> bool:
        if self.varies:
            return [line.split() for line in answer.splitlines()[:1]] == [self.answer.partition("\n")[0].split()]
        return answer == self.answer


def recipes(page: str) -> Iterator[Recipe]:
    """Every query of the page."""
    for found in _RECIPE.finditer(page):
        yield Recipe(found["title"], found["sql"], found["answer"], found["varies"] is not None)


def answered(page: str, answers: dict[str, str]) -> str:
    """The page with other answers, by title."""

    def put(found: re.Match[str]) -> str:
        begin, end = found.span("answer")
        answer = answers[found["title"]]
        return found[0][: begin - found.start()] + answer + found[0][end - found.start() :]

    return _RECIPE.sub(put, page)


def ask(engine: Engine, sql: str) -> str:
    """The answer to a query as the page shows it, whatever types the server gives."""
    with reading(engine) as connection:
        result = connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        rows = [list(result.keys()), *([_shown(value) for value in row] for row in result)]
    if len(rows) == 1:
        rows.append(["(nothing)", *[""] * (len(rows[0]) - 1)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | Decimal):
        return f"{Decimal(str(value)).normalize():f}"
    if isinstance(value, datetime | date):
        return str(value)
    return str(value) if value != "" else "''"


def fill(cloud: DemoCloud, url: str, directory: Path) -> None:
    """Sync the sample cloud into a new reporting database."""
    settings = directory / "cookbook.conf"
    settings.write_text(cloud.settings_text(url), encoding="utf-8")
    application = demo_application(settings)
    application.synchronise_schema(SchemaRequest(), None, lambda step: None)
    bad = [result for result in application.sync(Request()) if not result.is_good]
    assert not bad, bad
    application.store.dispose()
