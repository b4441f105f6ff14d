"""FOCUS 1.2: the FinOps Open Cost and Usage Specification, which tools for the cost of clouds read.

`columns` says which columns there are and what they may hold, `charge` makes the rows.
"""

from reporting_pollster.exports.focus.charge import Billing, Charged, rounding_row, usage_row
from reporting_pollster.exports.focus.columns import COLUMNS, FIELDS

__all__ = ["COLUMNS", "FIELDS", "Billing", "Charged", "rounding_row", "usage_row"]
