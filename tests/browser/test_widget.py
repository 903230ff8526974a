"""The widget, as a shopper of Kavárna Morava meets it in Chromium."""

import copy
import gzip
import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.storefront import ADA, PROGRAM, STATIC, Storefront

pytestmark = pytest.mark.browser

LAUNCHER_BYTES = 6144
PANEL_BYTES = 16 * 1024
SHOP = "/storefront/kavarna-morava"
PROGRAM_PATH, ME, COMPLAINTS = f"{SHOP}/program", f"{SHOP}/me", f"{SHOP}/complaints"


def opened(page: Page, shop: Storefront) -> Page:
    page.goto(shop.url)
    page.get_by_role("button", name="Rewards").click()
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    expect(page.locator(".wait")).to_have_count(0)
    return page


def ada_but(**changes: Any) -> dict[str, Any]:
    ada = copy.deepcopy(ADA)
    for name, value in changes.items():
        ada[name] = {**ada[name], **value} if isinstance(value, dict) else value
    return ada


def report_a_torn_bag(page: Page) -> None:
    page.get_by_role("button", name="Report a problem").click()
    page.get_by_label("What is wrong?").select_option("damaged")
    page.get_by_label("What happened?").fill("The bag was torn.")
    page.get_by_role("button", name="Send").click()


def test_the_launcher_is_lighter_than_six_kilobytes() -> None:
    assert len(gzip.compress((STATIC / "widget.js").read_bytes(), 9)) <= LAUNCHER_BYTES


def test_the_whole_widget_is_lighter_than_sixteen_kilobytes() -> None:
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in STATIC.glob("*.js")) <= PANEL_BYTES


def test_nothing_is_asked_before_the_widget_is_opened(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    expect(page.get_by_role("button", name="Rewards")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert shop.paths() == ["/", "/storefront/widget.js"]


def test_ada_sees_her_balance_and_what_is_on_the_way(page: Page, shop: Storefront) -> None:
    panel = opened(page, shop).get_by_role("dialog")
    expect(panel).to_contain_text("Hello, Ada")
    expect(panel).to_contain_text("740 points")
    expect(panel).to_contain_text("38 points arrive on Nov 26, 2026")
    expect(panel).to_contain_text("120 points will expire on Jan 5, 2027")


def test_the_way_to_the_next_level_is_shown_as_progress(page: Page, shop: Storefront) -> None:
    panel = opened(page, shop).get_by_role("dialog")
    expect(panel).to_contain_text("1,222 points to Gold")
    assert panel.get_by_role("progressbar", name="Gold").evaluate("bar => [bar.value, bar.max]") == [778, 2000]


def test_a_reward_out_of_reach_says_how_much_is_missing(page: Page, shop: Storefront) -> None:
    mug = opened(page, shop).get_by_role("listitem").filter(has_text="A stoneware mug")
    expect(mug).to_contain_text("460 points to go")


def test_history_explains_each_change(page: Page, shop: Storefront) -> None:
    opened(page, shop).get_by_text("History", exact=True).click()
    returned = page.get_by_role("listitem").filter(has_text="the paper filters were returned")
    expect(returned).to_be_visible()
    expect(returned).to_contain_text("−20")


def test_debt_is_said_plainly(page: Page, shop: Storefront) -> None:
    shop.says(f"GET {ME}", (200, ada_but(points={"available": 0, "debt": 500})))
    expect(opened(page, shop).get_by_role("dialog")).to_contain_text(
        "You owe 500 points, because an order was returned."
    )


def test_a_tier_without_progress_shows_no_bar(page: Page, shop: Storefront) -> None:
    shop.says(f"GET {ME}", (200, ada_but(tier={"name": "Gold", "multiplier": "1.25", "progress": None}, rewards=[])))
    opened(page, shop)
    expect(page.get_by_text("1.25× points", exact=False).first).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_an_expired_token_is_replaced_once_and_the_question_repeated(page: Page, shop: Storefront) -> None:
    shop.says("GET /token", (200, {"token": "old"}), (200, {"token": "fresh"}))
    shop.says(f"GET {ME}", (401, {}), (200, ADA))
    expect(opened(page, shop).get_by_role("dialog")).to_contain_text("740 points")
    assert [asked.headers["Authorization"] for asked in shop.to(ME)] == ["Bearer old", "Bearer fresh"]


def test_a_token_refused_twice_asks_the_shopper_to_log_in(page: Page, shop: Storefront) -> None:
    shop.says(f"GET {ME}", (401, {}))
    opened(page, shop)
    expect(page.get_by_role("link", name="Log in")).to_have_attribute("href", "/login")
    assert len(shop.to(ME)) == 2


def test_a_visitor_sees_the_programme_and_an_invitation(page: Page, shop: Storefront) -> None:
    shop.says("GET /token", (401, {}))
    panel = opened(page, shop).get_by_role("dialog")
    expect(panel).to_contain_text("Log in to see your points")
    expect(panel).to_contain_text("1 point for every €1 you spend")
    expect(page.get_by_role("button", name="Report a problem")).to_have_count(0)
    assert shop.to(ME) == []


def test_a_page_may_bring_its_own_token(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    page.locator("regulars-widget").evaluate("widget => { widget.token = async () => 'mine' }")
    page.get_by_role("button", name="Rewards").click()
    expect(page.get_by_text("740 points", exact=True)).to_be_visible()
    assert [asked.headers["Authorization"] for asked in shop.to(ME)] == ["Bearer mine"]
    assert shop.to("/token") == []


def test_a_failed_answer_can_be_tried_again(page: Page, shop: Storefront) -> None:
    shop.says(f"GET {ME}", (503, {}), (200, ADA))
    opened(page, shop)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("740 points", exact=True)).to_be_visible()


def test_without_a_connection_the_panel_says_so_and_can_be_tried_again(page: Page, shop: Storefront) -> None:
    opened(page, shop).get_by_role("button", name="Close").click()
    page.context.set_offline(True)
    page.get_by_role("button", name="Rewards").click()
    expect(page.get_by_role("main")).to_contain_text("You seem to be offline.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("740 points", exact=True)).to_be_visible()


def test_a_launcher_without_a_connection_can_be_tried_again(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    page.context.set_offline(True)
    page.get_by_role("button", name="Rewards").click()
    retry = page.get_by_role("button", name="Offline. Try again")
    expect(retry).to_be_visible()
    page.context.set_offline(False)
    retry.click()
    expect(page.get_by_text("740 points", exact=True)).to_be_visible()


def test_a_report_about_the_newest_order_gets_a_reference(page: Page, shop: Storefront) -> None:
    report_a_torn_bag(opened(page, shop))
    expect(page.get_by_role("dialog")).to_contain_text("Your reference: KM-7F3A")
    [sent] = shop.to(COMPLAINTS)
    assert json.loads(sent.body) == {"order_id": "o2", "problem": "damaged", "text": "The bag was torn."}
    assert sent.headers["Authorization"] == "Bearer first"
    assert sent.headers["Idempotency-Key"]


def test_a_report_need_not_be_about_an_order(page: Page, shop: Storefront) -> None:
    opened(page, shop).get_by_role("button", name="Report a problem").click()
    page.get_by_label("Not about an order").check()
    page.get_by_label("What is wrong?").select_option("missing")
    page.get_by_label("What happened?").fill("My birthday points.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your reference")).to_be_visible()
    assert json.loads(shop.to(COMPLAINTS)[0].body)["order_id"] is None
    assert json.loads(shop.to(COMPLAINTS)[0].body)["problem"] == "missing"


def test_a_report_sent_again_after_a_failure_keeps_its_key(page: Page, shop: Storefront) -> None:
    shop.says(f"POST {COMPLAINTS}", (503, {}), (201, {"id": "c1", "status": "new", "reference": "KM-1"}))
    report_a_torn_bag(opened(page, shop))
    expect(page.get_by_role("alert")).to_contain_text("This did not work.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your reference: KM-1")).to_be_visible()
    first, second = (asked.headers["Idempotency-Key"] for asked in shop.to(COMPLAINTS))
    assert first == second


def test_a_report_with_other_words_gets_another_key(page: Page, shop: Storefront) -> None:
    problem = {"title": "Not valid", "detail": "See the fields.", "errors": {"text": ["Tell us a little more."]}}
    shop.says(f"POST {COMPLAINTS}", (422, problem), (201, {"id": "c1", "status": "new", "reference": "KM-1"}))
    report_a_torn_bag(opened(page, shop))
    expect(page.get_by_text("Tell us a little more.")).to_be_visible()
    words = page.get_by_label("What happened?")
    expect(words).to_be_focused()
    expect(words).to_have_attribute("aria-invalid", "true")
    words.fill("The bag was torn and half the beans are gone.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your reference: KM-1")).to_be_visible()
    first, second = (asked.headers["Idempotency-Key"] for asked in shop.to(COMPLAINTS))
    assert first != second


def test_a_report_begun_is_still_there_after_closing(page: Page, shop: Storefront) -> None:
    opened(page, shop).get_by_role("button", name="Report a problem").click()
    page.get_by_label("What happened?").fill("Half a sentence")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Rewards").click()
    expect(page.get_by_label("What happened?")).to_have_value("Half a sentence")


def test_open_reports_are_listed_with_their_state(page: Page, shop: Storefront) -> None:
    mine = [{"id": "c1", "status": "open", "subject": "Order #1042", "opened_at": "2026-11-20T10:00:00Z"}]
    shop.says(f"GET {ME}", (200, ada_but(complaints=mine)))
    opened(page, shop).get_by_text("Your reports").click()
    expect(page.get_by_role("listitem").filter(has_text="Order #1042")).to_contain_text("in progress")


def test_the_keyboard_opens_moves_and_returns(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, Ada")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Rewards")).to_be_focused()


def test_a_czech_page_is_spoken_to_in_czech(page: Page, shop: Storefront) -> None:
    shop.lang = "cs"
    page.goto(shop.url)
    page.get_by_role("button", name="Odměny").click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("740 bodů")
    expect(panel).to_contain_text("Dorazí 26. 11. 2026: 38 bodů")
    assert shop.to(ME)[0].headers["Accept-Language"] == "cs"


def test_a_czech_multiplier_has_its_comma(page: Page, shop: Storefront) -> None:
    shop.lang = "cs"
    page.goto(shop.url)
    page.get_by_role("button", name="Odměny").click()
    expect(page.get_by_role("dialog")).to_contain_text("body ×1,25")


@pytest.mark.parametrize(("count", "said"), [(1, "1 bod"), (3, "3 body"), (5, "5 bodů"), (1200, "1 200 bodů")])
def test_czech_counts_its_points(page: Page, shop: Storefront, count: int, said: str) -> None:
    shop.lang = "cs"
    shop.says(f"GET {ME}", (200, ada_but(points={"available": count})))
    page.goto(shop.url)
    page.get_by_role("button", name="Odměny").click()
    expect(page.locator(".big")).to_have_text(said)


def test_a_language_without_words_is_answered_in_english(page: Page, shop: Storefront) -> None:
    shop.lang = "pt-BR"
    expect(opened(page, shop).get_by_role("dialog")).to_contain_text("740 points")


def test_a_unit_of_another_name_is_called_by_it(page: Page, shop: Storefront) -> None:
    shop.says(f"GET {PROGRAM_PATH}", (200, {**PROGRAM, "unit": "beans"}))
    expect(opened(page, shop).locator(".big")).to_have_text("740 beans")


def test_names_and_reasons_stay_text(page: Page, shop: Storefront) -> None:
    canary = "<img src=x onerror=document.title='sung'>"
    entry = {"at": "2026-11-01T00:00:00Z", "points": 1, "kind": "earn", "why": canary}
    shop.says(f"GET {ME}", (200, ada_but(customer={"name": canary}, history=[entry])))
    opened(page, shop).get_by_text("History", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text=canary)).to_be_visible()
    assert page.title() == "Kavárna Morava"


@pytest.mark.parametrize("lang", ["en", "cs"])
def test_nothing_sticks_out_at_320_pixels(page: Page, shop: Storefront, lang: str) -> None:
    shop.lang = lang
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(shop.url)
    page.locator("[part=launcher]").click()
    expect(page.locator(".card")).to_be_visible()
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true })")
    assert page.get_by_role("main").evaluate("main => main.scrollWidth <= main.clientWidth")
    page.locator("footer button").click()
    assert page.get_by_role("main").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_a_shop_paints_it_in_its_own_colour(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    page.evaluate("document.documentElement.style.setProperty('--regulars-accent', 'rgb(120, 0, 60)')")
    launcher = page.locator("[part=launcher]")
    assert launcher.evaluate("button => getComputedStyle(button).backgroundColor") == "rgb(120, 0, 60)"


def test_the_two_languages_say_the_same_things(page: Page, shop: Storefront) -> None:
    page.goto(shop.url)
    keys = page.evaluate("""async () => {
        const { texts } = await import("/storefront/texts.js");
        return Object.values(texts).map((words) => Object.keys(words).sort());
    }""")
    assert keys[0] == keys[1]
