"""The ledger: double entry, append-only, one chain per customer and unit."""

from regulars.ledger.book import Account, Book, Cause, Dates, Entry, Kind, Lot
from regulars.ledger.converging import Posted, converge
from regulars.ledger.due import next_due_at, settle
from regulars.ledger.models import AccountRow, EntryRow, LotRow, PostedRow, SealRow
from regulars.ledger.proving import seal, verify_shop
from regulars.ledger.queries import Balance, balance, export, history, present
from regulars.ledger.redeeming import Redemption, Step
from regulars.ledger.service import adjust, book_of, commit_points, redeem_all, reserve_points, void_points
from regulars.ledger.tables import close_books, due_customers, open_books, posted_for, posted_to, save_posted

__all__ = [
    "Account", "AccountRow", "Balance", "Book", "Cause", "Dates", "Entry", "EntryRow", "Kind", "Lot", "LotRow",
    "Posted", "PostedRow", "Redemption", "SealRow", "Step", "adjust", "balance", "book_of", "close_books", "commit_points", "converge",
    "due_customers", "export", "history", "next_due_at", "open_books", "posted_for", "posted_to", "present", "redeem_all",
    "reserve_points", "save_posted", "seal", "settle", "verify_shop", "void_points",
]  # fmt: skip
