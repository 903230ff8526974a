"""axe-core finds nothing against WCAG 2.2 A and AA, by day and by night: the widget in its two languages, every page of
the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from regulars import complaints
from tests.admin.house import PASSWORD, House, furnish, hire
from tests.browser.axe import found, found_by_day_and_night
from tests.browser.served import served
from tests.browser.storefront import ADA, Storefront
from tests.world import World

pytestmark = pytest.mark.browser

ME, COMPLAINTS = "GET /storefront/kavarna-morava/me", "POST /storefront/kavarna-morava/complaints"
#: The card is a gradient, which nobody can measure; white on it is hardest to read at its lighter end.
LIGHTER_END = "cards => cards.forEach((card) => { card.style.background = 'var(--accent)' })"
Scene = Callable[[Page, Storefront], None]


def closed(page: Page, _shop: Storefront) -> None:
    expect(page.locator("[part=launcher]")).to_be_visible()


def overview(page: Page, _shop: Storefront) -> None:
    page.locator("[part=launcher]").click()
    expect(page.locator(".card")).to_be_visible()
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true })")


def visitor(page: Page, shop: Storefront) -> None:
    shop.says("GET /token", (401, {}))
    overview(page, shop)


def debtor(page: Page, shop: Storefront) -> None:
    shop.says(ME, (200, ADA | {"points": ADA["points"] | {"available": 0, "reserved": 40, "debt": 500}}))
    overview(page, shop)


def one_who_reported(page: Page, shop: Storefront) -> None:
    mine = [{"id": "c1", "status": "open", "subject": "#1042", "opened_at": "2026-11-20T10:00:00Z"}]
    shop.says(ME, (200, ADA | {"complaints": mine}))
    overview(page, shop)


def newcomer(page: Page, shop: Storefront) -> None:
    nothing: dict[str, Any] = {"history": [], "orders": [], "rewards": [], "customer": {"name": None}}
    shop.says(ME, (200, ADA | nothing))
    overview(page, shop)


def offline(page: Page, shop: Storefront) -> None:
    shop.says(ME, (503, {}))
    page.locator("[part=launcher]").click()
    expect(page.locator(".middle")).to_be_visible()


def report(page: Page, shop: Storefront) -> None:
    overview(page, shop)
    page.locator("footer button").click()
    expect(page.locator("form")).to_be_visible()


def sent(page: Page, shop: Storefront) -> None:
    report(page, shop)
    page.locator("select").select_option("damaged")
    page.locator("textarea").fill("The bag was torn.")
    page.locator("form button").click()


def thanked(page: Page, shop: Storefront) -> None:
    sent(page, shop)
    expect(page.locator(".tick")).to_be_visible()


def refused(page: Page, shop: Storefront) -> None:
    shop.says(COMPLAINTS, (422, {"title": "Not valid", "errors": {"text": ["Tell us a little more."]}}))
    sent(page, shop)
    expect(page.locator("label .bad")).to_be_visible()


SCENES = [closed, overview, visitor, debtor, one_who_reported, newcomer, offline, report, thanked, refused]


@pytest.mark.parametrize("lang", ["en", "cs"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_widget_is_accessible(page: Page, shop: Storefront, scene: Scene, lang: str) -> None:
    shop.lang = lang
    page.goto(shop.url)
    scene(page, shop)
    page.locator(".card").evaluate_all(LIGHTER_END)
    assert found_by_day_and_night(page) == []


def test_the_engine_looks_inside_the_widget(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    page.locator("[part=launcher]").evaluate("button => { button.textContent = '' }")
    assert [line.split(":")[0] for line in found(page)] == ["button-name"]


def pages_of(house: House) -> list[str]:
    """Every page that staff can open, those with nothing on them and those that say no as well."""
    ids = house.ids
    rooms = ["", "customers/", "complaints/", "inbox/", "work/", "dead-letters/"]
    empty = ["customers/?q=nobody", "complaints/?view=closed", "inbox/?about=nothing", "dead-letters/?view=discarded"]
    things = [
        f"customers/{ids['customer_id']}", f"complaints/{ids['complaint_id']}", f"complaints/{ids['resolved_id']}",
        f"inbox/{ids['message_id']}", f"inbox/{ids['message_id']}/body", "customers/nobody",
    ]  # fmt: skip
    return [house.path(room) for room in (*rooms, *empty, *things)] + ["/admin/password"]


@pytest.fixture
def house(world: World) -> House:
    """Alpha, furnished, with a second case that was answered, made up for and resolved."""
    house = furnish(world, world.shop())
    agent = complaints.Agent("staff-eva", "agent", "Eva", "eva@staff.example")
    now = world.clock.moment

    def resolve(session: Session) -> str:
        shop_id = house.shop.id
        case = complaints.open_complaint(
            session, shop_id, house.ids["customer_id"], None, "late", "Where is it?", "report-2", now
        )
        complaints.answer(session, shop_id, case.id, agent, "On its way.", now)
        complaints.grant(session, shop_id, case.id, agent, 120, "g-1", now)
        complaints.resolve(session, shop_id, case.id, agent, now)
        return case.id

    house.ids["resolved_id"] = world.writes(resolve)
    return house


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_page_of_the_admin_is_accessible(page: Page, world: World, house: House) -> None:
    world.shop("beta")
    with served(world.app) as address:
        page.goto(f"{address}/admin/login")
        wrong = {"/admin/login": found_by_day_and_night(page)}
        page.fill("[name=email]", hire(world, "owner"))
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/shops/alpha/")
        for path in pages_of(house):
            page.goto(address + path)
            wrong[path] = found_by_day_and_night(page)
    assert {path: lines for path, lines in wrong.items() if lines} == {}
