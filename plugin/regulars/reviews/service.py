"""Take in reviews as last seen, and say which of a customer's products are praised by an approved one."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from regulars.bulk import among, as_ids, insert_new, upsert
from regulars.facts import CustomerRef, ReviewSeen, ReviewStatus
from regulars.reviews.models import Review

#: From this rating on an approved review praises the shop in public.
PRAISE_FROM = 4
_LONGEST_TEXT = 10_000


def see(
    session: Session, shop_id: int, facts: Iterable[ReviewSeen], who: Mapping[CustomerRef, str]
) -> set[tuple[str, str]]:
    """Keep the newest word about each review; gives the (customer, product) pairs they stood for before."""
    newest: dict[tuple[str, str], ReviewSeen] = {}
    for fact in sorted(facts, key=lambda fact: (fact.occurred_at, _FINALITY[fact.status])):
        newest[fact.source, fact.id] = fact
    if not newest:
        return set()
    # A first word is written before anything is read: of two that come at once, the second waits here and sees the first.
    insert_new(session, Review, [_row(shop_id, fact, None, who) for _, fact in sorted(newest.items())])
    known = _known(session, shop_id, newest)
    rows = [_row(shop_id, fact, known[key], who) for key, fact in sorted(newest.items()) if _is_newer(fact, known[key])]
    upsert(session, Review, rows)
    return {(row.customer_id, row.product_id) for row in known.values() if row.customer_id and row.product_id}


_FINALITY = {ReviewStatus.PENDING: 0, ReviewStatus.APPROVED: 1, ReviewStatus.HIDDEN: 2, ReviewStatus.DELETED: 3}


def _is_newer(fact: ReviewSeen, known: Review) -> bool:
    return (fact.occurred_at, _FINALITY[fact.status]) > (known.updated_at, _FINALITY[ReviewStatus(known.status)])


def _known(session: Session, shop_id: int, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Review]:
    mine = (Review.shop_id == shop_id) & Review.id.in_([id_ for _, id_ in keys])
    question = select(Review).where(mine).order_by(Review.source, Review.id).with_for_update()
    question = question.execution_options(populate_existing=True)
    return {(row.source, row.id): row for row in session.scalars(question)}


def _row(shop_id: int, fact: ReviewSeen, known: Review | None, who: Mapping[CustomerRef, str]) -> dict[str, Any]:
    """A deletion often names nothing but the review: what it leaves out stays as it was."""
    customer_id = who.get(fact.customer) if fact.customer else None
    return {
        "shop_id": shop_id, "source": fact.source, "id": fact.id,
        "customer_id": customer_id or (known.customer_id if known else None),
        "product_id": fact.product_id or (known.product_id if known else None), "rating": fact.rating,
        "status": fact.status.value, "has_photo": fact.has_photo, "title": fact.title[:_LONGEST_TEXT],
        "body": fact.body[:_LONGEST_TEXT], "updated_at": fact.occurred_at,
    }  # fmt: skip


def reviewers(session: Session, shop_id: int, facts: Iterable[ReviewSeen]) -> set[str]:
    """The customers whom reviews known already belong to, for facts that do not say."""
    ids = [fact.id for fact in facts]
    return set(session.scalars(_REVIEWERS, {"shop_id": shop_id, "ids": as_ids(ids)})) if ids else set()


def reviewed_products(
    session: Session, shop_id: int, customer_ids: Iterable[str]
) -> dict[tuple[str, str], tuple[bool, datetime]]:
    """(customer, product) → whether one of the customer's reviews of it is approved, and when that was last touched."""
    found: dict[tuple[str, str], tuple[bool, datetime]] = {}
    for row in session.execute(_OF_PRODUCTS, {"shop_id": shop_id, "ids": as_ids(customer_ids)}):
        key = (row.customer_id, row.product_id)
        approved, at = found.get(key, (False, row.updated_at))
        found[key] = (approved or row.status == ReviewStatus.APPROVED, max(at, row.updated_at))
    return found


def public_praise(session: Session, shop_id: int, customer_ids: Iterable[str]) -> set[str]:
    """Who of these has an approved review of four stars or more."""
    return set(session.scalars(_PRAISING, {"shop_id": shop_id, "ids": as_ids(customer_ids)}))


_REVIEW = Review.__table__.c
_REVIEWERS = select(_REVIEW.customer_id).where(
    _REVIEW.shop_id == bindparam("shop_id"), among(_REVIEW.id, "ids"), _REVIEW.customer_id.is_not(None)
)
_OF_PRODUCTS = select(_REVIEW.customer_id, _REVIEW.product_id, _REVIEW.status, _REVIEW.updated_at).where(
    _REVIEW.shop_id == bindparam("shop_id"), among(_REVIEW.customer_id, "ids"), _REVIEW.product_id.is_not(None)
)
_PRAISING = (
    select(_REVIEW.customer_id)
    .where(_REVIEW.shop_id == bindparam("shop_id"), among(_REVIEW.customer_id, "ids"))
    .where(_REVIEW.status == ReviewStatus.APPROVED.value, _REVIEW.rating >= PRAISE_FROM)
    .distinct()
)
