"""Order points converge: what is posted becomes what is entitled, whatever came before and in whatever order. Pure."""

from datetime import datetime
from typing import NamedTuple

from regulars.ledger.book import Book, Cause, Dates
from regulars.ledger.posting import claw_back, earn, reverse_write_off


class Posted(NamedTuple):
    """What stands in the ledger for one component of one cause and customer.

    `points` is net issuance: earned − clawed back − made a debt − written off; release, expiry and redemption never
    count. The program version, the multiplier and the dates are pinned at the first posting.
    """

    cause_type: str
    cause_id: str
    component: str
    customer_id: str
    unit: str
    points: int = 0
    written_off: int = 0
    moves: int = 0
    program_version: int | None = None
    multiplier: str = "1"
    release_at: datetime | None = None
    expires_at: datetime | None = None


def converge(
    book: Book,
    posted: Posted,
    entitled: int,
    cause: Cause,
    now: datetime,
    *,
    write_off: bool = False,
    quiet: bool = False,
) -> Posted:
    """Post the difference between `entitled` and what stands, and say what stands now. No difference writes nothing.

    An increase first reverses this cause's own write-off, then pays debt, then opens a lot with the first dates.
    """
    difference = entitled - posted.points
    if not difference:
        return posted
    key = f"{posted.cause_type}:{posted.cause_id}:{posted.component}:{posted.customer_id}:{posted.moves + 1}"
    written_off = posted.written_off
    if difference < 0:
        written_off += claw_back(book, -difference, cause, key, now, write_off=write_off)
    else:
        reversed_points = min(written_off, difference)
        if reversed_points:
            reverse_write_off(book, reversed_points, cause, key, now)
            written_off -= reversed_points
        if difference > reversed_points:
            dates = Dates(posted.release_at, posted.expires_at)
            earn(book, difference - reversed_points, cause, dates, key, now, quiet=quiet)
    return posted._replace(points=entitled, written_off=written_off, moves=posted.moves + 1)
