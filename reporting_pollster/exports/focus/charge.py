"""Rows of FOCUS: what one resource took of one thing within one month, and what rounding adds to a bill.

Trap: a cost must be the product of unit price and quantity, and hours have no finite decimal. So quantities are
rounded, their products are exact, and one small row for each bill (an adjustment) says what is missing to its rounded
amount. Then the rows add up to the bills exactly. What was consumed is told in seconds, which need no rounding.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from reporting_pollster.domain.rates import (
    EXACT,
    PRICE_PLACES,
    RESOURCES,
    Charge,
    Owner,
    PriceList,
    Use,
    rounded_division,
)
from reporting_pollster.exports.field import Row
from reporting_pollster.exports.focus.columns import COLUMNS, COST_PLACES, QUANTITY_PLACES, SKUS

_NAMES = tuple(column.name for column in COLUMNS)
_ONE = Decimal(1)


@dataclass(frozen=True)
class Billing:
    """What all rows of a month share."""

    rates: PriceList
    region: str
    month_begin: datetime
    month_end: datetime

    @cached_property
    def columns(self) -> Mapping[str, Any]:
        """These columns."""
        rates = self.rates
        return {
            "BillingAccountId": rates.billing_account,
            "BillingAccountName": rates.billing_account,
            "BillingCurrency": rates.currency,
            "BillingPeriodStart": self.month_begin,
            "BillingPeriodEnd": self.month_end,
            "InvoiceIssuerName": rates.invoice_issuer,
            "ProviderName": rates.provider,
            "PublisherName": rates.publisher,
            "RegionId": self.region,
            "RegionName": self.region,
        }


class Charged(NamedTuple):
    """What a resource took, from begin to end, and at which price."""

    use: Use
    charge: Charge
    amount: int
    resource_id: str
    resource_name: str | None
    begin: datetime
    end: datetime


def usage_row(billing: Billing, owner: Owner, charged: Charged) -> tuple[Row, int]:
    """The row, and its cost as a whole number of the last decimal place."""
    use, charge, sku = charged.use, charged.charge, SKUS[charged.use.resource]
    quantity = rounded_division(charged.amount * 10**QUANTITY_PLACES, RESOURCES[use.resource].per)
    listed, contracted = (quantity * _places(price, PRICE_PLACES) for price in (charge.listed, charge.contracted))
    cost = _decimal(contracted, COST_PLACES)
    columns: dict[str, Any] = {
        **billing.columns,
        **_owner(owner),
        "AvailabilityZone": use.zone or None,
        "BilledCost": cost,
        "ChargeCategory": "Usage",
        "ChargeDescription": ", ".join(filter(None, (sku.meter, use.type, use.state))),
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": charged.begin,
        "ChargePeriodEnd": charged.end,
        "ConsumedQuantity": Decimal(charged.amount),
        "ConsumedUnit": sku.consumed_unit,
        "ContractedCost": cost,
        "ContractedUnitPrice": charge.contracted,
        "EffectiveCost": cost,
        "ListCost": _decimal(listed, COST_PLACES),
        "ListUnitPrice": charge.listed,
        "PricingCategory": "Standard",
        "PricingQuantity": _decimal(quantity, QUANTITY_PLACES),
        "PricingUnit": sku.pricing_unit,
        "ResourceId": charged.resource_id,
        "ResourceName": charged.resource_name,
        "ResourceType": sku.resource_type,
        "ServiceCategory": sku.category,
        "ServiceName": sku.service,
        "ServiceSubcategory": sku.subcategory,
        "SkuId": _sku_id(use),
        "SkuMeter": sku.meter,
        "SkuPriceDetails": _details(sku.detail, use),
        "SkuPriceId": _sku_price_id(use, charge),
        "x_State": use.state,
    }
    return tuple(map(columns.get, _NAMES)), contracted


def rounding_row(billing: Billing, owner: Owner, missing: int, begin: datetime, end: datetime) -> Row:
    """What a bill differs by from the sum of its rows, in the last decimal place."""
    cost = _decimal(missing, COST_PLACES)
    columns: dict[str, Any] = {
        **billing.columns,
        **_owner(owner),
        **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost),
        "ChargeCategory": "Adjustment",
        "ChargeDescription": "Rounding of the bill of this project and month",
        "ChargeFrequency": "One-Time",
        "ChargePeriodStart": begin,
        "ChargePeriodEnd": end,
        "ServiceCategory": "Other",
        "ServiceName": "Billing",
        "ServiceSubcategory": "Other (Other)",
    }
    return tuple(map(columns.get, _NAMES))


def _owner(owner: Owner) -> dict[str, str | None]:
    return {
        "SubAccountId": owner.project_id or None,
        "SubAccountName": owner.project,
        "x_DomainId": owner.domain_id,
        "x_DomainName": owner.domain,
    }


def _sku_id(use: Use) -> str:
    return f"{use.resource}/{use.type}" if use.type else use.resource


def _sku_price_id(use: Use, charge: Charge) -> str:
    """Names everything that the listed price depends on."""
    price = charge.price
    parts = [_sku_id(use), price.zone or "*", price.valid_from.isoformat()]
    return "/".join([*parts, use.state] if charge.weight != _ONE else parts)


def _details(name: str, use: Use) -> str | None:
    return json.dumps({name: use.type}, ensure_ascii=False) if name and use.type else None


def _places(value: Decimal, places: int) -> int:
    return int(value.scaleb(places, context=EXACT))


def _decimal(value: int, places: int) -> Decimal:
    return Decimal(value).scaleb(-places, context=EXACT)
