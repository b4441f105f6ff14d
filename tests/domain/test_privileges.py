"""SHOW GRANTS as MariaDB and MySQL write it."""

from __future__ import annotations

import pytest

from reporting_pollster.domain.privileges import beyond_reading, privileges, reads_all

HASHED = "IDENTIFIED BY PASSWORD '*3C17888C8AF77CA26A546E7D48F5C5D029714ED7'"


@pytest.mark.parametrize(
    ("line", "beyond"),
    [
        (f"GRANT USAGE ON *.* TO `reporting`@`%` {HASHED}", []),
        ("GRANT SELECT ON `nova`.* TO `reporting`@`%`", []),
        ("GRANT SELECT (`id`, `name`), INSERT (`id`) ON `nova`.`t` TO `r`@`%`", ["INSERT on nova.t"]),
        ("GRANT SELECT (`id`) ON `nova`.`t` TO 'reporting'@'%'", []),
        ("GRANT SELECT, PROCESS, SLAVE MONITOR ON *.* TO `r`@`%`", []),
        ("GRANT SELECT, INSERT, CREATE TEMPORARY TABLES ON `nova`.* TO `r`@`%`",
         ["INSERT on nova.*", "CREATE TEMPORARY TABLES on nova.*"]),
        (f"GRANT ALL PRIVILEGES ON *.* TO `root`@`%` {HASHED} WITH GRANT OPTION",
         ["ALL PRIVILEGES on everything", "GRANT OPTION on everything"]),
        ("GRANT ALL PRIVILEGES ON `reporting`.* TO `r`@`%`", []),
        (r"GRANT DELETE ON `n\_va`.* TO `r`@`%`", []),
        ("GRANT DELETE ON `n_va`.* TO `r`@`%`", ["DELETE on n_va.*"]),
        ("GRANT DELETE ON `no%`.* TO `r`@`%`", ["DELETE on no%.*"]),
        ("GRANT DELETE ON `n_va`.`t` TO `r`@`%`", []),
        ("GRANT EXECUTE ON PROCEDURE `nova`.`p` TO `r`@`%`", ["EXECUTE on nova.p"]),
        ("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION",
         ["PROXY on everything", "GRANT OPTION on everything"]),
        ("GRANT `writers` TO `r`@`%`", []),
        ("GRANT LOCK TABLES ON `nova`.* TO `r`@`%`", ["LOCK TABLES on nova.*"]),
        ("REVOKE INSERT ON `nova`.* FROM `r`@`%`", []),
    ],
)  # fmt: skip
def test_what_goes_beyond_reading_is_told(line: str, beyond: list[str]) -> None:
    told = list(map(str, beyond_reading(privileges([line]), "nova")))

    assert told == beyond


@pytest.mark.parametrize(
    ("line", "all_of_it"),
    [
        ("GRANT SELECT ON *.* TO `r`@`%`", True),
        ("GRANT SELECT ON `nova`.* TO `r`@`%`", True),
        ("GRANT ALL PRIVILEGES ON `nov_`.* TO `r`@`%`", True),
        ("GRANT SELECT ON `nova`.`instances` TO `r`@`%`", False),
        ("GRANT SELECT (`id`) ON `nova`.`instances` TO `r`@`%`", False),
        ("GRANT SELECT ON `glance`.* TO `r`@`%`", False),
        ("GRANT USAGE ON *.* TO `r`@`%`", False),
    ],
)
def test_who_may_read_everything_is_known(line: str, all_of_it: bool) -> None:
    assert reads_all(privileges([line]), "nova") is all_of_it
