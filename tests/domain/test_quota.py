"""The limit in force is the most particular that any database says, and unknown is not unlimited."""

from __future__ import annotations

from itertools import product

import pytest

from reporting_pollster.domain.quota import COLUMNS, Effective, ServiceLimits, effective_quota, project_quotas

SAID = ServiceLimits(
    of_projects={("p", "cores"): 1},
    of_class={"cores": 4},
    unified={("p", "class:VCPU"): 2},
    registered={"class:VCPU": 3},
)


@pytest.mark.parametrize("missing", list(product([False, True], repeat=4)))
def test_the_first_place_that_says_a_limit_counts(missing: tuple[bool, ...]) -> None:
    places = ("of_projects", "unified", "registered", "of_class")
    limits = ServiceLimits(
        **{name: getattr(SAID, name) for name, gone in zip(places, missing, strict=True) if not gone}
    )
    expected = [
        Effective(1, "project"),
        Effective(2, "unified"),
        Effective(3, "registered"),
        Effective(4, "class"),
        Effective(None, None),
    ]

    assert effective_quota(limits, "p", "cores", "class:VCPU") == expected[[*missing, False].index(False)]


def test_another_project_takes_the_defaults() -> None:
    assert effective_quota(SAID, "q", "cores", "class:VCPU") == (3, "registered")


def test_a_resource_that_keystone_does_not_know_ignores_unified_limits() -> None:
    assert effective_quota(SAID, "q", "cores") == (4, "class")


@pytest.mark.parametrize("stored", [-1, -7, None])
def test_unlimited_is_minus_one_wherever_it_is_said(stored: int | None) -> None:
    for limits in (
        ServiceLimits(of_projects={("p", "cores"): stored}, of_class={"cores": 5}),
        ServiceLimits(unified={("p", "class:VCPU"): stored}, of_class={"cores": 5}),
        ServiceLimits(registered={"class:VCPU": stored}, of_class={"cores": 5}),
        ServiceLimits(of_class={"cores": stored}),
    ):
        assert effective_quota(limits, "p", "cores", "class:VCPU").limit == -1


def test_a_limit_of_nothing_is_a_limit() -> None:
    limits = ServiceLimits(of_projects={("p", "cores"): 0}, of_class={"cores": 5})

    assert effective_quota(limits, "p", "cores") == (0, "project")


def test_the_columns_of_a_project_come_from_both_services() -> None:
    compute = ServiceLimits(
        of_projects={("p", "instances"): 10},
        of_class={"cores": 20, "instances": 5},
        unified={("p", "class:MEMORY_MB"): 512},
    )
    volume = ServiceLimits(
        of_projects={("p", "gigabytes_ssd"): 7, ("p", "gigabytes"): -1, ("p", "volumes_ssd"): 3},
        of_class={"volumes": 10, "gigabytes": 1000},
    )

    assert project_quotas({"compute": compute, "volume": volume}, "p") == {
        "quota_instances": 10,
        "quota_vcpus": 20,
        "quota_memory": 512,
        "quota_volume_total": -1,
        "quota_snapshot": None,
        "quota_volume_count": 10,
    }


def test_without_any_database_nothing_is_known() -> None:
    assert project_quotas({}, "p") == {column.name: None for column in COLUMNS}
