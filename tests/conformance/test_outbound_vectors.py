"""Published vectors of addresses and signatures. REGULARS_SHARED names the folder that holds vectors/."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from regulars.errors import InvalidInput
from regulars.outbound.addresses import refusal
from regulars.outbound.gateway import check, signed

VECTORS = Path(os.environ.get("REGULARS_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "vectors"


def cases(file: str, name: str) -> list[Any]:
    """The cases of one list of a file; a single skipped one where the file is not there."""
    path = VECTORS / file
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"there is no {path}; set REGULARS_SHARED"))]
    found: list[Any] = json.loads(path.read_text(encoding="utf-8"))[name]
    return found


@pytest.mark.parametrize("address", cases("ssrf_addresses.json", "deny"))
def test_an_address_on_the_deny_list_is_refused(address: str) -> None:
    assert refusal(address)
    with pytest.raises(InvalidInput):
        check("https://hooks.example.com/", resolver=lambda _host, _port: [address])


@pytest.mark.parametrize("address", cases("ssrf_addresses.json", "allow"))
def test_an_address_on_the_allow_list_is_called(address: str) -> None:
    assert check("https://hooks.example.com/", resolver=lambda _host, _port: [address])[1] == address


@pytest.mark.parametrize("url", cases("ssrf_addresses.json", "url_forms_to_refuse"))
def test_a_form_of_url_that_hides_an_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check(url)


@pytest.mark.parametrize("case", cases("standard_webhooks.json", "sign"))
def test_a_webhook_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    moment = datetime.fromtimestamp(case["timestamp"], UTC)
    headers = signed(case["secret"], case["msg_id"], moment, case["body"])
    assert headers["webhook-signature"] == case["signature"]
    assert headers["webhook-id"] == case["msg_id"]
    assert headers["webhook-timestamp"] == str(case["timestamp"])
