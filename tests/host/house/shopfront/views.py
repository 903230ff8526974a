"""The host's pages, its error pages, and a view that gives points in the host's own transaction."""

from typing import Any

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from regulars import clock, ledger
from regulars.errors import NotEnoughPoints
from shopfront.models import Note, db

#: Names that rooms of Regulars have too.
home = Blueprint("home", __name__)
customers = Blueprint("customers", __name__, url_prefix="/people")
storefront = Blueprint("storefront", __name__, url_prefix="/front")
gifts = Blueprint("webhooks", __name__)


def set_up(app: Flask) -> None:
    for blueprint in (home, customers, storefront, gifts):
        app.register_blueprint(blueprint)
    app.register_error_handler(404, not_found)
    app.register_error_handler(405, not_allowed)
    app.context_processor(lambda: {"shop": "a word of this host", "money": "a word of this host"})


def not_found(error: NotFound) -> tuple[str, int]:
    return render_template("404.html"), 404


def not_allowed(error: MethodNotAllowed) -> Response:
    answer = error.get_response()
    answer.data = render_template("405.html")
    return Response(answer.data, 405, headers={"Allow": ", ".join(sorted(error.valid_methods or []))})


@home.get("/")
def start() -> str:
    return render_template("base.html")


@home.get("/healthz")
def healthz() -> str:
    return "the host's own"


@home.post("/letters")
def letters() -> str:
    return "taken"


@customers.get("/")
def people() -> str:
    return render_template("customers/list.html")


@storefront.get("/")
def front() -> str:
    return render_template("base.html")


@gifts.post("/gifts")
def give() -> dict[str, Any]:
    """Give points and write a note, both or neither; `then` says how the transaction ends."""
    said = request.get_json()
    db.session.add(Note(text=said["why"]))
    cause = ledger.Cause("gift", said["why"])
    who = (said["shop_id"], said["customer_id"], "points")
    try:
        ledger.adjust(db.session, *who, said["points"], cause, said["why"], clock.now())
    except NotEnoughPoints:
        db.session.rollback()
        return {"given": False}
    if said.get("then") == "crash":
        raise RuntimeError("something of the host's own")
    if said.get("then") != "forget":
        db.session.commit()
    return {"given": True}
