"""The columns of FOCUS 1.2 that we fill, each with its type, whether it may be empty, and which values it knows.

All mandatory ones are here, and the conditional ones whose condition a cloud of OpenStack meets: it has regions, zones,
projects (sub accounts), resources, prices per unit and discounts. It has no commitments, reservations, invoices,
currencies of its own or kinds of accounts, so their columns are left out, as the specification wants it. What is not
of FOCUS begins with x_ and comes last.
"""

from __future__ import annotations

from typing import NamedTuple

from reporting_pollster.domain.rates import PRICE_PLACES
from reporting_pollster.exports.field import Field, Kind

VERSION = "1.2"
QUANTITY_PLACES = 9  # of hours: a second is one part of 3600, so quantities are rounded, far below a coin
COST_PLACES = PRICE_PLACES + QUANTITY_PLACES  # a product of both is exact


class Column(NamedTuple):
    """One column; `values` are those allowed, if only some are."""

    name: str
    kind: Kind = "text"
    nullable: bool = False
    values: tuple[str, ...] = ()
    scale: int = 0


_CATEGORIES = (
    *("AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases", "Developer Tools"),
    *("Identity", "Integration", "Internet of Things", "Management and Governance", "Media", "Migration", "Mobile"),
    *("Multicloud", "Networking", "Security", "Storage", "Web", "Other"),
)
_SUBCATEGORIES = (  # of the many, those of our services
    *("Virtual Machines", "Block Storage", "Backup Storage", "Other (Storage)", "Other (Networking)", "Other (Other)"),
)
COLUMNS: tuple[Column, ...] = (
    Column("AvailabilityZone", nullable=True),
    Column("BilledCost", "decimal", scale=COST_PLACES),
    Column("BillingAccountId"),
    Column("BillingAccountName", nullable=True),
    Column("BillingCurrency"),
    Column("BillingPeriodEnd", "moment"),
    Column("BillingPeriodStart", "moment"),
    Column("ChargeCategory", values=("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
    Column("ChargeClass", nullable=True, values=("Correction",)),
    Column("ChargeDescription", nullable=True),
    Column("ChargeFrequency", values=("One-Time", "Recurring", "Usage-Based")),
    Column("ChargePeriodEnd", "moment"),
    Column("ChargePeriodStart", "moment"),
    Column("ConsumedQuantity", "decimal", nullable=True),
    Column("ConsumedUnit", nullable=True),
    Column("ContractedCost", "decimal", scale=COST_PLACES),
    Column("ContractedUnitPrice", "decimal", nullable=True, scale=PRICE_PLACES),
    Column("EffectiveCost", "decimal", scale=COST_PLACES),
    Column("InvoiceIssuerName"),
    Column("ListCost", "decimal", scale=COST_PLACES),
    Column("ListUnitPrice", "decimal", nullable=True, scale=PRICE_PLACES),
    Column("PricingCategory", nullable=True, values=("Standard", "Dynamic", "Committed", "Other")),
    Column("PricingQuantity", "decimal", nullable=True, scale=QUANTITY_PLACES),
    Column("PricingUnit", nullable=True),
    Column("ProviderName"),
    Column("PublisherName"),
    Column("RegionId", nullable=True),
    Column("RegionName", nullable=True),
    Column("ResourceId", nullable=True),
    Column("ResourceName", nullable=True),
    Column("ResourceType", nullable=True),
    Column("ServiceCategory", values=_CATEGORIES),
    Column("ServiceName"),
    Column("ServiceSubcategory", values=_SUBCATEGORIES),
    Column("SkuId", nullable=True),
    Column("SkuMeter", nullable=True),
    Column("SkuPriceDetails", nullable=True),
    Column("SkuPriceId", nullable=True),
    Column("SubAccountId", nullable=True),
    Column("SubAccountName", nullable=True),
    Column("x_DomainId", nullable=True),
    Column("x_DomainName", nullable=True),
    Column("x_State", nullable=True),
)
FIELDS = tuple(Field(each.name, each.kind, each.nullable, each.scale) for each in COLUMNS)


class Sku(NamedTuple):
    """How FOCUS calls a resource: its service, and what is measured of it."""

    service: str
    category: str
    subcategory: str
    resource_type: str
    meter: str
    consumed_unit: str
    pricing_unit: str
    detail: str = ""  # the property of SkuPriceDetails that its type is


def _of_instance(meter: str, base: str, consumed: str = "") -> Sku:
    units = (f"{consumed or base}-Seconds", f"{base}-Hours")
    return Sku("Compute", "Compute", "Virtual Machines", "Instance", meter, *units, "InstanceType")


# Nova, cinder and glance say GB and MB and mean powers of two, which FOCUS calls GiB and MiB.
SKUS = {
    "instance": _of_instance("Instance", "Instance"),
    "vcpu": _of_instance("vCPU", "Core"),
    "memory": _of_instance("Memory", "GiB", "MiB"),
    "root": _of_instance("Root disk", "GiB"),
    "ephemeral": _of_instance("Ephemeral disk", "GiB"),
    "volume": Sku(
        *("Block Storage", "Storage", "Block Storage", "Volume", "Volume capacity", "GiB-Seconds", "GiB-Hours"),
        "DiskType",
    ),
    "snapshot": Sku(
        *("Block Storage", "Storage", "Block Storage", "Snapshot", "Snapshot capacity", "GiB-Seconds", "GiB-Hours"),
        "DiskType",
    ),
    "backup": Sku(
        *("Backup", "Storage", "Backup Storage", "Backup", "Backup capacity", "GiB-Seconds", "GiB-Hours"),
    ),
    "image": Sku(
        *("Image", "Storage", "Other (Storage)", "Image", "Image capacity", "MiB-Seconds", "GiB-Hours"),
    ),
    "floating_ip": Sku(
        *("Network", "Networking", "Other (Networking)", "Floating IP", "Floating IP", "Address-Seconds"),
        "Address-Hours",
    ),
}
