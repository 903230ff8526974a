"""C067: whatever a shopper, a shop or an agent writes stays text: in the widget, on the admin's pages and in the mails.

Each payload is somebody's name, order, line, product, review, complaint, answer and note. Where it ran, `canary` would be
set; where our policy had to stop it, the page's own fixture fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from regulars import complaints, pipeline, shops
from regulars.facts import CustomerRef, ProductSeen, ReviewSeen, ReviewStatus
from regulars.storefront import issue_token
from tests.admin.house import PASSWORD, hire
from tests.browser.served import served
from tests.browser.storefront import CSP
from tests.servers import SmtpSink
from tests.world import World, WorldShop

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]

PAYLOADS = [
    "<img src=x onerror='canary=1'>",
    '"><svg onload=canary=1>',
    "</script><script>canary=1</script>",
    "</title></textarea></style><script>canary=1</script>",
    "' autofocus onfocus='canary=1' x='",
    "javascript:canary=1",
    "<a href=javascript:canary=1>a</a>",
    "<iframe srcdoc='<script>parent.canary=1</script>'></iframe>",
    "<!--><script>canary=1</script>-->",
    "<math><mtext><img src=x onerror=canary=1>",
    "{{7*7}}{% assign x = 1 %}${canary=1}",
    "&lt;img src=x onerror=canary=1&gt;\u202egnp",
]
PAGE = """<!doctype html><html lang="en"><title>Shop</title><script src="/storefront/widget.js" defer></script>
<regulars-widget shop="alpha"></regulars-widget>"""
SANG = "'canary' in window"
#: Those that sing by themselves on a page that escapes nothing.
LOUD = [words for words in PAYLOADS if "<" in words and "href" not in words]


@dataclass(frozen=True, slots=True)
class Victim:
    """A customer who is called as the payload says, and what hangs on them."""

    words: str
    email: str
    customer_id: str
    complaint_id: str
    token: str


@pytest.fixture
def settings(smtp_sink: SmtpSink) -> dict[str, Any]:
    return {"REGULARS_SMTP_URL": smtp_sink.url, "REGULARS_MAIL_FROM": "hello@kavarna.example"}


@pytest.fixture
def shop(world: World) -> WorldShop:
    """Alpha, whose own name is no better."""
    return world.shop(name=f"Alpha {PAYLOADS[0]}")


@pytest.fixture
def victims(shop: WorldShop) -> list[Victim]:
    victims = [_befall(shop, f"victim{'i' * number}", words) for number, words in enumerate(PAYLOADS)]
    shop.world.works()
    return victims


def _befall(shop: WorldShop, who: str, words: str) -> Victim:
    person = shop.customer(who) | {"first_name": words, "last_name": ""}
    order = shop.customer_pays(who, {"title": words}, name=words, customer=person)
    now, product_id = shop.world.clock.moment, str(order["line_items"][0]["product_id"])
    agent = complaints.Agent("staff-eva", "agent", words, "eva@staff.example")

    def write(session: Session) -> Victim:
        ours, customer_id = shops.get_shop(session, shop.id), shop.id_of(who)
        ref = CustomerRef(str(person["id"]))
        review = ReviewSeen("judgeme", who, now, ReviewStatus.APPROVED, 5, product_id, ref, words, words)
        pipeline.apply(session, ours, [ProductSeen(product_id, words, now), review], now)
        case = complaints.open_complaint(
            session, shop.id, customer_id, str(order["id"]), "damaged", words, f"report-{who}", now
        )
        complaints.answer(session, shop.id, case.id, agent, words, now)
        complaints.note(session, shop.id, case.id, agent, words, now)
        return Victim(words, person["email"], customer_id, case.id, issue_token(ours, customer_id, now)[0])

    return shop.world.writes(write)


@pytest.fixture
def address(world: World, victims: list[Victim]) -> Iterator[str]:
    with served(world.app) as address:
        yield address


@pytest.mark.parametrize("words", LOUD)
def test_the_canary_would_be_heard(browser: Browser, words: str, database_kind: str) -> None:
    careless = browser.new_page()
    careless.set_content(f"<p>{words}</p>")
    careless.wait_for_function(SANG, timeout=5000)
    careless.close()


def test_in_the_widget(page: Page, address: str, victims: list[Victim]) -> None:
    page.route(
        "**/shop",
        lambda route: route.fulfill(content_type="text/html", body=PAGE, headers={"Content-Security-Policy": CSP}),
    )
    for victim in victims:
        page.goto(f"{address}/shop")
        page.locator("regulars-widget").evaluate("(one, token) => { one.token = async () => token }", victim.token)
        page.locator("[part=launcher]").click()
        expect(page.get_by_role("heading", level=2)).to_contain_text(victim.words)
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true })")
        expect(page.get_by_text("Your reports")).to_be_visible()
        page.locator("footer button").click()
        expect(page.locator("fieldset")).to_contain_text(f"1 × {victim.words}")
        assert not page.evaluate(SANG), victim.words


def test_on_the_pages_of_the_admin(page: Page, world: World, address: str, victims: list[Victim]) -> None:
    page.goto(f"{address}/admin/login")
    page.fill("[name=email]", hire(world, "owner"))
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/shops/alpha/")
    rooms = ["", "customers/", "complaints/", "inbox/", "work/", "dead-letters/"]
    dossiers = [f"customers/{victim.customer_id}" for victim in victims]
    cases = [f"complaints/{victim.complaint_id}" for victim in victims]
    for path in (*rooms, *dossiers, *cases):
        page.goto(f"{address}/admin/shops/alpha/{path}")
        assert not page.evaluate(SANG), path
    expect(page.locator(".thread")).to_contain_text(PAYLOADS[-1])


def test_in_the_mails(browser: Browser, victims: list[Victim], smtp_sink: SmtpSink) -> None:
    reader = browser.new_page()  # a mail has no policy that would hold it back
    for victim in victims:
        mails = smtp_sink.to(victim.email)
        assert len(mails) == 3, [mail["Subject"] for mail in mails]  # thanked, received, answered
        for mail in mails:
            html = mail.get_body(("html",))
            assert html is not None
            reader.set_content(html.get_content(), wait_until="load")
            assert victim.words in reader.locator("body").inner_text()
            assert not reader.evaluate(SANG), (mail["Subject"], victim.words)
    reader.close()
