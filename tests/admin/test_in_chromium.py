"""The pages in a real browser: nothing hostile runs, the strict policy breaks nothing of ours, and it all fits a phone."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.admin.house import PASSWORD, PAYLOADS, House, furnish, hire
from tests.world import World, WorldShop

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]

CANARY = " ".join([*PAYLOADS, "<script>window.canary = 1</script>", "<img src=x onerror='window.canary = 1'>"])
PHONE_WIDTH = 360


@pytest.fixture
def hostile_house(world: World, shop: WorldShop) -> House:
    """Alpha, with something hostile wherever somebody else can write."""
    return furnish(world, shop, CANARY)


@pytest.fixture
def address(world: World, hostile_house: House) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def desk(page: Page, address: str, world: World) -> Iterator[Page]:
    """A browser with an owner signed in; a refusal by the policy, or a canary that sang, fails the test."""
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    page.set_default_timeout(5000)
    page.goto(f"{address}/admin/")
    page.fill("[name=email]", hire(world, "owner"))
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/shops/alpha/")
    yield page
    assert refused == []
    assert page.evaluate("window.canary") is None


def every_page(house: House) -> list[str]:
    ids = house.ids
    rooms = ["", "customers/", "complaints/", "inbox/", "work/", "dead-letters/", f"inbox/{ids['message_id']}"]
    return [house.path(room) for room in rooms] + [
        house.path(f"customers/{ids['customer_id']}"),
        house.path(f"complaints/{ids['complaint_id']}"),
        house.path(f"inbox/{ids['message_id']}/body"),
        "/admin/password",
    ]


def test_no_hostile_word_ever_runs(desk: Page, address: str, hostile_house: House) -> None:
    for path in every_page(hostile_house):
        desk.goto(address + path)
        assert desk.evaluate("window.canary") is None, path
    assert desk.evaluate("typeof htmx") == "object"


def test_every_page_fits_a_phone(desk: Page, address: str, hostile_house: House) -> None:
    desk.set_viewport_size({"width": PHONE_WIDTH, "height": 740})
    wide = {}
    for path in every_page(hostile_house):
        desk.goto(address + path)
        wide[path] = desk.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in wide.items() if width > PHONE_WIDTH} == {}


def test_customers_are_found_while_one_types(desk: Page, address: str, hostile_house: House) -> None:
    desk.goto(address + hostile_house.path("customers/"))
    desk.locator("[name=q]").press_sequentially("okafor")
    expect(desk.locator("#found tbody tr")).to_have_count(1)
    assert "Ben" in desk.inner_text("#found")
    assert "q=okafor" in desk.url
    assert desk.evaluate("document.activeElement.name") == "q"


def test_a_dead_letter_is_discarded_only_after_a_yes(desk: Page, address: str, hostile_house: House) -> None:
    desk.goto(address + hostile_house.path("dead-letters/"))
    desk.once("dialog", lambda dialog: dialog.dismiss())
    desk.locator("button:text-is('Discard')").first.click()
    assert desk.locator("tbody tr").count() == 2
    desk.once("dialog", lambda dialog: dialog.accept())
    desk.locator("button:text-is('Discard')").first.click()
    desk.wait_for_selector("[role=status]")
    assert desk.locator("tbody tr").count() == 1


def test_a_case_is_answered_and_points_are_given_with_a_few_clicks(
    desk: Page, address: str, hostile_house: House
) -> None:
    desk.goto(address + hostile_house.path(f"complaints/{hostile_house.ids['complaint_id']}"))
    desk.fill("textarea >> nth=0", "We are sorry. A new bag is on its way.")
    desk.dblclick("text=Send the answer")
    desk.wait_for_selector(".from-staff")
    assert desk.locator(".from-staff").count() == 1
    desk.fill("[name=points]", "120")
    desk.click("button:text-is('Give')")
    desk.wait_for_selector("text=gave 120 points")
    assert "We are sorry" not in desk.input_value("textarea >> nth=0")


def test_every_field_has_a_label_and_the_page_one_headline(desk: Page, address: str, hostile_house: House) -> None:
    unnamed = """[...document.querySelectorAll('input:not([type=hidden]):not([hidden]),select,textarea')]
        .filter(field => !field.labels.length).map(field => field.name)"""
    for path in every_page(hostile_house):
        desk.goto(address + path)
        assert desk.evaluate(unnamed) == [], path
        assert desk.locator("h1").count() == 1, path
