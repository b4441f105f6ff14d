"""Makes bills: one for each project and month, which are then added up by whatever was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from reporting_pollster.domain.rates import KINDS, RESOURCES, Owner, PriceList, Resource, Use, bill, cost, shared
from reporting_pollster.reports.base import Asked
from reporting_pollster.reports.cost import AMOUNT_OF
from reporting_pollster.reports.versions import versions

Group = Any  # a text or a day, the same within one report
_PLACES: Mapping[str, int] = {kind: place for place, kind in enumerate(KINDS)}
_AMOUNTS = tuple((resource, AMOUNT_OF[resource.kind, resource.amount].name) for resource in RESOURCES.values())
_TYPES: Mapping[str, str] = {"instance": "flavour", "volume": "volume_type", "snapshot": "volume_type"}


class Line(NamedTuple):
    """Some use of one resource, as it is billed."""

    owner: Owner
    use: Use
    resource: Resource
    amount: int
    day: date


class Unpriced:
    """Use that has no price: by resource, type and zone."""

    def __init__(self, rates: PriceList) -> None:
        self._rates = rates
        self.amounts: defaultdict[tuple[str, str, str], int] = defaultdict(int)

    def add(self, line: Line) -> None:
        """Count use in that has no price; what the list leaves out on purpose is none.

        A list may price instances by flavour or by their parts, so one of these is enough, unless others of that part
        have a price.
        """
        use = line.use
        if use.resource in self._rates.for_all or not self._kind_is_priced(line):
            zone = use.zone if use.resource in self._rates.by_zone else ""
            self.amounts[use.resource, use.type, zone] += line.amount

    def _kind_is_priced(self, line: Line) -> bool:
        others = (each.name for each in RESOURCES.values() if each.kind == line.resource.kind)
        return any(self._rates.price_of(line.use._replace(resource=name), line.day) for name in others)

    def notes(self, most: int = 10) -> Iterator[str]:
        """A line for each, the first ones by name."""
        for name, kind, zone in sorted(self.amounts)[:most]:
            resource = RESOURCES[name]
            where = "".join((f" of {kind}" if kind else "", f" in {zone}" if zone else ""))
            hours = Decimal(self.amounts[name, kind, zone]) / resource.per
            yield f"No price for {name}{where}: {hours:.2f} {resource.unit} cost nothing."
        if len(self.amounts) > most:
            yield f"{len(self.amounts) - most} more have no price."


class Bills:
    """What use costs by one price list: smallest coins by group and kind of resource."""

    def __init__(self, rates: PriceList, group: Callable[[Line], Group]) -> None:
        self.rates = rates
        self.coins: defaultdict[Group, list[int]] = defaultdict(lambda: [0] * len(KINDS))
        self.unpriced = Unpriced(rates)
        self._group = group
        self._known: dict[tuple[Use, date, Decimal], Decimal | None] = {}

    def add(self, owner: Owner, lines: Iterable[Line]) -> None:
        """Make the bill of one project for one month; each of its lines is shared out among the groups."""
        discount = self.rates.discount_of(owner)
        parts: defaultdict[Use, defaultdict[tuple[Group], int]] = defaultdict(lambda: defaultdict(int))
        for line in lines:
            price = self._price(line, discount)
            if price is None:
                self.unpriced.add(line)
            parts[line.use][(self._group(line),)] += 0 if price is None else cost(line.resource, line.amount, price)
        places = self.rates.places
        for use, coins in bill({use: sum(groups.values()) for use, groups in parts.items()}, places).items():
            kind = _PLACES[RESOURCES[use.resource].kind]
            for (group,), share in shared(parts[use], coins, places).items():
                self.coins[group][kind] += share

    def _price(self, line: Line, discount: Decimal) -> Decimal | None:
        key = (line.use, line.day, discount)
        if key not in self._known:
            found = self.rates.charge(*key)
            self._known[key] = None if found is None else found.contracted
        return self._known[key]


def bills_of_month(
    rows: Iterable[Any], pieces: list[tuple[datetime, datetime]], owners: Owners
) -> Iterator[tuple[Owner, list[Line]]]:
    """The lines of each project's bill, from rows of `reports.cost.use` for the pieces of a month."""
    for project_id, of_project in groupby(rows, key=lambda row: row.project_id or ""):
        owner = owners[project_id]
        yield owner, [line for row in of_project for line in _lines(row, owner, pieces[row.piece][0].date())]


def _lines(row: Any, owner: Owner, day: date) -> Iterator[Line]:
    values = row._mapping
    own_day = values.get("day", day)
    for resource, name in _AMOUNTS:
        amount = int(values[name])
        if amount:
            kind = values[_TYPES[resource.kind]] if resource.kind in _TYPES else ""
            use = Use(resource.name, kind, values["zone"], values["state"])
            yield Line(
                owner, use, resource, amount, own_day if isinstance(own_day, date) else date.fromisoformat(own_day)
            )


class Owners:
    """Projects with their names and domains, as they are or as they were known."""

    def __init__(self, connection: Connection, asked: Asked) -> None:
        project = versions("project", asked, "id", "display_name", "domain_id")
        domain = versions("domain", asked, "id", "name")
        columns = (project.c.id, project.c.display_name, project.c.domain_id, domain.c.name)
        query = select(*columns).select_from(project.outerjoin(domain, domain.c.id == project.c.domain_id))
        self._known = {row[0]: Owner(*row) for row in connection.execute(query)}
        self._domains = {owner.domain_id: owner.domain for owner in self._known.values()}

    def __getitem__(self, project_id: str) -> Owner:
        return self._known.get(project_id) or Owner(project_id)

    def domain(self, domain_id: str) -> str | None:
        """The name of a domain."""
        return self._domains.get(domain_id)
