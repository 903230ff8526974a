"""Events and their endpoints: to each that wants them, once, as long as it wants them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from regulars import shops
from regulars.errors import InvalidInput
from regulars.outbound import Event, add_endpoint, announce, endpoints
from regulars.work import WorkRow
from regulars.work.runner import drain
from tests.outbound.receiver import Receiver, receiving
from tests.world import START, WorldShop


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": True}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def listens(shop: WorldShop, url: str, *types: str) -> str:
    """An endpoint that hears of these events; its secret."""
    return shop.world.writes(
        lambda session: add_endpoint(session, shops.get_shop(session, shop.id), url, types, START)[1]
    )


def happens(shop: WorldShop, type_: str = "tier.changed", key: str = "1", **data: Any) -> None:
    event = Event(type_, key, data)
    shop.world.writes(lambda session: announce(session, shop.id, [event], shop.world.clock.moment))
    tries(shop)


def tries(shop: WorldShop) -> None:
    """The worker works, and something may go wrong."""
    with shop.world.app.app_context():
        drain()


def work_of(shop: WorldShop) -> WorkRow:
    question = select(WorkRow).where(WorkRow.shop_id == shop.id, WorkRow.kind == "outbound.deliver")
    return shop.world.reads(lambda session: session.scalars(question).one())


def test_an_event_arrives_signed(shop: WorldShop, receiver: Receiver) -> None:
    secret = listens(shop, receiver.url(), "tier.changed")
    happens(shop, customer_id="c1", to="Gold")
    ((_, headers, body),) = receiver.heard
    assert json.loads(body) == {
        "type": "tier.changed", "timestamp": "2026-03-02T09:00:00Z", "data": {"customer_id": "c1", "to": "Gold"}
    }  # fmt: skip
    signature = Webhook(secret).sign(headers["webhook-id"], START, body.decode())
    assert headers["webhook-signature"] == signature


def test_a_stage_change_is_told_to_who_asked_for_it(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "stage.changed")
    shop.customer_pays("ada")
    (body,) = [json.loads(body) for _, _, body in receiver.heard]
    assert body["data"]["to"] == "acquire"


def test_an_event_that_nobody_asked_for_goes_nowhere(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "complaint.opened")
    happens(shop)
    assert receiver.heard == []


def test_the_same_event_is_told_once(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "tier.changed")
    happens(shop)
    happens(shop)
    assert len(receiver.heard) == 1


def test_another_shops_endpoint_hears_nothing(shop: WorldShop, receiver: Receiver) -> None:
    beta = shop.world.shop("beta")
    listens(beta, receiver.url(), "tier.changed")
    happens(shop)
    assert receiver.heard == []


def test_a_failed_delivery_comes_again_under_the_same_id(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "tier.changed")
    receiver.status = 500
    happens(shop)
    receiver.status = 200
    shop.world.clock.passes(seconds=10)
    tries(shop)
    first, second = (headers["webhook-id"] for _, headers, _ in receiver.heard)
    assert first == second
    assert work_of(shop).state == "done"


def test_no_try_comes_before_the_wait_that_was_asked_for(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "tier.changed")
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    happens(shop)
    assert work_of(shop).run_at >= START + timedelta(hours=1)
    shop.world.clock.passes(minutes=59)
    tries(shop)
    assert len(receiver.heard) == 1


def test_an_endpoint_that_is_down_over_a_day_hears_of_it_after(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "tier.changed")
    receiver.status = 500
    happens(shop)
    waits = []
    while (row := work_of(shop)).state == "ready" and shop.world.clock.moment < START + timedelta(hours=24):
        waits.append(row.run_at - shop.world.clock.moment)
        shop.world.clock.set(row.run_at)
        tries(shop)
    assert waits[0] <= timedelta(seconds=5)
    assert timedelta(hours=2) < max(waits) <= timedelta(hours=24)
    receiver.status = 200
    shop.world.clock.set(work_of(shop).run_at)
    tries(shop)
    assert work_of(shop).state == "done"


def test_an_endpoint_that_is_gone_is_disabled_and_hears_no_more(shop: WorldShop, receiver: Receiver) -> None:
    listens(shop, receiver.url(), "tier.changed")
    receiver.status = 410
    happens(shop)
    (endpoint,) = shop.world.reads(lambda session: endpoints(session, shop.id))
    assert (endpoint.disabled_at, endpoint.disabled_why) == (START, "gone")
    happens(shop, key="2")
    assert len(receiver.heard) == 1


def test_an_unknown_event_cannot_be_asked_for(shop: WorldShop) -> None:
    with pytest.raises(InvalidInput, match=r"no event order\.paid"):
        listens(shop, "https://hooks.example.com/", "order.paid")


def test_the_secret_does_not_lie_open_in_the_database(shop: WorldShop, receiver: Receiver) -> None:
    secret = listens(shop, receiver.url(), "tier.changed")
    (endpoint,) = shop.world.reads(lambda session: endpoints(session, shop.id))
    assert secret.encode() not in endpoint.secret_sealed


class TestWithoutLeave:
    """An installation whose operator has not allowed private addresses."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {}

    @pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/"])
    def test_a_private_address_is_refused_when_it_is_saved(self, shop: WorldShop, url: str) -> None:
        with pytest.raises(InvalidInput, match="cannot be called"):
            listens(shop, url, "tier.changed")
