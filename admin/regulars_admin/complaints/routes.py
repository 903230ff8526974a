"""The queue of complaints, one case beside its customer's dossier, and every step of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from regulars import complaints, customers
from regulars.clock import now
from regulars.complaints import Agent, Case
from regulars.db import reading, unit_of_work
from regulars.errors import Conflict, Forbidden, InvalidInput, KeyReused, RegularsError
from regulars.values import new_id
from regulars_admin import dossier
from regulars_admin.access import allowed, member, shop
from regulars_admin.complaints import queries
from regulars_admin.customers.queries import unit_of
from regulars_admin.paging import page_number

blueprint = Blueprint("complaints", __name__, url_prefix="/shops/<shop_key>/complaints")

Answer = AnyResponse | tuple[str, int]
Verb = Callable[[Session, Agent, datetime], Any]

_CHANGED = "Something was added to this case since you opened it. Read it first; your words are still below."
_LONGEST_POINTS = 12


@blueprint.get("/")
@allowed("complaints.read")
def index(shop_key: str) -> str:
    """The queue: new ones first, then follow-ups that are due."""
    view = request.args.get("view", "todo")
    at = now()
    with reading() as session:
        page = queries.queue(session, shop().id, view, page_number(request.args.get("page")))
        counts = complaints.counts(session, shop().id)
    return render_template(
        "regulars_admin/complaints/queue.html",
        view=view if view in queries.VIEWS else "todo",
        views={name: sum(counts.get(state, 0) for state in states) for name, states in queries.VIEWS.items()},
        page=page,
        late={row.Complaint.id for row in page.rows if queries.is_late(row.Complaint, at)},
    )


@blueprint.get("/<complaint_id>")
@allowed("complaints.read")
def show(shop_key: str, complaint_id: str) -> str:
    """One case, with everything one needs to answer it."""
    return _page(complaint_id)


@blueprint.post("/<complaint_id>/answer")
@allowed("complaints.answer")
def answer(shop_key: str, complaint_id: str) -> Answer:
    """Write to the customer by mail."""
    shop_id, text = shop().id, _text()
    return _step(
        complaint_id, lambda session, agent, at: complaints.answer(session, shop_id, complaint_id, agent, text, at)
    )


@blueprint.post("/<complaint_id>/note")
@allowed("complaints.answer")
def note(shop_key: str, complaint_id: str) -> Answer:
    """Write something down for colleagues."""
    shop_id, text = shop().id, _text()
    return _step(
        complaint_id, lambda session, agent, at: complaints.note(session, shop_id, complaint_id, agent, text, at)
    )


@blueprint.post("/<complaint_id>/heard")
@allowed("complaints.answer")
def heard(shop_key: str, complaint_id: str) -> Answer:
    """Write down what the customer said by mail or on the phone."""
    shop_id, text = shop().id, _text()
    return _step(
        complaint_id, lambda session, agent, at: complaints.hear(session, shop_id, complaint_id, agent, text, at)
    )


@blueprint.post("/<complaint_id>/grant")
@allowed("complaints.grant")
def grant(shop_key: str, complaint_id: str) -> Answer:
    """Give points, once per form that was shown, however often it is sent."""
    shop_id, key, at, who = shop().id, request.form.get("key", ""), now(), _agent()
    try:
        points = _points()
        unit_of_work(lambda session: complaints.grant(session, shop_id, complaint_id, who, points, key, at))
    except (Conflict, Forbidden, InvalidInput, KeyReused) as error:
        return _again(complaint_id, error)
    return _back(complaint_id)


@blueprint.post("/<complaint_id>/resolve")
@allowed("complaints.resolve")
def resolve(shop_key: str, complaint_id: str) -> Answer:
    """Say that it is solved; a follow-up is due three days later."""
    shop_id = shop().id
    return _step(complaint_id, lambda session, agent, at: complaints.resolve(session, shop_id, complaint_id, agent, at))


@blueprint.post("/<complaint_id>/close")
@allowed("complaints.resolve")
def close(shop_key: str, complaint_id: str) -> Answer:
    """Write down what the follow-up brought."""
    shop_id, outcome = shop().id, request.form.get("outcome", "")
    return _step(
        complaint_id, lambda session, agent, at: complaints.close(session, shop_id, complaint_id, agent, outcome, at)
    )


def _step(complaint_id: str, verb: Verb) -> Answer:
    """Take one step, unless the case has moved on since its page was loaded; a second click is such a case too."""
    shop_id, agent, at = shop().id, _agent(), now()
    seen, text = request.form.get("seen", ""), _text()

    def work(session: Session) -> None:
        case = complaints.one(session, shop_id, complaint_id)
        customers.lock(session, shop_id, [case.complaint.customer_id])  # whoever takes a step now waits here
        last = complaints.one(session, shop_id, complaint_id).remarks[-1]
        if str(last.seq) == seen:
            verb(session, agent, at)
        elif (last.author, last.text) != (agent.id, text):
            raise Conflict(_CHANGED)

    try:
        unit_of_work(work)
    except (Conflict, Forbidden, InvalidInput) as error:
        return _again(complaint_id, error)
    return _back(complaint_id)


def _back(complaint_id: str) -> AnyResponse:
    return redirect(url_for("regulars_admin.complaints.show", shop_key=shop().key, complaint_id=complaint_id))


def _again(complaint_id: str, error: RegularsError) -> tuple[str, int]:
    fields: dict[str, list[str]] = error.extra.get("errors", {})
    sentences = [sentence for field in fields.values() for sentence in field] or [error.detail]
    return _page(complaint_id, wrong=" ".join(sentences)), error.status


def _page(complaint_id: str, wrong: str | None = None) -> str:
    shop_id, at = shop().id, now()
    with reading() as session:
        case = complaints.one(session, shop_id, complaint_id)
        unit = unit_of(session, shop_id)
        left = (
            complaints.limits(session, shop_id, complaint_id, _agent(), at) if member().may("complaints.grant") else 0
        )
        return render_template(
            "regulars_admin/complaints/case.html",
            case=case,
            dossier=dossier.read(session, shop_id, case.complaint.customer_id, unit),
            names=queries.staff_names(session, _authors(case)),
            steps=complaints.allowed(case.complaint.state),
            left=left,
            late=queries.is_late(case.complaint, at),
            key=new_id(),
            wrong=wrong,
            typed=request.form,
        )


def _authors(case: Case) -> set[str]:
    return {remark.author for remark in case.remarks} | ({case.complaint.assigned_to or ""} - {""})


def _agent() -> Agent:
    who = member()
    return Agent(who.id, who.role, who.name, who.email)


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n").strip()


def _points() -> int:
    text = request.form.get("points", "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_POINTS:
        raise InvalidInput("Give a whole number of points, at least 1.")
    return int(text)
