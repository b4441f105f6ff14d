"""Whether a source may be believed.

An empty database, a truncated table, an older replica or another region's database all look alike to a comparison:
many rows are suddenly gone. Closing them would be wrong in thousands of reports, and hard to undo. So a plan that
ends too much is refused, as a whole and before anything is written, until the operator says that it is right.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """`share` of the active rows that one cycle may end, and `floor`, a number that is always fine."""

    share: float = 0.3
    floor: int = 10


def refusal(
    *, living: int, closing: int, limits: Limits, may_empty: bool, new: int = 0, staged_all: int | None = None
) -> str | None:
    """Why a plan is not believed, or None when it is.

    `living` rows are active now, `closing` of them would end, and `new` ones would come. `staged_all` is the number of
    rows that the source had when it was read whole; None when only changes were read.
    """
    if staged_all == 0 and living and not may_empty:
        return f"the source has no rows at all, but {living} are known to be active"
    if closing == living and living and not new and not may_empty:
        return f"all {living} active rows would end"
    allowed = max(limits.floor, int(limits.share * living))
    if closing > allowed:
        return f"{closing} of {living} active rows would end, more than {allowed}"
    return None


def unfamiliar(known: int, asked: int) -> str | None:
    """Why a database is not the one that it was: of `asked` keys, one of which must be familiar, `known` are."""
    if known:
        return None
    if not asked:
        return "it has no rows that could be known: it seems to be empty"
    return f"none of {asked} rows looked up in it is known: it seems to be another database"


def went_back(missing: int, older: int, asked: int, *, went_on: bool = False) -> str | None:
    """Why a source seems to be older than what was read from it: rows read last are gone or as they were before.

    A source that `went_on` has something newer than all that was read, which no older copy has. Then some rows may be
    gone or have an earlier time (of a controller with a wrong clock), but not all of them gone.
    """
    if went_on and missing < asked:
        return None
    if asked >= 3 and missing * 2 > asked:
        return f"{missing} of the {asked} rows read last are not there: it seems to be an older copy, or truncated"
    if older:
        return f"{older} of the {asked} rows read last are older than when they were read: it seems to be an older copy"
    return None
