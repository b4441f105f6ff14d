"""What use costs: a list of prices, and exact arithmetic with them.

Use is counted in whole seconds and prices are per hour, so most costs have no finite decimal. A cost is therefore kept
as a whole number of very small parts (`PARTS` of them make one unit of the currency), which add up exactly. Only a
bill, of one project and month, is rounded to the smallest coin; its lines, one for each resource, type, zone and state,
share that amount out among themselves. So whatever a cost is told by, the parts add up to the same total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K", bound=tuple[Any, ...])

HOUR = 3600
PRICE_PLACES = 10  # of a unit price, weighted and discounted
PARTS: int = HOUR * 1024 * 10**PRICE_PLACES
EXACT = Context(prec=76, rounding=ROUND_HALF_EVEN)  # never rounds what we calculate; only quantize does
_ONE = Decimal(1)
_PRICE = _ONE.scaleb(-PRICE_PLACES)


class Resource(NamedTuple):
    """Something that may have a price per unit and hour.

    `amount` is the column of usage_day that counts its use, `per` how much of that is one unit for one hour.
    """

    name: str
    kind: str
    amount: str
    title: str
    unit: str
    per: int = HOUR


RESOURCES: Mapping[str, Resource] = {
    each.name: each
    for each in (
        Resource("instance", "instance", "seconds", "Instance", "Instance-h"),
        Resource("vcpu", "instance", "vcpu_seconds", "vCPU", "vCPU-h"),
        Resource("memory", "instance", "memory_mb_seconds", "Memory", "GB-h", HOUR * 1024),
        Resource("root", "instance", "root_gb_seconds", "Root disk", "GB-h"),
        Resource("ephemeral", "instance", "ephemeral_gb_seconds", "Ephemeral disk", "GB-h"),
        Resource("volume", "volume", "size_gb_seconds", "Volume", "GB-h"),
        Resource("snapshot", "snapshot", "size_gb_seconds", "Snapshot", "GB-h"),
        Resource("backup", "backup", "size_gb_seconds", "Backup", "GB-h"),
        Resource("image", "image", "size_mb_seconds", "Image", "GB-h", HOUR * 1024),
        Resource("floating_ip", "floating_ip", "seconds", "Floating IP", "IP-h"),
    )
}
KINDS = tuple(dict.fromkeys(resource.kind for resource in RESOURCES.values()))


@dataclass(frozen=True)
class Price:
    """What one unit of a resource costs per hour, from midnight (UTC) of a day.

    Without a `type` (flavour or volume type) it is for all that have no price of their own; so is one without a zone.
    """

    resource: str
    price: Decimal
    valid_from: date
    type: str | None = None
    zone: str | None = None


class Use(NamedTuple):
    """What a price may depend on."""

    resource: str
    type: str
    zone: str
    state: str


class Owner(NamedTuple):
    """Whom a discount may be for: a project and its domain, each by id or name."""

    project_id: str
    project: str | None = None
    domain_id: str | None = None
    domain: str | None = None


class Charge(NamedTuple):
    """What a unit costs per hour: as listed for its state, and for this owner."""

    price: Price
    weight: Decimal
    listed: Decimal
    contracted: Decimal


@dataclass(frozen=True)
class PriceList:
    """Prices, and what is taken off them: weights by resource or kind and state, discounts in percent.

    `places` are the decimals of the currency's smallest coin.
    """

    name: str
    currency: str
    prices: tuple[Price, ...]
    places: int = 2
    weights: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    project_discounts: Mapping[str, Decimal] = field(default_factory=dict)
    domain_discounts: Mapping[str, Decimal] = field(default_factory=dict)
    provider: str = ""
    publisher: str = ""
    invoice_issuer: str = ""
    billing_account: str = ""

    @cached_property
    def _index(self) -> Mapping[tuple[str, str | None, str | None], Sequence[Price]]:
        found: defaultdict[tuple[str, str | None, str | None], list[Price]] = defaultdict(list)
        for price in sorted(self.prices, key=lambda price: price.valid_from, reverse=True):
            found[price.resource, price.type, price.zone].append(price)
        return found

    @cached_property
    def for_all(self) -> frozenset[str]:
        """The resources that have a price for whatever type, if only in some zone or from some day on."""
        return frozenset(price.resource for price in self.prices if price.type is None)

    @cached_property
    def by_zone(self) -> frozenset[str]:
        """The resources whose price depends on the zone."""
        return frozenset(price.resource for price in self.prices if price.zone is not None)

    def changes(self, begin: datetime, end: datetime) -> list[datetime]:
        """The instants within a span at which prices change, in order."""
        days = {price.valid_from for price in self.prices}
        return sorted(at for at in map(_midnight, days) if begin < at < end)

    def price_of(self, use: Use, day: date) -> Price | None:
        """The price on a day: that of the type before that of the zone before that for all; None when there is none."""
        for key in ((use.type, use.zone), (use.type, None), (None, use.zone), (None, None)):
            for price in self._index.get((use.resource, *key), ()):
                if price.valid_from <= day:
                    return price
        return None

    def weight_of(self, use: Use) -> Decimal:
        """How much of its price a resource costs in a state: all of it unless the list says something else."""
        kind = RESOURCES[use.resource].kind
        own = self.weights.get((use.resource, use.state))
        return own if own is not None else self.weights.get((kind, use.state), _ONE)

    def discount_of(self, owner: Owner) -> Decimal:
        """Percent off for an owner; the project's own goes before its domain's."""
        for named, names in (
            (self.project_discounts, (owner.project_id, owner.project)),
            (self.domain_discounts, (owner.domain_id, owner.domain)),
        ):
            for name in names:
                if name and name in named:
                    return named[name]
        return Decimal(0)

    def charge(self, use: Use, day: date, discount: Decimal) -> Charge | None:
        """What a unit costs per hour; None when it has no price."""
        price = self.price_of(use, day)
        if price is None:
            return None
        weight = self.weight_of(use)
        listed = EXACT.multiply(price.price, weight).quantize(_PRICE, context=EXACT)
        share = EXACT.divide(EXACT.subtract(Decimal(100), discount), Decimal(100))
        return Charge(price, weight, listed, EXACT.multiply(listed, share).quantize(_PRICE, context=EXACT))


def cost(resource: Resource, amount: int, unit_price: Decimal) -> int:
    """What an amount of use costs, in parts."""
    return amount * int(unit_price.scaleb(PRICE_PLACES, context=EXACT)) * (HOUR * 1024 // resource.per)


def rounded(parts: int, places: int) -> int:
    """Parts in the currency's smallest coins, the nearest whole number, halves to the even one."""
    return rounded_division(parts, PARTS // 10**places)


def rounded_division(value: int, divisor: int) -> int:
    """The nearest whole number, halves to the even one."""
    whole, rest = divmod(value, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))


def bill(lines: Mapping[K, int], places: int) -> dict[K, int]:
    """The lines of a bill in smallest coins: their sum is rounded once, and the lines share that."""
    return shared(lines, rounded(sum(lines.values()), places), places)


def shared(lines: Mapping[K, int], total: int, places: int) -> dict[K, int]:
    """Lines in smallest coins that add up to a total, which is their sum rounded up or down.

    Every line gets its whole coins; the coins that the total has beyond those go, one each, to the lines with the
    largest remainders, of equal ones to the first in order.
    """
    coin = PARTS // 10**places
    split = {key: divmod(lines[key], coin) for key in sorted(lines)}
    coins = {key: whole for key, (whole, _rest) in split.items()}
    left = total - sum(coins.values())
    for key in sorted(split, key=lambda key: -split[key][1])[:left]:
        coins[key] += 1
    return coins


def money(coins: int, places: int) -> Decimal:
    """Smallest coins as an amount of the currency."""
    return Decimal(coins).scaleb(-places, context=EXACT)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
