"""Standard Webhooks: id, time and body are signed; five minutes either way."""

import base64
import hashlib
import hmac

import pytest

from regulars_webhooks.standard.signature import Signed, is_signed, key_of

KEY = b"k" * 24
SECRET = b"whsec_" + base64.b64encode(KEY)
BODY = b'{"type":"order.updated"}'
NOW = 1_764_000_000


def signed(at: int = NOW, key: bytes = KEY, version: bytes = b"v1") -> Signed:
    stamp = str(at).encode()
    mac = hmac.new(key, b"msg_1." + stamp + b"." + BODY, hashlib.sha256).digest()
    return Signed(b"msg_1", stamp, version + b"," + base64.b64encode(mac))


def test_a_signed_message_is_authentic() -> None:
    assert is_signed(BODY, signed(), [SECRET], NOW)


def test_the_previous_secret_is_tried_too() -> None:
    assert is_signed(BODY, signed(), [b"whsec_" + base64.b64encode(b"n" * 24), SECRET], NOW)


@pytest.mark.parametrize(("age", "good"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_five_minutes_are_the_limit_both_ways(age: int, good: bool) -> None:
    assert is_signed(BODY, signed(NOW - age), [SECRET], NOW) is good


def test_an_unknown_version_is_not_taken_for_v1() -> None:
    assert not is_signed(BODY, signed(version=b"v2"), [SECRET], NOW)


def test_a_secret_without_a_key_verifies_nothing() -> None:
    assert not is_signed(BODY, signed(key=b""), [b"whsec_", b""], NOW)


@pytest.mark.parametrize("secret", [b"", b"whsec_", b"   ", b"not/base64!"])
def test_these_secrets_hold_no_key(secret: bytes) -> None:
    assert key_of(secret) is None


def test_padding_and_prefix_may_be_left_out() -> None:
    padded = base64.b64encode(b"k" * 25)
    assert key_of(padded.rstrip(b"=")) == key_of(b"whsec_" + padded) == b"k" * 25


@pytest.mark.parametrize("stamp", [b"", b"hello", b"-1", b"1e9", b"9" * 13, "１".encode()])
def test_what_is_no_time_is_refused(stamp: bytes) -> None:
    good = signed()
    assert not is_signed(BODY, Signed(good.id, stamp, good.signature), [SECRET], NOW)
