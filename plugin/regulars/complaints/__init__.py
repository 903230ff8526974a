"""Complaints: a problem is reported, answered, made up for, resolved, asked about again, and closed."""

from regulars import messaging
from regulars.complaints.authority import LIMITS, Limits, remaining
from regulars.complaints.cases import OPEN_STATES, Outcome, State, Step, allowed
from regulars.complaints.models import Complaint, Grant, Remark
from regulars.complaints.queries import Case, answer_words, counts, of_customer, one, queue
from regulars.complaints.service import (
    FOLLOW_UP,
    MAX_KEY,
    Agent,
    answer,
    close,
    grant,
    hear,
    limits,
    note,
    open_complaint,
    remind,
    resolve,
)
from regulars.complaints.wording import PROBLEMS, status, subject
from regulars.work import Local

#: The kinds of work of this room.
HANDLERS = {FOLLOW_UP: Local(remind)}

#: The words of an answer are kept with the case; the letter finds them by reference.
WORDS: dict[str, messaging.Words] = {"complaint_answer": answer_words}

__all__ = [
    "FOLLOW_UP", "HANDLERS", "LIMITS", "MAX_KEY", "OPEN_STATES", "PROBLEMS", "WORDS", "Agent", "Case", "Complaint", "Grant", "Limits",
    "Outcome", "Remark", "State", "Step", "allowed", "answer", "close", "counts", "grant", "hear", "limits", "note",
    "of_customer", "one", "open_complaint", "queue", "remaining", "remind", "resolve", "status", "subject",
]  # fmt: skip
