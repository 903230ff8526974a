"""Several apps in one process: each has its own database, key and addresses, and sees nothing of the other."""

import pytest

from regulars import runtime
from tests.databases import SqliteDatabases
from tests.host.conftest import MakeHost
from tests.world import TestClock, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def other_world(
    make_host: MakeHost,
    test_clock: TestClock,
    tmp_path_factory: pytest.TempPathFactory,
    _sqlite_databases: SqliteDatabases,
) -> World:
    """A second app of the same host's code, under other addresses."""
    url = _sqlite_databases.create(tmp_path_factory.mktemp("other"))
    prefixes = {"REGULARS_ADMIN_PREFIX": "/staff", "REGULARS_STOREFRONT_PREFIX": "/points", "REGULARS_QUEUE": "other"}
    return World(make_host(url, **prefixes), test_clock)


def test_each_app_keeps_its_own_shops_and_points(world: World, other_world: World) -> None:
    ours, theirs = world.shop("alpha"), other_world.shop("alpha")
    ours.customer_pays("ada", "10.00")
    theirs.customer_pays("ada", "99.00")
    assert (ours.points("ada"), theirs.points("ada")) == (10, 99)
    assert ours.is_clean()
    assert theirs.is_clean()


def test_a_delivery_to_one_app_is_unknown_in_the_other(world: World, other_world: World) -> None:
    shop = world.shop("alpha")
    shop.world = other_world
    assert shop.sends("orders/paid", shop.order("ada")).status_code == 404


def test_each_app_has_its_own_addresses(world: World, other_world: World) -> None:
    world.shop("alpha")
    other_world.shop("beta")
    assert world.client.get("/storefront/alpha/program").status_code == 200
    assert world.client.get("/points/alpha/program").status_code == 404
    assert other_world.client.get("/points/beta/program").status_code == 200
    assert other_world.client.get("/storefront/beta/program").status_code == 404
    assert other_world.client.get("/staff/").headers["Location"] == "/backoffice/login"


def test_each_app_has_its_own_keys_and_doorbell(world: World, other_world: World) -> None:
    one, other = runtime.of(world.app), runtime.of(other_world.app)
    assert one.keyring.key("widget") != other.keyring.key("widget")
    assert (one.doorbell.queue_name, other.doorbell.queue_name) == ("regulars", "other")
    assert one.handlers is not other.handlers
