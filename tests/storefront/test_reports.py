"""A shopper reports a problem, once."""

from typing import Any

import pytest

from tests.storefront.conftest import Arrives, Shopper
from tests.world import WorldShop


@pytest.fixture
def ada(shop: WorldShop, arrives: Arrives) -> Shopper:
    shop.customer_pays("ada", id=7001, name="#7001")
    return arrives(shop, "ada")


def test_a_report_is_taken_and_shown(ada: Shopper) -> None:
    answer = ada.reports(order_id="7001", problem="missing", text="No filters in the box.")
    assert answer.status_code == 201
    assert (answer.get_json()["status"], answer.get_json()["reference"]) == ("new", "1")
    shown = ada.asks("me", Accept_Language="cs").get_json()["complaints"]
    assert [(one["id"], one["subject"], one["status"]) for one in shown] == [
        (answer.get_json()["id"], "Něco chybí · #7001", "new")
    ]


def test_the_same_report_sent_twice_is_one(ada: Shopper) -> None:
    first, second = ada.reports("k-1"), ada.reports("k-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    assert len(ada.asks("me").get_json()["complaints"]) == 1


def test_another_report_under_the_same_key_is_refused(ada: Shopper) -> None:
    ada.reports("k-1")
    answer = ada.reports("k-1", text="Something else.")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")


def test_two_shoppers_may_use_the_same_key(shop: WorldShop, ada: Shopper, arrives: Arrives) -> None:
    shop.customer_pays("bea")
    assert ada.reports("1").get_json()["reference"] == "1"
    assert arrives(shop, "bea").reports("1").get_json()["reference"] == "2"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"problem": "bad mood"}, "problem"),
        ({"problem": None}, "problem"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"order_id": "a\x00b"}, "order_id"),
        ({"order_id": "8888"}, "order_id"),
        ({"order_id": 7001}, "order_id"),
        ({"points": 500}, "points"),
        ({"customer_id": "someone"}, "customer_id"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(ada: Shopper, said: dict[str, Any], field: str) -> None:
    answer = ada.reports(**said)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert field in answer.get_json()["errors"]
    assert all(isinstance(reasons, list) for reasons in answer.get_json()["errors"].values())
    assert ada.asks("me").get_json()["complaints"] == []


def test_a_report_without_a_key_is_refused(ada: Shopper) -> None:
    answer = ada.reports("")
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 422), (b"{", 422), (b"[]", 422), (b"\xff", 422), (b'"' * 70_000, 413)]
)
def test_what_is_no_report_is_refused(ada: Shopper, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = ada.shop.world.client.post("/storefront/alpha/complaints", data=body, headers=headers)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
