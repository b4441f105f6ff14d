"""Prices use: reads price lists, and tells what use costs."""

from reporting_pollster.services.rate.cost import run_cost
from reporting_pollster.services.rate.file import read_price_list

__all__ = ["read_price_list", "run_cost"]
