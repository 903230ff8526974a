"""`regulars staff`: how the first owner, and everybody after, gets in."""

import json
import re
from pathlib import Path

from flask.testing import FlaskCliRunner

from regulars.cli import cli
from tests.admin.house import sign_in
from tests.world import World


def runs(world: World, *arguments: str) -> tuple[int, str]:
    """Run a command; its exit code and what it printed."""
    result = FlaskCliRunner(world.app).invoke(cli, ["staff", *arguments])
    return result.exit_code, result.output


def test_a_new_member_gets_a_password_that_is_shown_once_and_works(world: World) -> None:
    code, said = runs(world, "add", "Olga@Staff.example", "--role", "owner", "--name", "Olga")
    password = re.search(r"only this once: (\S+)", said)
    assert code == 0
    assert password is not None
    assert sign_in(world.client, "olga@staff.example", password[1]).status_code == 302


def test_a_password_in_a_file_is_not_printed(world: World, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse battery\n", encoding="utf-8")
    _, said = runs(world, "add", "olga@staff.example", "--role", "owner", "--password-file", str(secret))
    assert "correct horse" not in said
    assert sign_in(world.client, "olga@staff.example", "correct horse battery").status_code == 302


def test_a_short_password_is_wrong_use(world: World, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("short", encoding="utf-8")
    code, said = runs(world, "add", "olga@staff.example", "--role", "owner", "--password-file", str(secret))
    assert code == 2
    assert "at least 8" in said


def test_the_same_e_mail_twice_is_refused(world: World) -> None:
    runs(world, "add", "olga@staff.example", "--role", "owner")
    code, said = runs(world, "add", "OLGA@staff.example", "--role", "agent")
    assert code == 1
    assert "already" in said


def test_what_is_no_e_mail_is_wrong_use(world: World) -> None:
    assert runs(world, "add", "olga", "--role", "owner")[0] == 2


def test_a_role_nobody_knows_is_wrong_use(world: World) -> None:
    assert runs(world, "add", "olga@staff.example", "--role", "king")[0] == 2


def test_the_list_says_who_may_look(world: World) -> None:
    runs(world, "add", "olga@staff.example", "--role", "owner", "--name", "Olga")
    listed = json.loads(runs(world, "list", "--json")[1])
    assert [(one["email"], one["role"], one["disabled"]) for one in listed] == [("olga@staff.example", "owner", False)]


def test_who_is_disabled_cannot_sign_in(world: World) -> None:
    password = json.loads(runs(world, "add", "olga@staff.example", "--role", "owner", "--json")[1])["password"]
    assert runs(world, "disable", "olga@staff.example")[0] == 0
    assert sign_in(world.client, "olga@staff.example", password).status_code == 401


def test_a_new_password_takes_the_place_of_the_old_one(world: World) -> None:
    runs(world, "add", "olga@staff.example", "--role", "owner")
    password = json.loads(runs(world, "password", "olga@staff.example", "--json")[1])["password"]
    assert sign_in(world.client, "olga@staff.example", password).status_code == 302


def test_whoever_is_not_there_is_named(world: World) -> None:
    code, said = runs(world, "disable", "nobody@staff.example")
    assert code == 1
    assert "nobody@staff.example" in said


def test_a_member_can_be_bound_to_one_shop(world: World) -> None:
    world.shop("alpha")
    world.shop("beta")
    password = json.loads(runs(world, "add", "olga@staff.example", "--role", "owner", "--shop", "beta", "--json")[1])[
        "password"
    ]
    sign_in(world.client, "olga@staff.example", password)
    assert world.client.get("/admin/shops/alpha/").status_code == 404
    assert world.client.get("/admin/shops/beta/").status_code == 200
