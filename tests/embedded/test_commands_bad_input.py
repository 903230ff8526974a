"""What an operator mistypes is answered by a sentence and the exit code of wrong use, never by a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.cli import ScriptInfo

from regulars import settings
from regulars.commands import cli
from regulars.errors import SettingsError
from regulars.keys import new_root_key
from regulars.standalone import create_app
from tests.servers import free_port
from tests.world import World, WorldShop

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


Command = Callable[..., Result]


@pytest.fixture
def command(world: World) -> Command:
    """One command on the app under test."""
    return lambda *words: world.app.test_cli_runner().invoke(args=["regulars", *words])


@pytest.fixture
def unread(tmp_path: Path) -> str:
    """The path of a file that is no text."""
    file = tmp_path / "latin.txt"
    file.write_bytes("tajné".encode("iso8859-2"))
    return str(file)


def refused(result: Result, sentence: str) -> None:
    """Told in a sentence, as wrong use."""
    assert (result.exit_code, type(result.exception)) == (2, SystemExit), result.output
    assert sentence in result.output


def pairs(values: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(key, one) for key, several in values.items() for one in several]


@pytest.mark.parametrize(("key", "address"), pairs(NONSENSE))
def test_an_address_that_cannot_work_is_refused_at_the_start(key: str, address: str) -> None:
    with pytest.raises(SettingsError, match=f"{key}: it must look like") as error:
        settings.read({key: address, "REGULARS_ROOT_KEY": new_root_key()}, {})
    assert "secret" not in error.value.detail


@pytest.mark.parametrize(("key", "address"), pairs(GOOD))
def test_an_address_of_the_right_form_is_taken_as_it_is(key: str, address: str) -> None:
    read = settings.read({key: address, "REGULARS_ROOT_KEY": new_root_key()}, {})
    assert getattr(read, key.removeprefix("REGULARS_").lower()) == address


@pytest.mark.parametrize(
    "words",
    [
        "shop add kavarna --platform standard --domain k.example --currency EUR --timezone Europe/Prague --webhook-secret-file",
        "app-secret set --platform shopify --secret-file",
        "source add alpha --kind standard --secret-file",
        "staff add owner@example.com --role owner --password-file",
        "program apply alpha",
    ],
)
def test_a_file_that_is_no_text_is_refused(command: Command, shop: WorldShop, unread: str, words: str) -> None:
    assert shop.key == "alpha"
    refused(command(*words.split(), unread), f"{unread} is not text in UTF-8")


def test_a_program_in_json_that_is_no_text_is_refused(command: Command, shop: WorldShop, unread: str) -> None:
    file = Path(unread).rename(Path(unread).with_suffix(".json"))
    refused(command("program", "apply", shop.key, str(file)), "is not text in UTF-8")


@pytest.mark.parametrize("number", ["2147483648", "99999999999999999999999", "9" * 5000])
def test_a_number_that_no_entry_can_have_is_refused(command: Command, shop: WorldShop, number: str) -> None:
    refused(command("balance", shop.key, "ada", "--at", number), "no entry has so high a number")


@pytest.mark.parametrize("words", ["add alpha --kind shopify", "rotate alpha shopify"])
def test_no_secret_is_made_up_for_shopify(command: Command, shop: WorldShop, words: str) -> None:
    assert shop.key == "alpha"
    said = command("source", *words.split())
    refused(said, "Shopify chooses the secret")
    assert "--secret-file" in said.output


@pytest.mark.parametrize("words", ["up", "init --email o@example.com --shop k --domain k.example", "demo --exit"])
def test_a_folder_that_cannot_be_made_is_said(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = str(tmp_path / "file" / "data")
    options = [] if words.startswith("init") else ["--port", str(free_port())]
    typed = [*words.split(), "--data", folder, *options]
    monkeypatch.setenv("REGULARS_DATA", folder)
    said = CliRunner().invoke(cli, typed, obj=ScriptInfo(create_app=create_app), input="\n\n\n")
    refused(said, f"The data folder {folder} cannot be made")


class Operator:
    """Somebody who sets up in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def init(self, *words: str, typed: str = "") -> str:
        """Run `regulars init`; what it said."""
        given = ["init", "--data", str(self.folder), *words]
        said = CliRunner().invoke(cli, given, obj=ScriptInfo(create_app=create_app), input=typed)
        assert said.exit_code == 0, said.output
        return said.output

    def connects(self, *words: str) -> str:
        """Run it with an owner and a shop of Shopify; the usual currency and time zone."""
        shop = ["--shop", "kavarna", "--platform", "shopify", "--domain", "kavarna.example"]
        return self.init("--email", "o@example.com", *shop, *words, typed="\n\n")


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path / "data"))
    return Operator(tmp_path / "data")


def test_init_opens_no_source_for_shopify_without_its_secret(operator: Operator) -> None:
    said = operator.connects()
    assert "regulars source add kavarna --kind shopify --secret-file FILE" in said
    assert "/webhooks/" not in said


def test_a_second_init_adds_what_is_missing_and_says_what_it_kept(operator: Operator, tmp_path: Path) -> None:
    operator.connects()
    (tmp_path / "secret").write_text("what Shopify signs with")
    said = operator.connects("--webhook-secret-file", str(tmp_path / "secret"))
    assert "Kept o@example.com" in said
    assert "Kept the shop kavarna" in said
    assert "Send the shop's webhooks to  /webhooks/shopify/" in said
    assert "Kept its source" in operator.connects()


def test_init_asks_again_for_a_wrong_email_before_anything_else(operator: Operator) -> None:
    typed = "nonsense\no@example.com\nkavarna\nstandard\nkavarna.example\n\n\n"
    said = operator.init(typed=typed)
    assert said.index("'nonsense' is no e-mail address") < said.index("Short name of the first shop")


@pytest.mark.parametrize("settings", [{}, {"REGULARS_PUBLIC_URL": "https://loyalty.example.com"}])
def test_an_address_without_its_host_says_so_in_words_only(
    command: Command, shop: WorldShop, settings: dict[str, str]
) -> None:
    told = command("source", "add", shop.key, "--kind", "standard").output
    as_json = command("source", "rotate", shop.key, "standard", "--json").output
    assert ("(put the public address of this app in front" in told) == (not settings)
    assert "(put" not in as_json
