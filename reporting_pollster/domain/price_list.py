"""A price list from what its file says (TOML, its numbers read as Decimal), or the one line that says what is wrong.

Trap: what is misspelt here would cost nothing, and nobody would notice. So every name that is not known is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reporting_pollster.domain.rates import KINDS, RESOURCES, Price, PriceList
from reporting_pollster.errors import PollsterError

_NO_COINS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THOUSANDTHS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_NAMES = ("provider", "publisher", "invoice_issuer", "billing_account")
_TOP = ("name", "currency", "decimals", *_NAMES, "price", "states", "discounts")
_OF_PRICE = ("resource", "price", "from", "type", "zone")
_TYPED = ("instance", "vcpu", "memory", "root", "ephemeral", "volume", "snapshot")
_ZONED = ("instance", "vcpu", "memory", "root", "ephemeral", "volume")
_SEE = "docs/how-to/rate.md shows a list"
_MOST = Decimal(10) ** 9


class PriceListWrong(PollsterError):
    """A price list cannot be used as it is."""

    exit_status = 2


def price_list(document: Mapping[str, Any], file: str) -> PriceList:
    """The list that a file holds."""
    return _Reader(file).list(document)


class _Reader:
    """Reads one file, which its complaints name."""

    def __init__(self, file: str) -> None:
        self._file = file

    def list(self, document: Mapping[str, Any]) -> PriceList:
        self._only(document, _TOP, "the list")
        currency = self._text(document, "currency", "the list")
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise self._wrong(f"currency = {currency!r}", "write its code of three capital letters, such as AUD")
        name = self._text(document, "name", "the list")
        provider = self._text(document, "provider", "the list", name)
        names = {key: self._text(document, key, "the list", provider) for key in _NAMES}
        discounts = self._table(document, "discounts")
        self._only(discounts, ("project", "domain"), "[discounts]")
        return PriceList(
            name=name,
            currency=currency,
            places=self._places(document, currency),
            prices=tuple(self._prices(document)),
            weights=dict(self._weights(self._table(document, "states"))),
            project_discounts=self._discounts(discounts, "project"),
            domain_discounts=self._discounts(discounts, "domain"),
            **names,
        )

    def _places(self, document: Mapping[str, Any], currency: str) -> int:
        usual = 0 if currency in _NO_COINS else 3 if currency in _THOUSANDTHS else 2
        places = document.get("decimals", usual)
        if not isinstance(places, int) or isinstance(places, bool) or not 0 <= places <= 6:
            raise self._wrong(f"decimals = {places}", "write how many decimals an amount has, 0 to 6")
        return places

    def _prices(self, document: Mapping[str, Any]) -> Iterator[Price]:
        entries = document.get("price", [])
        if not isinstance(entries, list) or not entries:
            raise self._wrong("there is no price in it", f"write a [[price]] for each; {_SEE}")
        known: set[tuple[object, ...]] = set()
        for number, entry in enumerate(entries, start=1):
            where = f"[[price]] number {number}"
            if not isinstance(entry, Mapping):
                raise self._wrong(where, f"write each price below a line [[price]]; {_SEE}")
            price = self._price(entry, where)
            key = (price.resource, price.type, price.zone, price.valid_from)
            if key in known:
                raise self._wrong(f"{where} repeats an earlier one", "give it another type, zone or from")
            known.add(key)
            yield price

    def _price(self, entry: Mapping[str, Any], where: str) -> Price:
        self._only(entry, _OF_PRICE, where)
        resource = self._one_of(self._text(entry, "resource", where), RESOURCES, f"{where}: resource")
        kind, zone = (self._text(entry, key, where) if key in entry else None for key in ("type", "zone"))
        if kind is not None and resource not in _TYPED:
            raise self._wrong(f"{where}: type", f"{resource} has no types; take it out")
        if zone is not None and resource not in _ZONED:
            raise self._wrong(f"{where}: zone", f"{resource} is in no availability zone; take it out")
        since = entry.get("from")
        if not isinstance(since, date) or isinstance(since, datetime):
            raise self._wrong(f"{where}: from = {since}", "write the first day of the price, such as from = 2026-01-01")
        return Price(resource, self._number(entry, "price", where, _MOST, 10), since, kind, zone)

    def _weights(self, states: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Decimal]]:
        for name in states:
            self._one_of(name, dict.fromkeys((*RESOURCES, *KINDS)), f"[states.{name}]")
            table = self._table(states, name, f"states.{name}")
            for state in table:
                yield (name, state), self._number(table, state, f"[states.{name}]", Decimal(1000), 4)

    def _discounts(self, discounts: Mapping[str, Any], whose: str) -> dict[str, Decimal]:
        table = self._table(discounts, whose, f"discounts.{whose}")
        return {name: self._number(table, name, f"[discounts.{whose}]", Decimal(100), 4) for name in table}

    def _number(self, table: Mapping[str, Any], key: str, where: str, most: Decimal, places: int) -> Decimal:
        value = table.get(key)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            exponent = number.as_tuple().exponent
            if number.is_finite() and 0 <= number <= most and isinstance(exponent, int) and exponent >= -places:
                return number
        raise self._wrong(
            f"{where}: {key} = {value}", f"write a number from 0 to {most:f} with {places} decimals at most"
        )

    def _text(self, table: Mapping[str, Any], key: str, where: str, default: str = "") -> str:
        value = table.get(key, default)
        if isinstance(value, str) and value:
            return value
        raise self._wrong(f"{where}: {key}", f'write {key} = "..."; {_SEE}')

    def _table(self, table: Mapping[str, Any], key: str, name: str = "") -> Mapping[str, Any]:
        found = table.get(key, {})
        if not isinstance(found, Mapping):
            raise self._wrong(key, f"make it a table, [{name or key}]; {_SEE}")
        return found

    def _only(self, table: Mapping[str, Any], names: Iterable[str], where: str) -> None:
        for name in table:
            self._one_of(name, dict.fromkeys(names), where)

    def _one_of(self, name: str, known: Mapping[str, Any], where: str) -> str:
        if name not in known:
            raise self._wrong(f"{where}: {name!r} is not known", f"choose one of {', '.join(known)}")
        return name

    def _wrong(self, what: str, hint: str) -> PriceListWrong:
        return PriceListWrong(f"the price list {self._file} cannot be used: {what}", hint=hint)
