"""What a letter may speak of: the templates, the values each knows, and who finds the words that are not kept here."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

#: Every template and the values it knows, with what stands there when nobody says. Names that end in `_at` are ISO
#: times in UTC and are shown as a day of the shop's zone.
TEMPLATES: dict[str, dict[str, Any]] = {
    "thank_you": {"order": None, "points": 0, "available_at": None},
    "points_available": {"points": 0, "balance": 0},
    "complaint_received": {"number": 0},
    "complaint_answer": {"number": 0, "answer": "", "agent": ""},
}

#: Letters that a person wrote; all others say of themselves that a machine sent them (RFC 3834).
BY_A_PERSON = {"complaint_answer"}

#: `source(session, shop_id, data)` gives more values for a letter, or None when there is nothing to say any more.
Source = Callable[[Session, int, dict[str, Any]], dict[str, Any] | None]

#: Who finds texts by the references in a message's data. The room that keeps the words puts its source here.
SOURCES: dict[str, Source] = {}
