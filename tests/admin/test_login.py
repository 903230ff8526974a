"""C071, C072: who signs in, how often one may be wrong, and when a session is over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from regulars.db import all_shops
from regulars_admin.staff import StaffRow, disable_staff
from tests.admin.house import PASSWORD, Desk, desk_of, hire, sign_in
from tests.world import World

COOKIE = "regulars_staff"


def hash_of(world: World, email: str) -> str:
    with all_shops("staff"):
        return world.reads(lambda session: session.scalars(select(StaffRow.password_hash).filter_by(email=email)).one())


def test_the_right_password_opens_the_admin(world: World, shop: object) -> None:
    assert "alpha" in desk_of(world, "agent").client.get("/admin/", follow_redirects=True).text


def test_a_wrong_password_is_told_in_the_same_words_for_known_and_unknown_names(world: World) -> None:
    known = hire(world, "agent")
    answers = [sign_in(world.client, email, "wrong") for email in (known, "nobody@staff.example")]
    words = [answer.text.replace(known, "").replace("nobody@staff.example", "") for answer in answers]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert words[0] == words[1]


@pytest.mark.parametrize("email", ["agent@staff.example", "nobody@staff.example"])
def test_the_sixth_try_is_refused_whoever_asks_from_wherever(email: str, world: World) -> None:
    hire(world, "agent")
    workers = [world.app.test_client(), world.app.test_client()]
    tries = [
        sign_in(workers[number % 2], email, "wrong", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(6)
    ]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429]


def test_of_many_tries_at_once_no_more_than_five_are_looked_at(world: World) -> None:
    email = hire(world, "agent")
    with ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(lambda _: sign_in(world.app.test_client(), email, "wrong").status_code, range(12)))
    assert answers.count(429) >= 7
    assert set(answers) <= {401, 429}


def test_after_too_many_tries_not_even_the_right_password_opens(world: World) -> None:
    email = hire(world, "agent")
    for _ in range(5):
        sign_in(world.client, email, "wrong")
    assert sign_in(world.client, email).status_code == 429


def test_too_many_tries_for_one_account_do_not_shut_another_out(world: World) -> None:
    email = hire(world, "agent")
    for _ in range(7):
        sign_in(world.client, "nobody@staff.example", "wrong")
    assert sign_in(world.client, email).status_code == 302


def test_a_quarter_of_an_hour_later_one_may_try_again(world: World) -> None:
    email = hire(world, "agent")
    for _ in range(6):
        sign_in(world.client, email, "wrong")
    world.clock.passes(minutes=16)
    assert sign_in(world.client, email).status_code == 302


def test_tries_that_were_refused_do_not_make_the_wait_longer(world: World) -> None:
    email = hire(world, "agent")
    for _ in range(5):
        sign_in(world.client, email, "wrong")
    world.clock.passes(minutes=10)
    assert sign_in(world.client, email).status_code == 429
    world.clock.passes(minutes=6)
    assert sign_in(world.client, email).status_code == 302


def test_signing_in_again_gives_a_new_cookie_and_ends_the_old_one(world: World) -> None:
    desk = desk_of(world, "agent")
    old = desk.client.get_cookie(COOKIE)
    sign_in(desk.client, "agent.all@staff.example")
    new = desk.client.get_cookie(COOKIE)
    assert old is not None
    assert new is not None
    assert old.value != new.value
    assert holder_of(world, old.value).get("/admin/").status_code == 302


def holder_of(world: World, cookie: str) -> Desk:
    """A browser into which somebody put a cookie."""
    client = world.app.test_client()
    client.set_cookie(COOKIE, cookie)
    return Desk(client)


def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    desk = desk_of(world, "agent")
    cookie = desk.client.get_cookie(COOKIE)
    assert cookie is not None
    desk.send("/admin/logout")
    assert holder_of(world, cookie.value).get("/admin/password").status_code == 302


def test_a_new_password_ends_every_other_session(world: World) -> None:
    desk = desk_of(world, "agent")
    elsewhere = world.app.test_client()
    sign_in(elsewhere, "agent.all@staff.example")
    desk.send("/admin/password", password=PASSWORD, new_password="another good password")
    assert desk.get("/admin/password").status_code == 200
    assert elsewhere.get("/admin/password").status_code == 302


def test_a_new_password_wants_the_present_one(world: World) -> None:
    desk = desk_of(world, "agent")
    assert desk.send("/admin/password", password="wrong", new_password="another good password").status_code == 422
    assert sign_in(world.client, "agent.all@staff.example").status_code == 302


def test_a_session_ends_by_itself_after_half_a_day(world: World) -> None:
    desk = desk_of(world, "agent")
    world.clock.passes(hours=12)
    assert desk.get("/admin/password").status_code == 302


def test_who_was_disabled_is_out_at_once_and_stays_out(world: World) -> None:
    desk = desk_of(world, "agent")
    world.writes(lambda session: disable_staff(session, "agent.all@staff.example", world.clock.moment))
    assert desk.get("/admin/password").status_code == 302
    assert sign_in(world.client, "agent.all@staff.example").status_code == 401


def test_over_https_the_cookie_is_bound_to_this_host(world: World) -> None:
    answer = sign_in(world.client, hire(world, "agent"), base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-regulars_staff=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_on_plain_loopback_the_cookie_has_a_name_that_browsers_take(world: World) -> None:
    cookie = sign_in(world.client, hire(world, "agent")).headers["Set-Cookie"]
    assert cookie.startswith("regulars_staff=")
    assert "HttpOnly" in cookie


def test_passwords_are_kept_as_argon2id_at_the_strength_we_promise(world: World) -> None:
    assert hash_of(world, hire(world, "agent")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_of_a_hundred_bytes_is_not_cut(world: World) -> None:
    desk = desk_of(world, "agent")
    long = "a" * 99 + "b"
    desk.send("/admin/password", password=PASSWORD, new_password=long)
    assert sign_in(world.client, "agent.all@staff.example", long[:-1] + "c").status_code == 401
    assert sign_in(world.client, "agent.all@staff.example", long).status_code == 302


def test_signing_in_never_leads_out_of_the_admin(world: World) -> None:
    form = {"email": hire(world, "agent"), "password": PASSWORD}
    out = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/elsewhere",
        "javascript:alert(1)",
        "/admin/\n//evil",
    ]
    led = {
        address: world.client.post("/admin/login", data=form | {"next": address}).headers["Location"] for address in out
    }
    assert set(led.values()) == {"/admin/"}, led


def test_signing_in_leads_back_to_where_one_wanted_to_go(world: World, shop: object) -> None:
    wanted = "/admin/shops/alpha/customers/?q=ada"
    to_login = world.client.get(wanted).headers["Location"]
    page = world.client.get(to_login).text
    assert 'name="next" value="/admin/shops/alpha/customers/?q=ada"' in page
    answer = world.client.post(
        "/admin/login", data={"email": hire(world, "agent"), "password": PASSWORD, "next": wanted}
    )
    assert answer.headers["Location"] == wanted
