"""What everybody may see of the program, and the widget's own scripts."""

from regulars.storefront.routes import _STATIC
from tests.world import World, WorldShop


def test_the_program_is_told_to_everybody(shop: WorldShop) -> None:
    answer = shop.world.client.get("/storefront/alpha/program")
    assert answer.get_json() == {
        "unit": "points",
        "earn": [
            {"kind": "order", "points_per_unit": "1", "currency": "EUR"},
            {"kind": "review", "points": 50},
        ],
        "rewards": [{"id": "five-off", "name": "5 off", "cost": 500, "kind": "amount_off", "value": "5.00"}],
        "tiers": [
            {"name": "Silver", "at": 500, "multiplier": "1", "perks": []},
            {"name": "Gold", "at": 2000, "multiplier": "1.25", "perks": ["free_shipping"]},
        ],
    }


def test_it_may_be_kept_for_a_minute_and_is_compared_by_its_etag(shop: WorldShop) -> None:
    first = shop.world.client.get("/storefront/alpha/program")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    again = shop.world.client.get("/storefront/alpha/program", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_shop_we_do_not_know_is_not_found(world: World) -> None:
    answer = world.client.get("/storefront/nowhere/program")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.get_json()["code"] == "not_found"


def test_every_script_of_the_widget_is_served_to_every_page(world: World) -> None:
    names = [path.name for path in _STATIC.glob("*.js")]
    assert "widget.js" in names
    for name in names:
        answer = world.client.get(f"/storefront/{name}", headers={"Origin": "https://any.example"})
        assert answer.data == (_STATIC / name).read_bytes()
        assert answer.content_type == "text/javascript; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert (
            world.client.get(f"/storefront/{name}", headers={"If-None-Match": answer.headers["ETag"]}).status_code
            == 304
        )


def test_nothing_but_the_scripts_is_served(world: World) -> None:
    assert world.client.get("/storefront/secrets.js").status_code == 404
    assert world.client.get("/storefront/..%2Froutes.js").status_code == 404
