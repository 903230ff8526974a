"""Work: the outbox. Rows are the truth, RQ jobs are the doorbell."""

from regulars.work.handlers import Drain, Handler, Local, Outcome, Sending
from regulars.work.models import ROOM_FOR_LEASES, Leased, WorkRow, dead_index, due_index
from regulars.work.service import add, is_open, ring_after_commit, row
from regulars.work.timetable import Periodic

__all__ = [
    "ROOM_FOR_LEASES", "Drain", "Handler", "Leased", "Local", "Outcome", "Periodic", "Sending", "WorkRow", "add",
    "dead_index", "due_index", "is_open", "ring_after_commit", "row",
]  # fmt: skip
