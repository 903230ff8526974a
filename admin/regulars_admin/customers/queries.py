"""The list of customers: search, filters, order, one page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from regulars.customers import Customer, CustomerPii, Identity
from regulars.ledger.models import AccountRow
from regulars.lifecycle.stages import Stage
from regulars.program.models import ProgramVersion
from regulars_admin.paging import PAGE_ROWS, Page, page

STAGES = tuple(stage.value for stage in Stage)
ACTIVITIES = ("active", "at_risk", "lapsed")

#: What the list can be ordered by; the customer's id makes every order a total one.
SORTS: dict[str, tuple[str, Any]] = {
    "last_order": ("Last order", Customer.last_order_at.desc().nulls_last()),
    "name": ("Name", func.lower(CustomerPii.name).asc().nulls_last()),
    "points": ("Points", AccountRow.available.desc().nulls_last()),
    "orders": ("Orders", Customer.orders_count.desc()),
    "spent": ("Spent", Customer.spent_minor.desc()),
    "newest": ("First seen", Customer.created_at.desc()),
}


@dataclass(frozen=True, slots=True)
class Search:
    """What the list is asked for; empty text and filters mean everybody."""

    text: str = ""
    stage: str = ""
    activity: str = ""
    tier: str = ""
    sort: str = "last_order"
    page: int = 1


def unit_of(session: Session, shop_id: int) -> str:
    """What the shop calls its points; it never changes once there is a program."""
    newest = (
        select(ProgramVersion.document)
        .where(ProgramVersion.shop_id == shop_id)
        .order_by(ProgramVersion.version.desc())
        .limit(1)
    )
    document = session.scalar(newest)
    return str((document or {}).get("unit", "points"))


def list_customers(session: Session, shop_id: int, unit: str, search: Search) -> Page[Row[Any]]:
    """One page of the customers that fit; name, e-mail, stage, tier, points, orders, money and last order."""
    columns = select(
        Customer.id, CustomerPii.name, CustomerPii.email, Customer.state, Customer.stage, Customer.activity,
        Customer.tier, Customer.orders_count, Customer.spent_minor, Customer.last_order_at, AccountRow.available,
        AccountRow.pending, AccountRow.debt,
    )  # fmt: skip
    sort = SORTS.get(search.sort, SORTS["last_order"])[1]
    rows = session.execute(
        _with_account(_with_person(columns), unit)
        .where(Customer.shop_id == shop_id, *_filters(shop_id, search))
        .order_by(sort, Customer.id)
        .limit(PAGE_ROWS + 1)
        .offset((search.page - 1) * PAGE_ROWS)
    )
    return page(rows.all(), search.page)


def count_customers(session: Session, shop_id: int, search: Search) -> int:
    """How many customers fit."""
    question = _with_person(select(func.count(Customer.id)))
    return int(session.scalar(question.where(Customer.shop_id == shop_id, *_filters(shop_id, search))) or 0)


def tiers_in_use(session: Session, shop_id: int) -> list[str]:
    """The names of the tiers that customers stand on."""
    question = select(Customer.tier).where(Customer.shop_id == shop_id, Customer.tier.is_not(None)).distinct()
    return sorted(tier for tier in session.scalars(question) if tier)


def _with_person(question: Any) -> Any:
    same = and_(CustomerPii.shop_id == Customer.shop_id, CustomerPii.customer_id == Customer.id)
    return question.select_from(Customer).outerjoin(CustomerPii, same)


def _with_account(question: Any, unit: str) -> Any:
    same = and_(AccountRow.shop_id == Customer.shop_id, AccountRow.customer_id == Customer.id, AccountRow.unit == unit)
    return question.outerjoin(AccountRow, same)


def _filters(shop_id: int, search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.text:
        found.append(_matches(shop_id, search.text))
    if search.stage:
        found.append(Customer.stage == search.stage)
    if search.activity:
        found.append(Customer.activity == search.activity)
    if search.tier:
        found.append(Customer.tier == search.tier)
    return found


def _matches(shop_id: int, text: str) -> ColumnElement[bool]:
    """A part of the name or the e-mail, or exactly the shop's id or ours."""
    by_shops_id = exists().where(
        Identity.shop_id == shop_id, Identity.customer_id == Customer.id, Identity.kind == "external",
        Identity.value == text,
    )  # fmt: skip
    return or_(
        CustomerPii.name.icontains(text, autoescape=True),
        CustomerPii.email.icontains(text, autoescape=True),
        Customer.id == text,
        by_shops_id,
    )
