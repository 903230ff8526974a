"""What is queued."""

from flask import Blueprint, render_template

from regulars.clock import now
from regulars.db import reading
from regulars_admin.access import allowed, shop
from regulars_admin.work import queries

blueprint = Blueprint("work", __name__, url_prefix="/shops/<shop_key>/work")


@blueprint.get("/")
@allowed("work.read")
def index(shop_key: str) -> str:
    """The sums by kind, and what is due next."""
    with reading() as session:
        return render_template(
            "regulars_admin/work/index.html",
            kinds=queries.kinds(session, shop().id, now()),
            rows=queries.open_rows(session, shop().id),
            states=queries.STATES,
        )
