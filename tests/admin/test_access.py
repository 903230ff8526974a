"""C061: every route names its permission, every role gets what its row says, and shops are apart."""

from collections.abc import Iterator

import pytest
from flask import Flask

from regulars_admin.access import PERMISSIONS, ROLES, is_public, permission_of
from tests.admin.house import Desk, House, desk_of, furnish
from tests.world import World

EVERYBODY = frozenset(ROLES)
CARERS = frozenset({"agent", "lead", "owner"})
OPERATORS = frozenset({"lead", "owner"})

#: Every route of the admin with the roles that may reach it. A new route needs a row here.
ROUTES: dict[str, frozenset[str]] = {
    "GET /admin/": EVERYBODY,
    "POST /admin/logout": EVERYBODY,
    "GET /admin/password": EVERYBODY,
    "POST /admin/password": EVERYBODY,
    "GET /admin/shops/<shop_key>/": EVERYBODY,
    "GET /admin/shops/<shop_key>/customers/": EVERYBODY,
    "GET /admin/shops/<shop_key>/customers/<customer_id>": EVERYBODY,
    "GET /admin/shops/<shop_key>/complaints/": EVERYBODY,
    "GET /admin/shops/<shop_key>/complaints/<complaint_id>": EVERYBODY,
    "POST /admin/shops/<shop_key>/complaints/<complaint_id>/answer": CARERS,
    "POST /admin/shops/<shop_key>/complaints/<complaint_id>/note": CARERS,
    "POST /admin/shops/<shop_key>/complaints/<complaint_id>/heard": CARERS,
    "POST /admin/shops/<shop_key>/complaints/<complaint_id>/grant": CARERS,
    "POST /admin/shops/<shop_key>/complaints/<complaint_id>/resolve": CARERS,
    "POST /admin/shops/<shop_key>/complaints/<complaint_id>/close": CARERS,
    "GET /admin/shops/<shop_key>/inbox/": OPERATORS,
    "GET /admin/shops/<shop_key>/inbox/<message_id>": OPERATORS,
    "GET /admin/shops/<shop_key>/inbox/<message_id>/body": frozenset({"owner"}),
    "GET /admin/shops/<shop_key>/work/": OPERATORS,
    "GET /admin/shops/<shop_key>/dead-letters/": OPERATORS,
    "POST /admin/shops/<shop_key>/dead-letters/<drain>/<row_id>/replay": OPERATORS,
    "POST /admin/shops/<shop_key>/dead-letters/<drain>/<row_id>/discard": OPERATORS,
}
#: Reached without signing in.
PUBLIC = {"GET /admin/login", "POST /admin/login", "GET /admin/static/<path:filename>"}
#: Ends the session of whoever asks, so it is asked last.
LAST = "POST /admin/logout"


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """(method and address, endpoint) of every route of the admin."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint.startswith("regulars_admin."):
                yield f"{method} {rule.rule}", rule.endpoint


def asked(desk: Desk, route: str, house: House, key: str | None = None) -> tuple[int, str]:
    """Ask for a route with this house's ids; the status and the page."""
    method, address = route.split(" ")
    ids = house.ids | {"shop_key": key or house.shop.key, "drain": "inbox", "row_id": house.ids["message_id"]}
    for name, value in ids.items():
        address = address.replace(f"<{name}>", value)
    answer = desk.get(address) if method == "GET" else desk.send(address)
    return answer.status_code, answer.text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_route_has_a_row_in_the_table(app: Flask) -> None:
    assert {route for route, _ in routes(app)} == ROUTES.keys() | PUBLIC


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_route_names_a_permission_or_is_public(app: Flask) -> None:
    named = {route: permission_of(app.view_functions[endpoint]) for route, endpoint in routes(app)}
    public = {route for route, endpoint in routes(app) if is_public(app.view_functions[endpoint])}
    assert public | {"GET /admin/static/<path:filename>"} == PUBLIC
    assert {route for route in ROUTES if named[route] not in PERMISSIONS} == set()


def test_no_role_has_a_permission_that_is_not_explained() -> None:
    assert {permission for role in ROLES.values() for permission in role} == PERMISSIONS.keys()


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_every_role_reaches_what_its_row_says_and_nothing_else(role: str, world: World, house: House) -> None:
    desk = desk_of(world, role)
    reached = {
        route for route in sorted(ROUTES, key=lambda route: route == LAST) if asked(desk, route, house)[0] != 403
    }
    assert reached == {route for route, roles in ROUTES.items() if role in roles}


@pytest.mark.parametrize("route", ["GET /admin/", "GET /admin/shops/<shop_key>/customers/<customer_id>"])
def test_nobody_sees_anything_without_signing_in(route: str, world: World, house: House) -> None:
    status, page = asked(Desk(world.app.test_client()), route, house)
    assert status == 302
    assert "Ada" not in page


def test_a_member_of_one_shop_sees_nothing_of_another(world: World, house: House) -> None:
    beta = world.shop("beta")
    furnish(world, beta)
    desk = desk_of(world, "owner", shop=beta)
    within = [route for route in ROUTES if "<shop_key>" in route]
    under_alpha = {route: asked(desk, route, house) for route in within}
    assert {status for status, _ in under_alpha.values()} == {404}
    assert not any("Nováková" in page for _, page in under_alpha.values())


def test_ids_of_one_shop_lead_nowhere_under_another(world: World, house: House) -> None:
    beta = world.shop("beta")
    furnish(world, beta)
    desk = desk_of(world, "owner", shop=beta)
    with_ids = [route for route in ROUTES if route.count("<") > 1]
    statuses = {route: asked(desk, route, house, key="beta")[0] for route in with_ids}
    assert set(statuses.values()) == {404}, statuses


def test_lists_of_one_shop_name_nobody_of_another(world: World) -> None:
    furnish(world, world.shop("alpha"), canary="KANAREK")
    beta = world.shop("beta")
    furnish(world, beta)
    desk = desk_of(world, "owner", shop=beta)
    pages = [
        desk.text(f"/admin/shops/beta/{room}")
        for room in ("", "customers/?q=KANAREK", "complaints/", "inbox/", "work/")
    ]
    assert not any("KANAREK<" in page or "Alpha" in page for page in pages)
    assert "Nobody fits" in pages[1]
