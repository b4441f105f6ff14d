"""Prices: which one applies, what is taken off, and that nothing is ever lost or made up by rounding."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.derived.usage_day import UsageDay
from reporting_pollster.domain.price_list import PriceListWrong, price_list
from reporting_pollster.domain.rates import (
    KINDS,
    PARTS,
    RESOURCES,
    Owner,
    PriceList,
    Use,
    bill,
    cost,
    money,
    rounded,
)

EXAMPLE = Path(__file__).parents[2] / "contrib" / "price-list.toml"
DAY = date(2026, 10, 5)
NOBODY = Owner("p")


def listed(text: str) -> PriceList:
    return price_list(tomllib.loads(text, parse_float=Decimal), "prices.toml")


def with_prices(*entries: str, more: str = "") -> PriceList:
    blocks = "".join(f"\n[[price]]\n{entry}\n" for entry in entries)
    return listed(f'name = "list"\ncurrency = "AUD"\n{blocks}\n{more}')


def price(rates: PriceList, resource: str, kind: str = "", zone: str = "", day: date = DAY) -> Decimal | None:
    found = rates.price_of(Use(resource, kind, zone, "active"), day)
    return None if found is None else found.price


def test_the_most_special_price_applies() -> None:
    rates = with_prices(
        'resource = "volume"\nprice = 1\nfrom = 2026-01-01',
        'resource = "volume"\nprice = 2\nfrom = 2026-01-01\nzone = "north"',
        'resource = "volume"\nprice = 3\nfrom = 2026-01-01\ntype = "ssd"',
        'resource = "volume"\nprice = 4\nfrom = 2026-01-01\ntype = "ssd"\nzone = "north"',
    )

    assert price(rates, "volume", "hdd", "south") == 1
    assert price(rates, "volume", "hdd", "north") == 2
    assert price(rates, "volume", "ssd", "south") == 3
    assert price(rates, "volume", "ssd", "north") == 4
    assert price(rates, "vcpu") is None


def test_a_price_applies_from_its_first_day_on() -> None:
    rates = with_prices(
        'resource = "vcpu"\nprice = 0.2\nfrom = 2026-10-05', 'resource = "vcpu"\nprice = 0.1\nfrom = 2026-01-01'
    )

    assert price(rates, "vcpu", day=date(2025, 12, 31)) is None
    assert price(rates, "vcpu", day=date(2026, 10, 4)) == Decimal("0.1")
    assert price(rates, "vcpu", day=date(2026, 10, 5)) == Decimal("0.2")
    assert rates.changes(datetime(2026, 10, 1), datetime(2026, 11, 1)) == [datetime(2026, 10, 5)]
    assert rates.changes(datetime(2026, 10, 5), datetime(2026, 11, 1)) == []


def test_states_weigh_by_resource_before_kind_and_else_fully() -> None:
    rates = listed(EXAMPLE.read_text())

    assert rates.weight_of(Use("vcpu", "", "", "stopped")) == Decimal("0.5")
    assert rates.weight_of(Use("root", "", "", "stopped")) == 1
    assert rates.weight_of(Use("root", "", "", "shelved_offloaded")) == 0
    assert rates.weight_of(Use("vcpu", "", "", "active")) == 1
    assert rates.weight_of(Use("volume", "", "", "stopped")) == 1


def test_a_project_has_its_own_discount_or_that_of_its_domain() -> None:
    rates = with_prices(
        'resource = "vcpu"\nprice = 0.5\nfrom = 2026-01-01',
        more="[discounts.project]\nteaching = 40\np9 = 100\n[discounts.domain]\npartners = 12.5",
    )

    assert rates.discount_of(Owner("p1", "teaching", "d", "partners")) == 40
    assert rates.discount_of(Owner("p9", "teaching")) == 100
    assert rates.discount_of(Owner("p2", "other", "partners", "x")) == Decimal("12.5")
    assert rates.discount_of(Owner("p2", "other", None, None)) == 0
    charge = rates.charge(Use("vcpu", "", "", "active"), DAY, Decimal("12.5"))
    assert charge is not None
    assert (charge.listed, charge.contracted) == (Decimal("0.5"), Decimal("0.4375"))


def test_an_hour_costs_its_price() -> None:
    for resource in RESOURCES.values():
        assert cost(resource, resource.per, Decimal("0.0125")) == PARTS * Decimal("0.0125")


def test_every_resource_is_counted_in_usage_day() -> None:
    assert {resource.amount for resource in RESOURCES.values()} <= set(UsageDay.__table__.c.keys())
    assert KINDS == ("instance", "volume", "snapshot", "backup", "image", "floating_ip")


prices = st.decimals(0, 10_000, places=10)
amounts = st.integers(0, 10**13)


@given(resource=st.sampled_from([*RESOURCES.values()]), amount=amounts, unit_price=prices)
def test_a_cost_is_exact(resource: Any, amount: int, unit_price: Decimal) -> None:
    assert Fraction(cost(resource, amount, unit_price), PARTS) == Fraction(unit_price) * amount / resource.per


@given(st.integers(0, 10**30), st.integers(0, 6))
def test_rounding_is_to_the_nearest_coin_and_of_halves_to_the_even_one(parts: int, places: int) -> None:
    with localcontext(prec=100):
        exact = Decimal(parts) / PARTS
        expected = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)

    assert money(rounded(parts, places), places) == expected


lines = st.dictionaries(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.integers(1, 5)),
    st.integers(0, 3 * PARTS),
    min_size=1,
)


@given(lines, st.integers(0, 3))
def test_the_lines_of_a_bill_add_up_and_none_is_a_coin_off(parts: dict[tuple[Any, ...], int], places: int) -> None:
    coin = PARTS // 10**places

    found = bill(parts, places)

    assert found.keys() == parts.keys()
    assert sum(found.values()) == rounded(sum(parts.values()), places)
    assert all(abs(found[key] * coin - parts[key]) < coin for key in parts)
    with_less = [key for key in parts if found[key] * coin <= parts[key]]
    with_more = [key for key in parts if found[key] * coin > parts[key]]
    assert all(parts[less] % coin <= parts[more] % coin for less in with_less for more in with_more)


@given(st.permutations([("a",), ("b",), ("c",), ("d",)]), st.lists(st.integers(0, PARTS), min_size=4, max_size=4))
def test_a_bill_does_not_depend_on_the_order_of_its_lines(order: list[tuple[str]], parts: list[int]) -> None:
    known = dict(zip([("a",), ("b",), ("c",), ("d",)], parts, strict=True))

    assert bill({key: known[key] for key in order}, 2) == bill(known, 2)


@given(lines, st.sampled_from([(0,), (1,), (2,), (0, 1), (1, 2), ()]))
def test_a_bill_has_the_same_total_in_any_grouping(parts: dict[tuple[Any, ...], int], by: tuple[int, ...]) -> None:
    grouped: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for key, value in parts.items():
        grouped[tuple(key[place] for place in by)] += value

    assert sum(bill(grouped, 2).values()) == sum(bill(parts, 2).values())


def test_the_example_is_a_price_list() -> None:
    rates = listed(EXAMPLE.read_text())

    assert (rates.currency, rates.places, rates.provider) == ("AUD", 2, "Example Research Cloud")
    assert rates.invoice_issuer == rates.publisher == rates.billing_account == rates.provider
    assert rates.for_all == set(RESOURCES) - {"instance"}
    assert price(rates, "vcpu", day=date(2026, 7, 1)) == Decimal("0.0131")


GOOD = '[[price]]\nresource = "vcpu"\nprice = 1\nfrom = 2026-01-01\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "currency"),
        ('currency = "Dollar"\nname = "x"', "currency = 'Dollar'"),
        ('currency = "AUD"\nname = "x"', "no price"),
        (f'currency = "AUD"\nname = "x"\ndiscount = 1\n{GOOD}', "'discount' is not known"),
        (f'currency = "AUD"\nname = "x"\ndecimals = 9\n{GOOD}', "decimals = 9"),
        (f'currency = "AUD"\n{GOOD}', "name"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}{GOOD}', "[[price]] number 2 repeats"),
        ('currency = "AUD"\nname = "x"\nprice = 3', "there is no price"),
        (
            f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("vcpu", "cpu"),
            "'cpu' is not known; choose one of instance, vcpu",
        ),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("= 1", '= "1"'), "price = 1"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("= 1", "= -1"), "price = -1"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("= 1", "= nan"), "price = NaN"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("= 1", "= true"), "price = True"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("= 1", "= 0.00000000001"), "10 decimals"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("2026-01-01", '"soon"'), "from = soon"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}'.replace("2026-01-01", "2026-01-01T00:00:00"), "from = 2026"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}colour = "red"', "'colour' is not known"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}type = ""', "type"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}type = "a"'.replace("vcpu", "image"), "image has no types"),
        (
            f'currency = "AUD"\nname = "x"\n{GOOD}zone = "a"'.replace("vcpu", "backup"),
            "backup is in no availability zone",
        ),
        (f'currency = "AUD"\nname = "x"\n{GOOD}[states.server]\nstopped = 0', "'server' is not known"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}[states.instance]\nstopped = "half"', "stopped = half"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}[discounts.user]\nme = 1', "'user' is not known"),
        (f'currency = "AUD"\nname = "x"\n{GOOD}[discounts.project]\nme = 101', "me = 101"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_next_step(text: str, named: str) -> None:
    with pytest.raises(PriceListWrong) as caught:
        listed(text)

    assert named in str(caught.value)
    assert str(caught.value).startswith("the price list prices.toml cannot be used: ")
    assert caught.value.hint


@pytest.mark.parametrize(("currency", "places"), [("AUD", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_its_usual_coins(currency: str, places: int) -> None:
    assert listed(f'currency = "{currency}"\nname = "x"\n{GOOD}').places == places
