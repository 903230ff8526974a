"""`Webhooks(app)` in somebody else's app."""

from typing import Any

import pytest
from flask import Flask

from regulars import runtime
from regulars.errors import SettingsError
from regulars_webhooks import Webhooks
from regulars_webhooks.deadletters.service import TABLES


def test_without_regulars_it_says_what_to_call_first() -> None:
    with pytest.raises(SettingsError, match="call Regulars"):
        Webhooks(Flask("host"))


def test_twice_on_one_app_is_refused(app: Flask) -> None:
    with pytest.raises(SettingsError, match="twice"):
        Webhooks(app)


def test_what_shops_say_is_drained_before_what_follows_from_it(app: Flask) -> None:
    assert [a_drain.name for a_drain in runtime.of(app).drains] == list(TABLES)


def test_every_periodic_entry_of_ours_has_its_handler(app: Flask) -> None:
    assert "inbox.purge" in runtime.of(app).handlers
    assert "inbox.purge" in {entry.kind for entry in runtime.of(app).timetable}


class TestBehindAnotherPrefix:
    """The prefix is a setting."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"REGULARS_WEBHOOKS_PREFIX": "/in/here"}

    def test_the_addresses_move(self, app: Flask) -> None:
        rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("regulars_webhooks_")}
        assert rules == {"/in/here/shopify", "/in/here/shopify/<token>", "/in/here/standard/<token>"}


class RecordedCsrf:
    """Stands where Flask-WTF's CSRFProtect puts itself."""

    def __init__(self) -> None:
        self.exempted: list[str] = []

    def exempt(self, blueprint: Any) -> None:
        self.exempted.append(blueprint.name)


def test_a_hosts_csrf_protection_lets_webhooks_pass(app: Flask) -> None:
    host = Flask("host")
    host.extensions["regulars"] = app.extensions["regulars"]
    host.extensions["csrf"] = csrf = RecordedCsrf()
    drains = list(runtime.of(app).drains)
    Webhooks(host)
    runtime.of(app).drains[:] = drains
    assert csrf.exempted == ["regulars_webhooks_shopify", "regulars_webhooks_standard"]
