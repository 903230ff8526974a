"""The inbox: the list, one message, and, for owners, its raw body."""

from flask import Blueprint, render_template, request

from regulars.db import reading
from regulars.errors import Unusable
from regulars_admin.access import allowed, shop
from regulars_admin.inbox import queries
from regulars_admin.paging import page_number

blueprint = Blueprint("inbox", __name__, url_prefix="/shops/<shop_key>/inbox")

_LONGEST_SEARCH = 200


@blueprint.get("/")
@allowed("inbox.read")
def index(shop_key: str) -> str:
    """What arrived, the newest first."""
    given = request.args
    search = queries.Search(
        state=given.get("state", ""),
        kind=given.get("kind", ""),
        about=given.get("about", "").strip()[:_LONGEST_SEARCH],
        page=page_number(given.get("page")),
    )
    with reading() as session:
        return render_template(
            "regulars_admin/inbox/list.html",
            search=search,
            page=queries.list_messages(session, shop().id, search),
            counts=queries.count_states(session, shop().id),
            kinds=queries.kinds(session, shop().id),
            states=queries.STATES,
        )


@blueprint.get("/<message_id>")
@allowed("inbox.read")
def show(shop_key: str, message_id: str) -> str:
    """One message: its headers, what became of it, whom it concerns."""
    with reading() as session:
        row = queries.read(session, shop().id, message_id)
        customer_id = queries.concerned_customer(session, row)
    return render_template("regulars_admin/inbox/message.html", row=row, customer_id=customer_id)


@blueprint.get("/<message_id>/body")
@allowed("inbox.body")
def body(shop_key: str, message_id: str) -> str:
    """The raw body, as it was signed."""
    with reading() as session:
        row = queries.read(session, shop().id, message_id)
    try:
        text, gone = queries.body_text(row), None
    except Unusable as error:
        text, gone = "", error.detail
    return render_template("regulars_admin/inbox/body.html", row=row, text=text, gone=gone)
