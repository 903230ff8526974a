"""What a letter may speak of: the templates and the values that each knows."""

from typing import Any

#: Every template and the values it knows, with what stands there when nobody says. Names that end in `_at` are ISO
#: times in UTC and are shown as a day of the shop's zone.
TEMPLATES: dict[str, dict[str, Any]] = {
    "thank_you": {"order": "", "points": 0, "available_at": ""},
    "points_available": {"points": 0, "balance": 0},
    "complaint_received": {"number": 0},
    "complaint_answer": {"number": 0, "answer": "", "agent": ""},
}

#: Letters that a person wrote; all others say of themselves that a machine sent them (RFC 3834).
BY_A_PERSON = {"complaint_answer"}
