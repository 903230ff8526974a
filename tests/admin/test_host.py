"""The admin in a host's own house: the host's staff, the host's pages, and nothing of ours outside our blueprint."""

from collections.abc import Iterator

import pytest
from flask import Flask, g
from flask_sqlalchemy import SQLAlchemy

from regulars import Regulars, prepare_sqlite
from regulars.errors import SettingsError
from regulars.keys import new_root_key
from regulars_admin import Admin, Member
from tests.admin.house import Desk, sign_in

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def bare_host(database_url: str) -> Flask:
    """A host's app with a database and Regulars, and pages of its own."""
    app = Flask("host")
    app.config.update(SQLALCHEMY_DATABASE_URI=database_url, REGULARS_ROOT_KEY=new_root_key(), REGULARS_MODE="test")
    database = SQLAlchemy(app)
    with app.app_context():
        prepare_sqlite(database.engine)
    Regulars(app)
    app.add_url_rule("/about", view_func=lambda: "About the host", endpoint="about")
    app.register_error_handler(404, lambda _error: ("The host's own 404", 404))
    return app


@pytest.fixture
def host(database_url: str) -> Iterator[Flask]:
    app = bare_host(database_url)
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def test_the_hosts_own_staff_need_no_login_of_ours(host: Flask) -> None:
    Admin(host, current_staff=lambda: Member("7", "Hana", "hana@host.example", "owner"))
    answer = host.test_client().get("/admin/")
    assert answer.status_code == 200
    assert "Hana" in answer.text
    assert "Sign out" not in answer.text


def test_whom_the_host_does_not_know_is_sent_to_its_own_login(host: Flask) -> None:
    Admin(host, current_staff=lambda: None, login_url="/sign-in-here")
    assert host.test_client().get("/admin/").headers["Location"] == "/sign-in-here"


def test_without_an_address_to_sign_in_at_the_page_says_so(host: Flask) -> None:
    Admin(host, current_staff=lambda: None)
    assert host.test_client().get("/admin/").status_code == 401


def test_with_the_hosts_staff_our_login_is_closed(host: Flask) -> None:
    Admin(host, current_staff=lambda: None, login_url="/sign-in-here")
    client = host.test_client()
    assert client.get("/admin/login").status_code == 404
    assert sign_in(client, "anybody@host.example").status_code == 404


def test_the_hosts_staff_have_a_token_of_their_own(host: Flask) -> None:
    Admin(host, current_staff=lambda: Member(g.get("who", "7"), "Hana", "hana@host.example", "owner"))
    client = host.test_client()
    assert client.post("/admin/shops/none/dead-letters/inbox/x/replay").status_code == 403
    assert client.get("/admin/shops/none/").status_code == 404


def test_the_hosts_pages_and_errors_stay_its_own(host: Flask) -> None:
    Admin(host)
    client = host.test_client()
    page = client.get("/about")
    assert page.text == "About the host"
    assert "Content-Security-Policy" not in page.headers
    assert client.get("/nowhere").text == "The host's own 404"
    assert host.error_handler_spec.get(None, {}).keys() == {404}


def test_the_hosts_templates_get_no_words_of_ours(host: Flask) -> None:
    before = set(host.jinja_env.filters), set(host.jinja_env.globals)
    Admin(host)
    assert (set(host.jinja_env.filters), set(host.jinja_env.globals)) == before


def test_regulars_comes_first(database_url: str) -> None:
    app = Flask("host")
    with pytest.raises(SettingsError, match="before Admin"):
        Admin(app)


def test_two_admins_on_one_app_are_refused(host: Flask) -> None:
    Admin(host)
    with pytest.raises(SettingsError, match="twice"):
        Admin(host)


def test_without_a_shop_the_first_page_says_how_to_connect_one(host: Flask) -> None:
    Admin(host, current_staff=lambda: Member("7", "Hana", "hana@host.example", "owner"))
    assert "regulars shop add" in Desk(host.test_client()).text("/admin/")


class Protection:
    """A host's protection against forged forms, which wants its own token of every blueprint it was not told about."""

    def __init__(self) -> None:
        self.exempted: list[object] = []

    def exempt(self, blueprint: object) -> None:
        """Leave this blueprint alone."""
        self.exempted.append(blueprint)


def test_the_hosts_protection_leaves_our_forms_to_ours(host: Flask) -> None:
    protection = host.extensions["csrf"] = Protection()
    Admin(host)
    ours = [blueprint for name, blueprint in host.blueprints.items() if name.startswith("regulars_admin")]
    assert len(ours) > 1
    assert set(map(id, ours)) == set(map(id, protection.exempted))
