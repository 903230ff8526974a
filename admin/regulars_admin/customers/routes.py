"""The list of customers and the dossier of one."""

from flask import Blueprint, render_template, request

from regulars.db import reading
from regulars_admin import dossier
from regulars_admin.access import allowed, shop
from regulars_admin.customers import queries
from regulars_admin.paging import page_number

blueprint = Blueprint("customers", __name__, url_prefix="/shops/<shop_key>/customers")

_LONGEST_SEARCH = 200


@blueprint.get("/")
@allowed("customers.read")
def index(shop_key: str) -> str:
    """Search, filter and leaf through the shop's customers."""
    search = _search()
    with reading() as session:
        unit = queries.unit_of(session, shop().id)
        return render_template(
            "regulars_admin/customers/list.html",
            search=search,
            unit=unit,
            page=queries.list_customers(session, shop().id, unit, search),
            total=queries.count_customers(session, shop().id, search),
            tiers=queries.tiers_in_use(session, shop().id),
            stages=queries.STAGES,
            activities=queries.ACTIVITIES,
            sorts=queries.SORTS,
        )


@blueprint.get("/<customer_id>")
@allowed("customers.read")
def show(shop_key: str, customer_id: str) -> str:
    """Everything we know about one customer."""
    with reading() as session:
        unit = queries.unit_of(session, shop().id)
        found = dossier.read(session, shop().id, customer_id, unit)
        return render_template("regulars_admin/customers/dossier.html", dossier=found)


def _search() -> queries.Search:
    given = request.args
    return queries.Search(
        text=given.get("q", "").strip()[:_LONGEST_SEARCH],
        stage=given.get("stage", ""),
        activity=given.get("activity", ""),
        tier=given.get("tier", ""),
        sort=given.get("sort", "last_order"),
        page=page_number(given.get("page")),
    )
