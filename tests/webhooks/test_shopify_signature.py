"""Shopify's signature: the raw bytes, the right secret, nothing else."""

import base64
import hashlib
import hmac

import pytest

from regulars_webhooks.shopify.signature import is_signed

BODY = b'{"id":1}'


def sign(body: bytes, secret: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest())


def test_the_signature_of_the_secret_is_good() -> None:
    assert is_signed(BODY, sign(BODY, b"new"), [b"new"])


def test_during_a_rotation_either_secret_is_good() -> None:
    assert is_signed(BODY, sign(BODY, b"old"), [b"new", b"old"])


def test_without_a_secret_nothing_is_signed() -> None:
    assert not is_signed(BODY, sign(BODY, b""), [])


def test_an_empty_secret_signs_nothing() -> None:
    assert not is_signed(BODY, sign(BODY, b""), [b""])


@pytest.mark.parametrize("header", [b"", b"\xe9\xe9", b"not base64!", b"====", b"YQ=="])
def test_what_is_no_signature_is_refused(header: bytes) -> None:
    assert not is_signed(BODY, header, [b"secret"])


def test_another_spelling_of_the_same_bytes_is_refused() -> None:
    good = sign(BODY, b"secret")
    assert not is_signed(BODY, good + b"\n", [b"secret"])


def test_one_changed_byte_of_the_body_is_noticed() -> None:
    assert not is_signed(BODY + b" ", sign(BODY, b"secret"), [b"secret"])
