"""C065, C066: forms from elsewhere change nothing, reading changes nothing, and browsers are told what they may do."""

import re
from collections.abc import Iterator

import pytest

from regulars import ledger
from regulars_admin.cookies import form_token
from tests.admin.house import Desk, House, desk_of, sign_in
from tests.world import World

LINK = re.compile(r'href="(/admin/[^"#]*)"')


def crawl(desk: Desk) -> Iterator[str]:
    """Every page that links lead to from the first one."""
    todo, seen = ["/admin/"], set[str]()
    while todo:
        path = todo.pop().replace("&amp;", "&")
        if path in seen or "/static/" in path:
            continue
        seen.add(path)
        answer = desk.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.text)
        todo += LINK.findall(answer.text)
        yield path


def state_of(world: World, house: House) -> tuple[list[object], int]:
    """The ledger's export, and how many acts were written down."""
    entries = world.reads(lambda session: list(ledger.export(session, house.shop.id)))
    return list(entries), len(entries)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_a_form_from_another_site_is_refused(origin: str, world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    with world.app.test_request_context(headers={"Cookie": f"regulars_staff={_cookie(desk)}"}):
        token = form_token("")
    path = house.path(f"dead-letters/inbox/{house.ids['message_id']}/replay")
    answer = desk.client.post(path, data={"csrf_token": token}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "another site" in answer.text


def _cookie(desk: Desk) -> str:
    cookie = desk.client.get_cookie("regulars_staff")
    assert cookie is not None
    return cookie.value


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_its_token_is_refused(token: str, world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    path = house.path(f"complaints/{house.ids['complaint_id']}/grant")
    answer = desk.client.post(path, data={"points": "5", "key": "k", "csrf_token": token})
    assert answer.status_code == 403
    assert "out of date" in answer.text


def test_another_sessions_token_is_refused(world: World, house: House) -> None:
    mine, theirs = desk_of(world, "owner"), desk_of(world, "lead")
    token = re.search(r'name="csrf_token" value="(\w+)"', theirs.text("/admin/password"))
    assert token is not None
    assert mine.client.post("/admin/logout", data={"csrf_token": token[1]}).status_code == 403


def test_the_token_may_come_in_a_header(world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    token = re.search(r'"X-CSRF-Token": "(\w+)"', desk.text("/admin/password"))
    assert token is not None
    assert desk.client.post("/admin/logout", headers={"X-CSRF-Token": token[1]}).status_code == 302


def test_a_login_form_from_another_site_is_refused(world: World) -> None:
    assert sign_in(world.client, "a@b.example", headers={"Origin": "https://evil.example"}).status_code == 403


def test_reading_every_page_twice_changes_nothing(world: World, house: House) -> None:
    desk, before = desk_of(world, "owner"), state_of(world, house)
    first, second = list(crawl(desk)), list(crawl(desk))
    assert len(first) > 15
    assert first == second
    assert state_of(world, house) == before


def test_every_page_tells_browsers_what_they_may_do(world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    for path in [*crawl(desk), "/admin/login", house.path("customers/nobody"), "/admin/static/regulars_admin.css"]:
        headers = desk.client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_with_people_on_them_are_kept_nowhere(world: World, house: House) -> None:
    assert desk_of(world, "owner").get(house.path("customers/")).headers["Cache-Control"] == "no-store"


def test_no_page_carries_a_script_or_a_style_of_its_own(world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    pages = [desk.client.get(path, follow_redirects=True).text for path in crawl(desk)]
    assert not [page for page in pages if re.search(r"<style|style=|<script>|\son\w+=", page)]


def test_a_zero_character_is_refused_before_any_database_sees_it(world: World, house: House) -> None:
    desk = desk_of(world, "owner")
    for path in (house.path("customers/?q=%00"), house.path("customers/%00"), "/admin/shops/%00/", "/admin/static/%00"):
        assert desk.get(path).status_code in (404, 422), path
    assert sign_in(world.client, "a\0@b.example").status_code == 422
