"""Reads a price list from its file.

Numbers are read as Decimal: as a binary fraction, 0.1 would be another price than the one that is written.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from reporting_pollster.domain.price_list import PriceListWrong, price_list
from reporting_pollster.domain.rates import PriceList


def read_price_list(path: Path) -> PriceList:
    """The price list in a file; raises a PriceListWrong that names what to do."""
    try:
        document = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        hint = "check its name and mode: [rating] file names the usual one, --rates another"
        raise PriceListWrong(f"cannot read the price list {path}: {error.strerror}", hint=hint) from None
    except UnicodeDecodeError:
        raise PriceListWrong(f"the price list {path} is not UTF-8 text", hint="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PriceListWrong(f"the price list {path} is not TOML: {error}", hint="mend that line") from None
    return price_list(document, str(path))
