"""What an operator mistypes is answered by a sentence and the exit code of wrong use, never by a traceback."""

import pytest

from regulars import settings
from regulars.errors import SettingsError
from regulars.keys import new_root_key

NONSENSE = {
    "REGULARS_REDIS_URL": ["nonsense", "http://host", "redis://", "redis://host:many", "unix://", "redis://[secret"],
    "REGULARS_PUBLIC_URL": ["loyalty.example.com", "https://", "https://host/", "ftp://host", "https://host?secret=1"],
    "REGULARS_SMTP_URL": ["mail.example.com", "smtp://", "http://host", "smtps://user:secret@", "smtp://host:99999"],
}
GOOD = {
    "REGULARS_REDIS_URL": [
        "",
        "redis://host",
        "redis://:word@host:6379/0",
        "rediss://host/1",
        "unix:///run/q.sock?db=0",
    ],
    "REGULARS_PUBLIC_URL": ["", "https://loyalty.example.com", "http://127.0.0.1:8000", "https://host/loyalty"],
    "REGULARS_SMTP_URL": ["", "smtp://user:word@host:587?starttls=1", "smtps://host"],
}


def pairs(values: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(key, one) for key, several in values.items() for one in several]


@pytest.mark.parametrize(("key", "address"), pairs(NONSENSE))
def test_an_address_that_cannot_work_is_refused_at_the_start(key: str, address: str) -> None:
    with pytest.raises(SettingsError, match=f"{key}: it must look like") as refused:
        settings.read({key: address, "REGULARS_ROOT_KEY": new_root_key()}, {})
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize(("key", "address"), pairs(GOOD))
def test_an_address_of_the_right_form_is_taken_as_it_is(key: str, address: str) -> None:
    read = settings.read({key: address, "REGULARS_ROOT_KEY": new_root_key()}, {})
    assert getattr(read, key.removeprefix("REGULARS_").lower()) == address
