"""Keep products and variants as last seen."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from regulars.bulk import insert_new, upsert
from regulars.catalog.models import Product, Variant
from regulars.facts import ProductSeen


def see(session: Session, shop_id: int, facts: Iterable[ProductSeen]) -> None:
    """Keep the newest word about each product; older ones change nothing."""
    newest: dict[str, ProductSeen] = {}
    for fact in sorted(facts, key=lambda fact: fact.occurred_at):
        newest[fact.id] = fact
    if not newest:
        return
    question = select(Product.id, Product.updated_at).where(Product.shop_id == shop_id, Product.id.in_(newest))
    known = {row.id: row.updated_at for row in session.execute(question.with_for_update())}
    fresh = [fact for id_, fact in sorted(newest.items()) if id_ not in known or fact.occurred_at >= known[id_]]
    upsert(session, Product, [_product(shop_id, fact) for fact in fresh])
    with_variants = [fact.id for fact in fresh if fact.variants]
    session.execute(delete(Variant).where(Variant.shop_id == shop_id, Variant.product_id.in_(with_variants)))
    insert_new(session, Variant, [row for fact in fresh for row in _variants(shop_id, fact)])


def _product(shop_id: int, fact: ProductSeen) -> dict[str, Any]:
    return {
        "shop_id": shop_id, "id": fact.id, "title": fact.title, "vendor": fact.vendor,
        "product_type": fact.product_type, "tags": list(fact.tags), "collections": list(fact.collections),
        "deleted": fact.deleted, "updated_at": fact.occurred_at,
    }  # fmt: skip


def _variants(shop_id: int, fact: ProductSeen) -> list[dict[str, Any]]:
    return [
        {
            "shop_id": shop_id, "product_id": fact.id, "id": variant.id, "title": variant.title, "sku": variant.sku,
            "price_minor": variant.price_minor, "unit_cost_minor": variant.unit_cost_minor, "stock": variant.stock,
        }
        for variant in fact.variants
    ]  # fmt: skip
