"""When two spellings are the same address."""

import pytest

from regulars.customers.identity import email_key


@pytest.mark.parametrize("text", ["ada@example.com", " Ada@Example.COM \n", "ADA@example.com"])
def test_case_and_spaces_do_not_matter(text: str) -> None:
    assert email_key(text) == "ada@example.com"


def test_a_dot_or_a_tag_makes_another_address() -> None:
    assert len({email_key(text) for text in ("ada@x.cz", "a.da@x.cz", "ada+shop@x.cz")}) == 3


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@example.com", "ada@example", "a da@example.com", "a@b@c.cz"])
def test_what_is_no_address_has_no_key(text: str) -> None:
    assert email_key(text) is None
