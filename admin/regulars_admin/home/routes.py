"""Where the staff arrive: a shop of theirs, and its numbers."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from regulars.clock import now
from regulars.db import reading
from regulars_admin.access import allowed, member, shop
from regulars_admin.customers.queries import unit_of
from regulars_admin.home import queries
from regulars_admin.look import shops_of
from regulars_admin.work.queries import count_dead

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@allowed("home.read")
def start() -> AnyResponse | str:
    """On to the first shop that the member sees; without any, a page that says how to connect one."""
    shops = shops_of(member())
    if shops:
        return redirect(url_for("regulars_admin.home.index", shop_key=shops[0].key))
    return render_template("regulars_admin/home/no_shop.html")


@blueprint.get("/shops/<shop_key>/")
@allowed("home.read")
def index(shop_key: str) -> str:
    """The few numbers of one shop."""
    with reading() as session:
        unit = unit_of(session, shop().id)
        return render_template(
            "regulars_admin/home/index.html",
            unit=unit,
            numbers=queries.numbers(session, shop(), unit, now()),
            dead=count_dead(session, shop().id),
        )
