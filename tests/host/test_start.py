"""What is refused at the start, with a sentence that says what to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

from regulars import Regulars, prepare_sqlite
from regulars.errors import SettingsError
from regulars.keys import new_root_key
from regulars.standalone import create_app
from regulars.work import entry
from regulars_admin import Admin
from regulars_webhooks import Webhooks


def bare_app(config: Mapping[str, Any] | None = None, *, prepared: bool = True) -> Flask:
    """A host with a database and nothing else."""
    app = Flask("bare")
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", REGULARS_ROOT_KEY=new_root_key())
    app.config.update(config or {})
    database = SQLAlchemy(app)
    if prepared:
        with app.app_context():
            prepare_sqlite(database.engine)
    return app


def refusal(app: Flask) -> str:
    """What Regulars(app) says when it refuses."""
    with pytest.raises(SettingsError) as refused:
        Regulars(app)
    assert "regulars" not in app.extensions, "nothing of ours is left on an app that was refused"
    return str(refused.value)


def test_before_sqlalchemy_it_is_refused() -> None:
    assert "call SQLAlchemy(app) before Regulars(app)" in refusal(Flask("bare"))


def test_twice_on_one_app_is_refused() -> None:
    app = bare_app()
    Regulars(app)
    with pytest.raises(SettingsError, match="called twice on the same app; once is enough"):
        Regulars(app)


@pytest.mark.parametrize("extension", [Webhooks, Admin])
def test_the_others_want_regulars_first_and_once(extension: Any) -> None:
    app = bare_app()
    with pytest.raises(SettingsError, match=r"Regulars\(app\)"):
        extension(app)
    Regulars(app)
    extension(app)
    with pytest.raises(SettingsError, match="twice"):
        extension(app)


def test_an_unprepared_sqlite_is_refused() -> None:
    assert "regulars.prepare_sqlite(db.engine)" in refusal(bare_app(prepared=False))


def test_a_database_we_do_not_know_is_refused() -> None:
    class OfAnotherKind:
        paramstyle = "pyformat"

    app = Flask("bare")
    app.config.update(SQLALCHEMY_DATABASE_URI="mysql+pymysql://host/shop", REGULARS_ROOT_KEY=new_root_key())
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"module": OfAnotherKind}
    SQLAlchemy(app)
    assert "PostgreSQL and on SQLite" in refusal(app)


def test_a_missing_root_key_is_refused() -> None:
    said = refusal(bare_app({"REGULARS_ROOT_KEY": None}))
    assert "REGULARS_ROOT_KEY is missing: run `regulars init`, or set REGULARS_ROOT_KEY_FILE" in said


def test_a_root_key_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text(f"{new_root_key()}\n", encoding="utf-8")
    Regulars(bare_app({"REGULARS_ROOT_KEY": None, "REGULARS_ROOT_KEY_FILE": str(tmp_path / "root.key")}))


def test_a_root_key_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    said = refusal(bare_app({"REGULARS_ROOT_KEY": None, "REGULARS_ROOT_KEY_FILE": str(tmp_path / "nothing")}))
    assert "No such file" in said


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_REDIS_ULR", "redis://localhost")
    assert "REGULARS_REDIS_ULR: there is no such setting; see docs/settings.md" in refusal(bare_app())


def test_a_misspelt_key_of_the_flask_config_is_refused() -> None:
    assert "REGULARS_TRYS: there is no such setting" in refusal(bare_app({"REGULARS_TRYS": 3}))


WRONG = {
    "REGULARS_MODE": ("live", "development, test or production"),
    "REGULARS_ROOT_KEY": ("c2hvcnQ=", "at least 32 bytes"),
    "REGULARS_ADMIN_PREFIX": ("admin/", "begin with a slash"),
    "REGULARS_LEASE_SECONDS": ("soon", "a number above 0"),
    "REGULARS_SWEEP_SECONDS": ("nan", "a number above 0"),
    "REGULARS_TRIES": ("0", "at least 1"),
    "REGULARS_TOKEN_SECONDS": ("3600", "at most 300"),
    "REGULARS_TRUSTED_HOPS": ("-1", "at least 0"),
    "REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": ("perhaps", "yes or no"),
}


def test_all_wrong_values_are_named_at_once_each_with_its_hint() -> None:
    said = refusal(bare_app({key: value for key, (value, _) in WRONG.items()})).split("; ")
    for key, (_, hint) in WRONG.items():
        assert any(key in sentence and hint in sentence for sentence in said), key


def test_values_of_python_are_checked_like_texts() -> None:
    assert "REGULARS_TRIES" in refusal(bare_app({"REGULARS_TRIES": 0}))
    app = bare_app({"REGULARS_TRIES": 3, "REGULARS_OUTBOUND_URL_ALLOW_PRIVATE": True})
    Regulars(app)
    assert app.extensions["regulars"].settings.tries == 3
    assert app.extensions["regulars"].settings.outbound_url_allow_private is True


def test_a_test_clock_in_production_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGULARS_TEST_CLOCK", str(tmp_path / "now"))
    assert "REGULARS_TEST_CLOCK" in refusal(bare_app({"REGULARS_MODE": "production"}))


@pytest.mark.parametrize("name", ["nowhere:create_app", "json:create_app", ":"])
def test_workers_say_when_they_cannot_find_the_hosts_app(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("REGULARS_APP", name)
    with pytest.raises(SettingsError, match="REGULARS_APP must name the host's app as package:create_app"):
        entry.make_app()


def test_a_standalone_app_trusts_as_many_proxies_as_it_is_told() -> None:
    def address_seen(hops: int) -> str:
        config = {
            "REGULARS_DATABASE_URL": "sqlite://",
            "REGULARS_ROOT_KEY": new_root_key(),
            "REGULARS_TRUSTED_HOPS": hops,
        }
        app = create_app(config)
        app.add_url_rule("/who", view_func=lambda: f"{request.scheme} {request.remote_addr}")
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        return app.test_client().get("/who", headers=headers).text

    assert address_seen(0) == "http 127.0.0.1"
    assert address_seen(1) == "https 203.0.113.9"


@pytest.mark.parametrize("url", ["nonsense", "mysql://shop:secret@host/shop"])
def test_a_standalone_app_on_an_unknown_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="must be like postgresql://") as refused:
        create_app({"REGULARS_DATABASE_URL": url, "REGULARS_ROOT_KEY": new_root_key()})
    assert "secret" not in str(refused.value)


def test_a_standalone_app_says_which_file_it_cannot_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REGULARS_ROOT_KEY_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match=r"REGULARS_ROOT_KEY_FILE: .*nothing cannot be read"):
        create_app({"REGULARS_DATABASE_URL": "sqlite://"})
