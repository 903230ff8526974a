"""The list of customers and the dossier: what an agent reads there."""

import re

import pytest
from markupsafe import escape

from tests.admin.house import PAYLOADS, Desk, House, desk_of, furnish
from tests.world import World, WorldShop


def text_of(page: str) -> str:
    """What one reads on a page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def found(desk: Desk, house: House, query: str) -> list[str]:
    """The first names on the list, in its order."""
    return re.findall(r'customers/\w{26}">(\w+) ', desk.text(house.path(f"customers/?{query}")))


def test_ada_is_found_by_what_one_knows_of_her(world: World, house: House) -> None:
    desk = desk_of(world, "analyst")
    queries = ["q=NOV", "q=ada@shop", "q=1001", f"q={house.ids['customer_id']}", "stage=retain", "tier=Silver"]
    assert {query: found(desk, house, query) for query in queries} == {query: ["Ada"] for query in queries}


def test_nobody_is_found_where_nobody_fits(world: World, house: House) -> None:
    desk = desk_of(world, "analyst")
    queries = ["q=100", "q=%25", "q=_", "stage=advocate", "tier=Gold", "q=zzz", "activity=lapsed", "page=2"]
    assert {query: found(desk, house, query) for query in queries} == {query: [] for query in queries}


def test_the_list_is_in_the_order_one_asked_for(world: World, house: House) -> None:
    desk = desk_of(world, "analyst")
    assert found(desk, house, "sort=name") == ["Ada", "Ben", "Eva"]
    assert found(desk, house, "sort=spent") == ["Ada", "Eva", "Ben"]
    assert found(desk, house, "sort=last_order") == found(desk, house, "sort=drop table") == ["Eva", "Ada", "Ben"]


def test_an_odd_page_is_the_first_one_and_never_an_error(world: World, house: House) -> None:
    desk = desk_of(world, "analyst")
    assert {len(found(desk, house, f"page={odd}")) for odd in ("0", "-1", "x", "9" * 20, "٣")} == {3}


def test_the_dossier_tells_everything(world: World, house: House) -> None:
    page = text_of(desk_of(world, "analyst").text(house.path(f"customers/{house.ids['customer_id']}")))
    words = [
        "Ada Nováková", "ada@shop.example", "Marketing agreed", "Shop's id 1001", "Ethiopia Guji, 250 g", "−1 returned",
        "€4.50 paid back", "points for your review of what you bought", "It lasts.", "of order #1042",
        "No tier → Silver", "earned enough points", "No. 1",
    ]  # fmt: skip
    assert [word for word in words if word not in page] == []


def test_what_an_order_without_points_is_lacking_is_said(world: World, house: House) -> None:
    desk = desk_of(world, "analyst")
    ben = re.findall(r'customers/(\w{26})">Ben', desk.text(house.path("customers/")))[0]
    assert "it was cancelled before it earned" in desk.text(house.path(f"customers/{ben}"))


def test_the_first_page_counts(world: World, house: House) -> None:
    page = text_of(desk_of(world, "lead").text(house.path()))
    assert "Orders today 1 €124.00" in page
    assert "Open complaints 1 1 new" in page
    assert "Dead letters 2 waiting for a person" in page
    assert "Acquire 1 33 %" in page


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_others_wrote_is_shown_and_never_obeyed(world: World, shop: WorldShop) -> None:
    canary = " ".join(PAYLOADS)
    house = furnish(world, shop, canary)
    desk = desk_of(world, "owner")
    for path in (f"customers/{house.ids['customer_id']}", f"complaints/{house.ids['complaint_id']}", "customers/"):
        page = desk.text(house.path(path))
        assert str(escape(canary)) in page
        assert not [payload for payload in PAYLOADS if str(escape(payload)) != payload and payload in page]
