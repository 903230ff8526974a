"""What is asked about complaints: the queue, one case, one customer's cases, the words of an answer."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from regulars import messaging
from regulars.complaints.models import Complaint, Remark
from regulars.errors import NotFound


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint and every step of it, in order."""

    complaint: Complaint
    remarks: list[Remark]


def queue(
    session: Session, shop_id: int, states: Collection[str] | None = None, *, assigned_to: str | None = None,
    limit: int = 50, offset: int = 0,
) -> list[Complaint]:  # fmt: skip
    """The cases in these states (all but closed when None): due follow-ups first, then whoever waits longest."""
    question = select(Complaint).where(Complaint.shop_id == shop_id)
    question = question.where(Complaint.state != "closed" if states is None else Complaint.state.in_(states))
    if assigned_to is not None:
        question = question.where(Complaint.assigned_to == assigned_to)
    order = (Complaint.follow_up_due.desc(), Complaint.opened_at, Complaint.number)
    return list(session.scalars(question.order_by(*order).limit(limit).offset(offset)))


def counts(session: Session, shop_id: int) -> dict[str, int]:
    """How many cases stand in each state."""
    question = select(Complaint.state, func.count()).where(Complaint.shop_id == shop_id).group_by(Complaint.state)
    return {row[0]: row[1] for row in session.execute(question)}


def one(session: Session, shop_id: int, complaint_id: str) -> Case:
    """One case with its steps. Raises NotFound."""
    complaint = session.get(Complaint, (shop_id, complaint_id))
    if complaint is None:
        raise NotFound("There is no such complaint in this shop.")
    mine = (Remark.shop_id == shop_id) & (Remark.complaint_id == complaint_id)
    return Case(complaint, list(session.scalars(select(Remark).where(mine).order_by(Remark.seq))))


def of_customer(session: Session, shop_id: int, customer_id: str, limit: int = 20) -> list[Complaint]:
    """A customer's newest cases first."""
    mine = (Complaint.shop_id == shop_id) & (Complaint.customer_id == customer_id)
    return list(session.scalars(select(Complaint).where(mine).order_by(Complaint.opened_at.desc()).limit(limit)))


def answer_words(session: Session, message: messaging.Message) -> dict[str, Any] | None:
    """What the letter with an answer says: its data names the remark. None when its words were erased."""
    complaint_id, seq = message.data["remark"]
    complaint = session.get(Complaint, (message.shop_id, complaint_id))
    remark = session.get(Remark, (message.shop_id, complaint_id, seq))
    if complaint is None or remark is None or not remark.text:
        return None
    return {"number": complaint.number, "answer": remark.text, "agent": remark.detail.get("name", "")}
