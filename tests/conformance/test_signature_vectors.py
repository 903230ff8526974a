"""Every published and derived case of both signature schemes, against the pure verifiers."""

from typing import Any

import pytest

from regulars_webhooks.shopify.signature import is_signed as shopify_is_signed
from regulars_webhooks.standard.signature import Signed, is_signed, key_of
from tests.conformance.shared import body_of, needs_shared, vectors

pytestmark = needs_shared

SHOPIFY = vectors("shopify_webhook_hmac").get("cases", [])
STANDARD = vectors("standard_webhooks")


@pytest.mark.parametrize("case", SHOPIFY, ids=lambda case: case["name"])
def test_a_shopify_signature(case: dict[str, Any]) -> None:
    body, header = body_of(case), case["header"]["X-Shopify-Hmac-Sha256"].encode()
    secrets = [case[name].encode() for name in ("secret", "old_secret") if name in case]
    accepted = "accept" in case["expect"]
    # An empty body is refused at the address, before anybody looks at its signature.
    assert bool(body and shopify_is_signed(body, header, secrets)) is accepted


def test_the_previous_shopify_secret_is_refused_once_it_is_gone() -> None:
    (case,) = [case for case in SHOPIFY if "old_secret" in case]
    header = case["header"]["X-Shopify-Hmac-Sha256"].encode()
    assert not shopify_is_signed(body_of(case), header, [case["secret"].encode()])


@pytest.mark.parametrize("case", STANDARD.get("verify", []), ids=lambda case: case["name"])
def test_a_standard_webhooks_signature(case: dict[str, Any]) -> None:
    given = [case["headers"].get(f"webhook-{name}", "").encode() for name in ("id", "timestamp", "signature")]
    verified = is_signed(case["body"].encode(), Signed(*given), [case["secret"].encode()], case["now"])
    assert verified is (case["expect"] == "accept")


@pytest.mark.parametrize("case", STANDARD.get("sign", []), ids=lambda case: case["msg_id"])
def test_a_message_signed_elsewhere_is_authentic_here(case: dict[str, Any]) -> None:
    headers = Signed(case["msg_id"].encode(), str(case["timestamp"]).encode(), case["signature"].encode())
    assert is_signed(case["body"].encode(), headers, [case["secret"].encode()], case["timestamp"])


@pytest.mark.parametrize("case", STANDARD.get("bad_secrets", []), ids=lambda case: repr(case["secret"]))
def test_a_bad_secret_holds_no_key(case: dict[str, Any]) -> None:
    assert key_of(case["secret"].encode()) is None


@pytest.mark.parametrize("case", STANDARD.get("unpadded_secrets", {}).get("items", []), ids=lambda case: case["secret"])
def test_an_unpadded_secret_is_the_same_key(case: dict[str, Any]) -> None:
    assert key_of(case["secret"].encode()) == key_of(case["padded"].encode()) is not None
