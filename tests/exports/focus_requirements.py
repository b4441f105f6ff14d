"""What FOCUS 1.2 demands of a cost and usage dataset, written from the specification and not from our exporter.

Rows are as they are in a CSV: texts, an empty one for null. `violations` names whatever is wrong.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

Cells = Mapping[str, str]


class Demand(NamedTuple):
    """A column: S a string, D a decimal, T a date with time; whether it may be null; which values are allowed."""

    kind: str
    nullable: bool
    values: Sequence[str] = ()


MANDATORY: Mapping[str, Demand] = {
    "BilledCost": Demand("D", False),
    "BillingAccountId": Demand("S", False),
    "BillingAccountName": Demand("S", True),
    "BillingCurrency": Demand("S", False),
    "BillingPeriodEnd": Demand("T", False),
    "BillingPeriodStart": Demand("T", False),
    "ChargeCategory": Demand("S", False, ("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
    "ChargeClass": Demand("S", True, ("Correction",)),
    "ChargeDescription": Demand("S", True),
    "ChargePeriodEnd": Demand("T", False),
    "ChargePeriodStart": Demand("T", False),
    "ContractedCost": Demand("D", False),
    "EffectiveCost": Demand("D", False),
    "InvoiceIssuerName": Demand("S", False),
    "ListCost": Demand("D", False),
    "PricingQuantity": Demand("D", True),
    "PricingUnit": Demand("S", True),
    "ProviderName": Demand("S", False),
    "PublisherName": Demand("S", False),
    "ServiceCategory": Demand(
        *("S", False),
        (
            *("AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases"),
            *("Developer Tools", "Multicloud", "Identity", "Integration", "Internet of Things"),
            *("Management and Governance", "Media", "Migration", "Mobile", "Networking", "Security", "Storage"),
            *("Web", "Other"),
        ),
    ),
    "ServiceName": Demand("S", False),
}
# To be there because of what the cloud has: zones, regions, sub accounts, resources with types, measured use, unit
# prices, negotiated prices, a public list of prices.
CONDITIONAL: Mapping[str, Demand] = {
    "AvailabilityZone": Demand("S", True),
    "ConsumedQuantity": Demand("D", True),
    "ConsumedUnit": Demand("S", True),
    "ContractedUnitPrice": Demand("D", True),
    "ListUnitPrice": Demand("D", True),
    "PricingCategory": Demand("S", True, ("Standard", "Dynamic", "Committed", "Other")),
    "RegionId": Demand("S", True),
    "RegionName": Demand("S", True),
    "ResourceId": Demand("S", True),
    "ResourceName": Demand("S", True),
    "ResourceType": Demand("S", True),
    "SkuId": Demand("S", True),
    "SkuMeter": Demand("S", True),
    "SkuPriceDetails": Demand("S", True),
    "SkuPriceId": Demand("S", True),
    "SubAccountId": Demand("S", True),
    "SubAccountName": Demand("S", True),
}
RECOMMENDED: Mapping[str, Demand] = {
    "ChargeFrequency": Demand("S", False, ("One-Time", "Recurring", "Usage-Based")),
    "ServiceSubcategory": Demand("S", False),
}
COLUMNS = {**MANDATORY, **CONDITIONAL, **RECOMMENDED}
PARENTS = {
    "Virtual Machines": "Compute",
    "Block Storage": "Storage",
    "Backup Storage": "Storage",
    "Other (Storage)": "Storage",
    "Other (Networking)": "Networking",
    "Other (Other)": "Other",
}
_FORMS = {
    "D": re.compile(r"-?\d+(\.\d+)?"),
    "T": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "S": re.compile(r".+", re.DOTALL),
}
_SIZES = "(?:[KMGTPE]i?)?[Bb]"
_UNIT = re.compile(
    rf"(?:(?:{_SIZES}|[A-Z][A-Za-z ]*)-)?(?:{_SIZES}|Seconds|Minutes|Hours|Days|Months|Years|[A-Z][a-z]+s)"
)
_DETAILS = ("CoreCount", "DiskMaxIops", "DiskSpace", "DiskType", "GpuCount", "InstanceSeries", "InstanceType")
_WITH_UNIT_PRICE = ("PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice", "PricingCategory")


def violations(header: Sequence[str], rows: Sequence[Cells]) -> Iterator[str]:
    """Everything that the specification does not allow."""
    yield from (f"{name} is missing" for name in {**MANDATORY, **CONDITIONAL} if name not in header)
    for name in header:
        if name not in COLUMNS and not name.startswith("x_"):
            yield f"{name} is not of FOCUS and has no x_"
        if not re.fullmatch(r"(x_)?[A-Z][A-Za-z0-9]{1,49}", name):
            yield f"{name} is no name of a column"
    for number, row in enumerate(rows):
        yield from (f"row {number}: {problem}" for problem in (*_cells(row), *_row(row)))
    yield from _prices(rows)


def _cells(row: Cells) -> Iterator[str]:
    for name, demand in COLUMNS.items():
        value = row.get(name, "")
        if not value:
            if not demand.nullable:
                yield f"{name} is null"
        elif not _FORMS[demand.kind].fullmatch(value):
            yield f"{name} has the form of no {demand.kind}: {value}"
        elif demand.values and value not in demand.values:
            yield f"{name} may not be {value}"


def _row(row: Cells) -> Iterator[str]:
    yield from _times(row)
    yield from _quantities(row)
    yield from _names(row)
    if not re.fullmatch(r"[A-Z]{3}", row["BillingCurrency"]):
        yield "BillingCurrency is no code"
    if PARENTS.get(row["ServiceSubcategory"]) != row["ServiceCategory"]:
        yield "ServiceSubcategory is not of its ServiceCategory"
    if row["ProviderName"] != row["InvoiceIssuerName"] and _decimal(row, "BilledCost") != 0:
        yield "BilledCost is paid to somebody else"


def _times(row: Cells) -> Iterator[str]:
    start, end = (_time(row, f"BillingPeriod{which}") for which in ("Start", "End"))
    begin, stop = (_time(row, f"ChargePeriod{which}") for which in ("Start", "End"))
    if not start or not end or not begin or not stop:
        yield "a period is not given"
        return
    following = datetime(start.year + start.month // 12, start.month % 12 + 1, 1)
    if (start.day, start.hour, start.minute, start.second) != (1, 0, 0, 0) or end != following:
        yield "the billing period is no month"
    if not start <= begin < stop <= end:
        yield "the charge period is empty, or not within the billing period"


def _quantities(row: Cells) -> Iterator[str]:
    usage, priced = row["ChargeCategory"] == "Usage", row["ChargeCategory"] in ("Usage", "Purchase")
    if usage and not (row["ConsumedUnit"] and (_decimal(row, "ConsumedQuantity") or 0) > 0):
        yield "usage has no consumed quantity"
    if not usage and (row["ConsumedUnit"] or row["ConsumedQuantity"]):
        yield "something is consumed without usage"
    if priced and row["ChargeClass"] != "Correction":
        yield from (f"{name} is null" for name in (*_WITH_UNIT_PRICE, "SkuId", "SkuPriceId") if not row[name])
    for one, other in (("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit")):
        if bool(row[one]) != bool(row[other]):
            yield f"{one} without {other}"
    for unit in ("PricingUnit", "ConsumedUnit"):
        if row[unit] and not _UNIT.fullmatch(row[unit]):
            yield f"{unit} is written wrongly"
    quantity = _decimal(row, "PricingQuantity")
    for cost, unit_price in (("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice")):
        price = _decimal(row, unit_price)
        if price is not None and price < 0:
            yield f"{unit_price} is negative"
        if price is not None and quantity is not None and price * quantity != _decimal(row, cost):
            yield f"{cost} is not {unit_price} by PricingQuantity"
        if price is None and _decimal(row, cost) != _decimal(row, "BilledCost"):
            yield f"{cost} without a unit price is not what is billed"


def _names(row: Cells) -> Iterator[str]:
    needs = {
        "SubAccountName": "SubAccountId",
        "ResourceName": "ResourceId",
        "ResourceType": "ResourceId",
        "RegionName": "RegionId",
        "SkuMeter": "SkuId",
        "SkuPriceId": "SkuId",
        "SkuPriceDetails": "SkuPriceId",
    }
    yield from (f"{name} without {needed}" for name, needed in needs.items() if row[name] and not row[needed])
    always = ("ResourceType", "RegionName", "SkuMeter")
    yield from (f"{needs[name]} without {name}" for name in always if row[needs[name]] and not row[name])
    if row["SkuPriceDetails"]:
        details = json.loads(row["SkuPriceDetails"])
        if not isinstance(details, dict) or any(key not in _DETAILS and not key.startswith("x_") for key in details):
            yield "SkuPriceDetails has unknown properties"


def _prices(rows: Sequence[Cells]) -> Iterator[str]:
    """A price id is of one SKU, one listed price, one unit and one set of details."""
    known: defaultdict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for row in rows:
        if row["SkuPriceId"]:
            told = ("SkuId", "PricingUnit", "SkuPriceDetails", "SkuMeter")
            known[row["SkuPriceId"]].add((*(row[name] for name in told), _decimal(row, "ListUnitPrice")))
    yield from (f"SkuPriceId {name} means several things" for name, meanings in known.items() if len(meanings) > 1)


def _decimal(row: Cells, name: str) -> Decimal | None:
    return Decimal(row[name]) if _FORMS["D"].fullmatch(row[name]) else None


def _time(row: Cells, name: str) -> datetime | None:
    return datetime.fromisoformat(row[name][:-1]) if _FORMS["T"].fullmatch(row[name]) else None
