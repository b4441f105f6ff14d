"""Files of SQL fall into the statements that their writer meant."""

from pathlib import Path

import pytest

from reporting_pollster.errors import SettingsError
from reporting_pollster.store.script import read_script, statements

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", []),
        (" ;\n;; ", []),
        ("SELECT 1", ["SELECT 1"]),
        ("a;b;\nc", ["a", "b", "c"]),
        ("a 'x;y' b; c", ["a 'x;y' b", "c"]),
        ("a 'it''s; it' b; c", ["a 'it''s; it' b", "c"]),
        (r"a 'it\'s; it' b; c", [r"a 'it\'s; it' b", "c"]),
        ('a "x;y" `p;q`; c', ['a "x;y" `p;q`', "c"]),
        ("a $$x;y$$ $t$;$$;$t$; c", ["a $$x;y$$ $t$;$$;$t$", "c"]),
        ("-- one; two\na; -- three; four\nb", ["a", "b"]),
        ("--one; two\na;\n# three; four\nb", ["a", "b"]),
        ("a /* x; y */ b; c", ["a   b", "c"]),
        ("/*!40101 SET x = 1; */; a", ["/*!40101 SET x = 1; */", "a"]),
        ("a - -1; b--c", ["a - -1", "b--c"]),
        ("'don''t -- comment'; b", ["'don''t -- comment'", "b"]),
        ("it's unfinished; a", ["it's unfinished", "a"]),
        ("a;\nDELIMITER //\nx; y//\n z ; //\ndelimiter ;\nb; c", ["a", "x; y", "z ;", "b", "c"]),
        ("a\r\nb;\r\nc", ["a\nb", "c"]),
    ],
)
def test_statements_end_where_they_were_meant_to(text: str, meant: list[str]) -> None:
    assert list(statements(text)) == meant


@pytest.mark.parametrize("name", ["mariadb.sql", "postgresql.sql", "sqlite.sql"])
def test_our_files_fall_into_as_many_statements_as_they_have(name: str) -> None:
    text = (ROOT / "schema" / name).read_text()

    found = list(statements(text))

    assert len(found) == text.count(";\n")
    assert {statement.split()[0] for statement in found} <= {"CREATE", "COMMENT", "INSERT"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"schema file .*/none\.sql: No such file"):
        read_script(tmp_path / "none.sql")
