"""Our standard JSON: what shops of any make tell us."""

from typing import Any

import pytest

from regulars.errors import Unusable
from regulars.facts import CustomerRef, OrderSeen, PaymentStatus, ProductSeen, RefundSeen, ReviewSeen, ReviewStatus
from regulars_webhooks.standard.normalise import normalise
from regulars_webhooks.standard.topics import TOPICS
from tests.webhooks.bodies import envelope


def read(kind: str, data: dict[str, Any]) -> Any:
    message = {"type": kind, "occurred_at": "2026-11-20T10:00:00Z", "data": data}
    (fact,) = normalise(envelope(message, "standard")).facts
    return fact


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "A-1",
        "placed_at": "2026-11-20T09:00:00+01:00",
        "currency": "USD",
        "status": "paid",
        "customer": {"id": "7", "email": "a1@example.com"},
        "shipping": "7.00",
        "lines": [{"id": "1", "product_id": "mug", "quantity": 2, "net": "110.25"}],
    } | changes


def test_an_order_needs_no_more_than_this() -> None:
    seen = read("order.updated", order())
    assert isinstance(seen, OrderSeen)
    assert (seen.payment, seen.total_minor, seen.lines[0].current_quantity) == (PaymentStatus.PAID, 11725, 2)


def test_a_line_may_tell_its_price_and_discount_instead() -> None:
    lines = [{"id": "1", "quantity": 2, "unit_price": "60.25", "discount": "10.25"}]
    assert read("order.paid", order(lines=lines)).lines[0].net_minor == 11025


def test_refunds_inside_count_pieces_off() -> None:
    given_back = {
        "id": "R1",
        "occurred_at": "2026-11-21T09:00:00Z",
        "lines": [{"line_id": "1", "quantity": 1, "net": "55.12"}],
    }
    seen = read("order.updated", order(refunds=[given_back]))
    assert (seen.lines[0].current_quantity, seen.refunds[0].money_minor) == (1, 5512)


def test_a_refund_alone() -> None:
    data = {"id": "R1", "order_id": "A-1", "occurred_at": "2026-11-21T09:00:00Z", "money": "20"}
    assert read("refund.created", data) == RefundSeen("A-1", "R1", read("refund.created", data).occurred_at, (), 2000)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (order(lines=[{"id": "1", "quantity": 1}]), "neither net nor unit_price"),
        (order(lines=[{"id": "1", "quantity": 1, "net": "-1"}]), "lines[0].net is below zero"),
        (order(lines=order()["lines"] * 2), "same id"),
        (order(status="delivered"), "$.status"),
        (order(currency="EUR"), "--currency EUR"),
        (order(customer={"name": "Nobody"}), "neither id nor email"),
        (order(placed_at="20.11.2026"), "placed_at"),
        (order(tax="abc"), "$.tax"),
    ],
)
def test_a_bad_order_says_what_to_do(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unusable) as caught:
        read("order.updated", data)
    assert sentence in caught.value.detail


def test_a_product_as_the_catalogue_tells_it() -> None:
    data = {
        "id": "mug",
        "title": "Mug",
        "tags": ["clay"],
        "variants": [{"id": "1", "price": "60.25", "unit_cost": "9.5", "stock": 3}],
    }
    seen = read("product.updated", data)
    assert isinstance(seen, ProductSeen)
    assert (seen.tags, seen.variants[0].unit_cost_minor) == (("clay",), 950)


def review(**changes: Any) -> dict[str, Any]:
    return {"id": "r", "product_id": "mug", "customer": {"id": "7"}, "rating": 5, "status": "approved"} | changes


def test_a_review_of_a_product() -> None:
    seen = read("review.created", review(body="Lovely"))
    assert isinstance(seen, ReviewSeen)
    assert (seen.source, seen.status, seen.customer) == ("standard", ReviewStatus.APPROVED, CustomerRef("7"))


@pytest.mark.parametrize("rating", [0, 6, 4.5, "five"])
def test_a_rating_is_one_to_five(rating: Any) -> None:
    with pytest.raises(Unusable, match=r"\$\.rating"):
        read("review.created", review(rating=rating))


def test_a_deleted_review_needs_its_id_alone() -> None:
    assert read("review.deleted", {"id": "r"}).status is ReviewStatus.DELETED


def test_a_type_nobody_knows_is_ignored_with_its_name() -> None:
    message = {"type": "order.exploded", "occurred_at": "2026-11-20T10:00:00Z", "data": {}}
    assert "order.exploded" in (normalise(envelope(message, "standard")).ignored or "")


def test_every_type_has_its_reader() -> None:
    for kind in TOPICS:
        with pytest.raises(Unusable):
            read(kind, {})
