"""A shopper at the storefront: asks with a token, or without one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from regulars import shops
from regulars.storefront import issue_token
from tests.world import WorldShop


@dataclass
class Shopper:
    """Somebody of the cast in front of a shop's storefront."""

    shop: WorldShop
    token: str

    def asks(self, path: str, shop: WorldShop | None = None, **headers: str) -> TestResponse:
        """GET with the token."""
        return self.shop.world.client.get(f"/storefront/{(shop or self.shop).key}/{path}", headers=self._known(headers))

    def reports(self, key: str = "k-1", **said: Any) -> TestResponse:
        """POST a report of a problem."""
        body = {"order_id": None, "problem": "damaged", "text": "The bag was open."} | said
        headers = self._known({"Idempotency-Key": key})
        return self.shop.world.client.post(f"/storefront/{self.shop.key}/complaints", json=body, headers=headers)

    def _known(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }


Arrives = Callable[..., Shopper]


@pytest.fixture
def arrives() -> Arrives:
    """`arrives(shop, "ada")`: she is known to the shop and has a fresh token."""

    def comes(shop: WorldShop, who: str, seconds: int | None = None) -> Shopper:
        customer_id = shop.id_of(who)

        def issue(session: Session) -> str:
            return issue_token(shops.get_shop(session, shop.id), customer_id, shop.world.clock.moment, seconds)[0]

        return Shopper(shop, shop.world.reads(issue))

    return comes
