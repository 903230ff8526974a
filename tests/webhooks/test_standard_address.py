"""A shop of any make, through the running app: orders, refunds, reviews; and what is refused."""

from typing import Any

import pytest

from regulars import customers, ledger
from regulars_webhooks import deadletters
from tests.webhooks.senders import StandardShop, connect_standard
from tests.world import World

ADA = {"id": "7", "email": "ada@example.com", "name": "Ada Test"}
ORDER: dict[str, Any] = {
    "id": "A-1",
    "placed_at": "2026-03-02T08:00:00Z",
    "currency": "EUR",
    "status": "paid",
    "customer": ADA,
    "lines": [{"id": "1", "product_id": "mug", "quantity": 2, "net": "110.25"}],
}
REVIEW = {"id": "r1", "product_id": "mug", "customer": ADA, "rating": 5, "status": "approved"}


@pytest.fixture
def house(world: World) -> StandardShop:
    return connect_standard(world)


def points(house: StandardShop) -> int:
    house.world.works()

    def ask(session: Any) -> int:
        customer = customers.find(session, house.id, "7")
        return int(ledger.balance(session, house.id, customer.id, "points").available)

    return house.world.reads(ask)


def test_an_order_earns_and_its_refund_takes_back(house: StandardShop) -> None:
    assert house.sends("order.paid", ORDER).status_code == 200
    assert points(house) == 110
    refund = {"id": "R", "order_id": "A-1", "occurred_at": "2026-03-02T08:30:00Z"}
    house.sends("refund.created", refund | {"lines": [{"line_id": "1", "quantity": 1, "net": "55.12"}]}, "msg_2")
    assert points(house) == 55


def test_a_review_of_a_bought_product_earns_once_and_is_taken_back_when_hidden(house: StandardShop) -> None:
    house.sends("order.paid", ORDER)
    house.sends("review.created", REVIEW, "msg_2")
    assert points(house) == 160
    house.world.clock.passes(minutes=1)
    house.sends("review.updated", REVIEW | {"status": "hidden"}, "msg_3")
    assert points(house) == 110


def test_a_deleted_order_counts_no_more(house: StandardShop) -> None:
    house.sends("order.paid", ORDER)
    house.world.clock.passes(minutes=1)
    house.sends("order.deleted", {"id": "A-1"}, "msg_2")
    assert points(house) == 0


def test_a_message_from_yesterday_is_refused(house: StandardShop) -> None:
    stamp = str(int(house.world.clock.moment.timestamp()) - 301)
    assert house.posts(b"{}", "msg_1", stamp).status_code == 401


@pytest.mark.parametrize(("header", "status"), [("webhook-id", 401), ("webhook-timestamp", 401)])
def test_a_header_that_is_empty_signs_nothing(house: StandardShop, header: str, status: int) -> None:
    stamp = str(int(house.world.clock.moment.timestamp()))
    assert house.posts(b"{}", "msg_1", stamp, **{header: ""}).status_code == status


def test_without_a_signature_header_it_is_no_delivery(house: StandardShop) -> None:
    assert house.world.client.post(f"/webhooks/standard/{house.token}", data=b"{}").status_code == 400


def test_an_address_whose_secret_holds_no_key_is_closed(world: World) -> None:
    house = connect_standard(world)
    house.key = b""
    assert house.posts(b"{}", "msg_1", str(int(world.clock.moment.timestamp()))).status_code == 401


@pytest.mark.parametrize("field", ["placed_at", "lines", "currency"])
def test_a_message_that_cannot_be_used_waits_for_a_person_with_its_reason(house: StandardShop, field: str) -> None:
    house.sends("order.paid", {name: value for name, value in ORDER.items() if name != field})
    house.world.works()
    (letter,) = house.world.reads(lambda session: deadletters.find(session, house.id))
    assert field in letter.reason
