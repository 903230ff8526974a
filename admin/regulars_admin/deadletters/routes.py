"""Dead letters: look, replay, discard."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from regulars.clock import now
from regulars.db import reading, unit_of_work
from regulars.errors import Conflict
from regulars_admin.access import allowed, member, shop
from regulars_webhooks import deadletters

blueprint = Blueprint("deadletters", __name__, url_prefix="/shops/<shop_key>/dead-letters")

_LETTERS_SHOWN = 200
_VIEWS = {"": ("dead",), "ignored": ("ignored",), "discarded": ("discarded",)}

Change = Callable[[Session, int, str, str, str, datetime], None]


@blueprint.get("/")
@allowed("work.read")
def index(shop_key: str) -> str:
    """What waits for a person, or what was put aside."""
    view = request.args.get("view", "")
    with reading() as session:
        letters = deadletters.find(session, shop().id, states=_VIEWS.get(view, ("dead",)), limit=_LETTERS_SHOWN)
    return render_template(
        "regulars_admin/deadletters/index.html",
        letters=letters,
        view=view if view in _VIEWS else "",
        said=request.args.get("said"),
        full=len(letters) == _LETTERS_SHOWN,
    )


@blueprint.post("/<drain>/<row_id>/replay")
@allowed("work.replay")
def replay(shop_key: str, drain: str, row_id: str) -> AnyResponse:
    """Do it again: the row is due now, as if it had not been tried."""
    return _change(deadletters.replay, drain, row_id, "replayed")


@blueprint.post("/<drain>/<row_id>/discard")
@allowed("work.discard")
def discard(shop_key: str, drain: str, row_id: str) -> AnyResponse:
    """Put it aside for good."""
    return _change(deadletters.discard, drain, row_id, "discarded")


def _change(change: Change, drain: str, row_id: str, done: str) -> AnyResponse:
    """Change the letter once: the second click of two finds it changed already, and nothing more happens."""
    shop_id, actor, at = shop().id, member().id, now()
    try:
        unit_of_work(lambda session: change(session, shop_id, drain, row_id, actor, at))
    except Conflict:
        wanted, done = done, "was_changed"
        unit_of_work(lambda session: deadletters.note_refusal(session, shop_id, drain, row_id, actor, at, wanted))
    return redirect(url_for("regulars_admin.deadletters.index", shop_key=shop().key, said=done))
