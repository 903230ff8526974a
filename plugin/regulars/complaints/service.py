"""The verbs of a complaint: open, answer, note, hear, grant, resolve, close. Each runs under the lock of its customer."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from regulars import audit, customers, ledger, lifecycle, messaging, outbound, program, shops, signals, work
from regulars.complaints import queries
from regulars.complaints.authority import check_not_own, remaining
from regulars.complaints.cases import Outcome, State, Step, after, follow_up_at, step_for
from regulars.complaints.models import Complaint, Grant, Remark
from regulars.complaints.tables import by_key, given, is_theirs, locked, next_value, open_problems, remark
from regulars.complaints.wording import PROBLEMS
from regulars.errors import InvalidInput, KeyReused, LimitExceeded, NotFound
from regulars.points import adjust
from regulars.values import end_of_day, is_storable, iso, local_day, new_id

MAX_TEXT = 5_000
MAX_KEY = 200
#: An answer that could not be sent for this long is told in another way.
_STILL_USEFUL = timedelta(days=7)
#: The kind of work that reminds of a follow-up.
FOLLOW_UP = "complaints.follow_up"


@dataclass(frozen=True, slots=True)
class Agent:
    """The member of the staff who acts: `id` is what is written down, `role` decides what they may give."""

    id: str
    role: str
    name: str
    email: str


def open_complaint(
    session: Session, shop_id: int, customer_id: str, order_id: str | None, problem: str, text: str, request_key: str,
    now: datetime,
) -> Complaint:  # fmt: skip
    """A customer reports a problem; the same `request_key` with the same body is the same complaint.

    Raises InvalidInput whose `errors` name the fields, NotFound for an unknown customer, KeyReused when the key came
    with another body before.
    """
    text = text.strip()
    if customer_id not in customers.lock(session, shop_id, [customer_id]):
        raise NotFound("There is no such customer in this shop.")
    _check(session, shop_id, customer_id, order_id, problem, text, request_key)
    body = hashlib.sha256(json.dumps([order_id, problem, text]).encode()).hexdigest()
    known = by_key(session, shop_id, customer_id, request_key)
    if known:
        if known.request_hash != body:
            raise KeyReused("This Idempotency-Key came with another report before; use a new key for a new report.")
        return known
    complaint = Complaint(
        shop_id=shop_id, id=new_id(), number=next_value(session, shop_id, "number"), customer_id=customer_id,
        order_id=order_id, problem=problem, state=State.NEW.value, request_key=request_key, request_hash=body,
        opened_at=now,
    )  # fmt: skip
    session.add(complaint)
    session.flush()
    remark(session, complaint, "customer", "report", text, now)
    _acknowledge(session, complaint, now)
    _restate(session, complaint, now)
    return complaint


def _check(
    session: Session, shop_id: int, customer_id: str, order_id: str | None, problem: str, text: str, request_key: str
) -> None:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(request_key) <= MAX_KEY or not is_storable(request_key):
        errors["request_key"] = [f"An idempotency key has 1 to {MAX_KEY} characters."]
    if problem not in PROBLEMS:
        errors["problem"] = [f"It must be one of {', '.join(PROBLEMS)}."]
    if not 1 <= len(text) <= MAX_TEXT or not is_storable(text):
        errors["text"] = [f"Say what happened in 1 to {MAX_TEXT} characters."]
    if order_id is not None and not (is_storable(order_id) and is_theirs(session, shop_id, customer_id, order_id)):
        errors["order_id"] = ["You have no such order; leave it out if it is not about an order."]
    if errors:
        raise InvalidInput("The report is not complete.", errors=errors)


def _acknowledge(session: Session, complaint: Complaint, now: datetime) -> None:
    """The customer gets a mail, the host a signal, endpoints an event."""
    ids: dict[str, Any] = {
        "shop_id": complaint.shop_id,
        "customer_id": complaint.customer_id,
        "complaint_id": complaint.id,
    }
    signals.tell(session, signals.complaint_opened, **ids)
    _mail(session, complaint, "complaint_received", complaint.id, {"number": complaint.number}, now)
    data = {
        "complaint_id": complaint.id, "number": complaint.number, "customer_id": complaint.customer_id,
        "order_id": complaint.order_id, "problem": complaint.problem, "at": iso(now),
    }  # fmt: skip
    event = outbound.Event("complaint.opened", f"complaint:{complaint.id}", data)
    outbound.announce(session, complaint.shop_id, [event], now)


def _mail(session: Session, complaint: Complaint, template: str, key: str, data: dict[str, Any], now: datetime) -> None:
    letter = messaging.NewMessage(
        complaint.customer_id, template, "care", f"{template}:{key}", now + _STILL_USEFUL, data
    )
    messaging.queue(session, complaint.shop_id, [letter], now)


def step(session: Session, complaint: Complaint, taken: Step, agent: Agent, now: datetime, **detail: Any) -> None:
    """Move the complaint, make the agent its keeper if it had none, and remember who did it. Raises Conflict."""
    old, complaint.state = complaint.state, after(complaint.state, taken).value
    complaint.assigned_to = complaint.assigned_to or agent.id
    audit.record(session, complaint.shop_id, agent.id, f"complaint.{taken}", complaint.id, now, **detail)
    if complaint.state == State.CLOSED and old != State.CLOSED:
        _restate(session, complaint, now)


def _restate(session: Session, complaint: Complaint, now: datetime) -> None:
    """Keep the number of the customer's problems, and let the lifecycle follow: an open one blocks advocacy."""
    session.flush()
    shop_id, customer_id = complaint.shop_id, complaint.customer_id
    customer = customers.lock(session, shop_id, [customer_id])[customer_id]
    customer.open_problems = open_problems(session, shop_id, customer_id)
    session.flush()
    lifecycle.restate(session, shop_id, [customer_id], now)


def _words(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= MAX_TEXT or not is_storable(text):
        raise InvalidInput("The text does not fit.", errors={"text": [f"Write 1 to {MAX_TEXT} characters."]})
    return text


def answer(session: Session, shop_id: int, complaint_id: str, agent: Agent, text: str, now: datetime) -> Remark:
    """Answer the customer by mail; then the case waits for them. Raises NotFound, Conflict, InvalidInput."""
    text = _words(text)
    complaint = locked(session, shop_id, complaint_id)
    step(session, complaint, Step.ANSWER, agent, now)
    complaint.answered_at = complaint.answered_at or now
    row = remark(session, complaint, agent.id, "answer", text, now, name=agent.name)
    key = f"{complaint.id}:{row.seq}"
    _mail(session, complaint, "complaint_answer", key, {"remark": [complaint.id, row.seq]}, now)
    return row


def note(session: Session, shop_id: int, complaint_id: str, agent: Agent, text: str, now: datetime) -> Remark:
    """Write something down for colleagues; the customer does not see it. Raises NotFound, InvalidInput."""
    text = _words(text)
    complaint = locked(session, shop_id, complaint_id)
    step(session, complaint, Step.NOTE, agent, now)
    return remark(session, complaint, agent.id, "note", text, now)


def hear(session: Session, shop_id: int, complaint_id: str, agent: Agent, text: str, now: datetime) -> Remark:
    """Write down what the customer said by mail or phone; a resolved case opens again. Raises NotFound, Conflict."""
    text = _words(text)
    complaint = locked(session, shop_id, complaint_id)
    step(session, complaint, Step.HEARD, agent, now)
    _forget_follow_up(complaint)
    return remark(session, complaint, agent.id, "heard", text, now)


def limits(session: Session, shop_id: int, complaint_id: str, agent: Agent, now: datetime) -> int:
    """How many points this agent may give on this complaint now. Raises NotFound."""
    complaint = queries.one(session, shop_id, complaint_id).complaint
    return _left(session, complaint, agent, now)


def grant(
    session: Session, shop_id: int, complaint_id: str, agent: Agent, points: int, key: str, now: datetime
) -> Grant:
    """Give points to make up for a complaint, once per `key`.

    Raises NotFound, Conflict, InvalidInput, LimitExceeded (`remaining` says what is left), Forbidden when the customer
    has the agent's own address, KeyReused when the key came with another number before.
    """
    _check_grant(points, key)
    complaint = locked(session, shop_id, complaint_id)
    known = session.get(Grant, (shop_id, complaint_id, key))
    if known:
        if (known.points, known.staff_id) != (points, agent.id):
            raise KeyReused("This key was used for another grant on this complaint; use a new key for a new one.")
        return known
    _check_limits(session, complaint, agent, points, now)
    row = Grant(
        shop_id=shop_id, complaint_id=complaint_id, key=key, customer_id=complaint.customer_id, staff_id=agent.id,
        points=points, at=now,
    )  # fmt: skip
    session.add(row)
    step(session, complaint, Step.GRANT, agent, now, points=points)
    remark(session, complaint, agent.id, "grant", "", now, points=points)
    _pay(session, complaint, agent, points, key, now)
    return row


def _check_grant(points: int, key: str) -> None:
    errors: dict[str, list[str]] = {}
    if points < 1:
        errors["points"] = ["Give a whole number of points, at least 1."]
    if not 1 <= len(key) <= MAX_KEY or not is_storable(key):
        errors["key"] = [f"An idempotency key has 1 to {MAX_KEY} characters."]
    if errors:
        raise InvalidInput("The grant does not fit.", errors=errors)


def _check_limits(session: Session, complaint: Complaint, agent: Agent, points: int, now: datetime) -> None:
    check_not_own(agent.email, _addresses(session, complaint, agent))
    next_value(session, complaint.shop_id, f"staff:{agent.id}")  # two grants of one giver cannot both see room
    left = _left(session, complaint, agent, now)
    if points > left:
        raise LimitExceeded(
            f"You may give {left} points here now; somebody with a higher limit can give more.", remaining=left
        )


def _addresses(session: Session, complaint: Complaint, agent: Agent) -> set[str]:
    """The customer's known address, and the agent's own one if it leads to this customer."""
    known = customers.contact(session, complaint.shop_id, complaint.customer_id).email
    own = customers.email_identity(complaint.shop_id, agent.email)
    identity = session.get(customers.Identity, (complaint.shop_id, "email", own)) if own else None
    is_own = identity is not None and identity.customer_id == complaint.customer_id
    return ({known} if known else set()) | ({agent.email} if is_own else set())


def _left(session: Session, complaint: Complaint, agent: Agent, now: datetime) -> int:
    zone = ZoneInfo(shops.get_shop(session, complaint.shop_id).timezone)
    today = end_of_day(local_day(now, zone) - timedelta(days=1), zone)
    sums = given(session, complaint.shop_id, agent.id, complaint.customer_id, today, now)
    return remaining(agent.role, *sums)


def _pay(session: Session, complaint: Complaint, agent: Agent, points: int, key: str, now: datetime) -> None:
    shop = shops.get_shop(session, complaint.shop_id)
    rules = program.programs(session, complaint.shop_id).at(now)
    zone = ZoneInfo(shop.timezone)
    cause = ledger.Cause(
        "complaint", complaint.id, program_version=rules.version if rules else None, actor=agent.id,
        explanation={"code": "complaint_grant"},
    )  # fmt: skip
    adjust(
        session, complaint.shop_id, complaint.customer_id, rules.unit if rules else "points", points, cause,
        f"complaint:{complaint.id}:{key}", now, rules.expiry.ends(now, zone) if rules else None,
    )  # fmt: skip


def resolve(session: Session, shop_id: int, complaint_id: str, agent: Agent, now: datetime) -> Complaint:
    """The agent believes it is solved; three days later somebody asks. Raises NotFound, Conflict."""
    complaint = locked(session, shop_id, complaint_id)
    complaint.resolved_at, complaint.follow_up_at = now, follow_up_at(now)
    step(session, complaint, Step.RESOLVE, agent, now)
    remark(session, complaint, agent.id, "state", "", now, code="resolved")
    due = iso(complaint.follow_up_at)
    row = work.row(
        shop_id, FOLLOW_UP, f"{complaint.id}:{due}", {"complaint_id": complaint.id, "due": due}, now,
        run_at=complaint.follow_up_at,
    )  # fmt: skip
    work.add(session, [row])
    return complaint


def close(session: Session, shop_id: int, complaint_id: str, agent: Agent, outcome: str, now: datetime) -> Complaint:
    """Write down what the follow-up brought: satisfied or no_answer close the case, unsatisfied opens it again.

    Raises NotFound, Conflict unless it is resolved, InvalidInput for another outcome.
    """
    if outcome not in list(Outcome):
        raise InvalidInput(
            "The outcome does not fit.", errors={"outcome": [f"It must be one of {', '.join(Outcome)}."]}
        )
    complaint = locked(session, shop_id, complaint_id)
    step(session, complaint, step_for(Outcome(outcome)), agent, now, outcome=outcome)
    remark(session, complaint, agent.id, "state", "", now, code="closed", outcome=outcome)
    if complaint.state == State.CLOSED:
        complaint.closed_at, complaint.outcome, complaint.follow_up_due = now, outcome, False
    else:
        _forget_follow_up(complaint)
    return complaint


def _forget_follow_up(complaint: Complaint) -> None:
    if complaint.state != State.RESOLVED:
        complaint.resolved_at, complaint.follow_up_at, complaint.follow_up_due = None, None, False


def remind(session: Session, shop_id: int, rows: Collection[work.WorkRow], now: datetime) -> None:
    """The work `complaints.follow_up`: what is still resolved since the same moment stands in the queue as due."""
    for payload in sorted((row.payload for row in rows), key=lambda payload: str(payload["complaint_id"])):
        complaint = locked(session, shop_id, payload["complaint_id"])
        due = iso(complaint.follow_up_at) if complaint.follow_up_at else None
        if complaint.state == State.RESOLVED and due == payload["due"] and not complaint.follow_up_due:
            complaint.follow_up_due = True
            remark(session, complaint, "system", "state", "", now, code="follow_up_due")
