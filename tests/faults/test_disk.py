"""A full disk: deliveries are refused, never half kept; when there is space again, everything goes on."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.databases import SqliteDatabases
from tests.faults.conftest import OpenTown
from tests.faults.servers import DurablePostgres, SmallDisk
from tests.faults.town import KEPT, Desk
from tests.servers import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(240)]

_random = Random(3)


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    """A disk of a few MiB."""
    made = SmallDisk(request.param)
    try:
        if not made.works:
            pytest.skip("NO SMALL DISK: only root may mount one, so a full disk was not looked at")
        yield made
    finally:
        made.unmount()


def bulky(desk: Desk, number: int) -> None:
    """An order with a note that cannot be compressed, so that it needs new pages wherever it is kept."""
    order = desk.order(number)
    order["note"] = _random.randbytes(8_000).hex()
    desk.delivers(number, order)


def refuses_on_a_full_disk_and_goes_on(desk: Desk, disk: SmallDisk) -> None:
    """The same on every database: 200 means a row, a refusal is counted and logged, space heals."""
    town = desk.town
    town.serves()
    bulky(desk, 1000)
    disk.fill()
    for number in range(1001, 1100):
        bulky(desk, number)
        if desk.statuses[503] > 9:
            break
    assert desk.statuses[503] > 9, "it never became full"
    assert desk.kept_rows() == set(desk.numbers(KEPT))
    assert town.metric("regulars_events_not_kept_total") == desk.statuses[503]
    assert "not_kept" in town.says("web")
    assert town.page("/healthz").status_code == 200
    disk.empty()
    town.works()
    desk.sends_the_rest_again()
    desk.becomes_quiet()
    desk.has_lost_and_doubled_nothing()
    assert len(desk.earned()) == len(desk.told)


@pytest.mark.parametrize("disk", [12], indirect=True)
def test_the_disk_of_sqlite_is_full(
    open_town: OpenTown, disk: SmallDisk, tmp_path_factory: pytest.TempPathFactory, queue: ValkeyServer
) -> None:
    """503 and no row while SQLite cannot write; nothing is damaged."""
    url = SqliteDatabases(tmp_path_factory.mktemp("template")).create(disk.folder)
    refuses_on_a_full_disk_and_goes_on(open_town(url, REGULARS_REDIS_URL=queue.url), disk)


@pytest.mark.parametrize("disk", [48], indirect=True)
def test_the_disk_of_postgres_is_full(
    open_town: OpenTown, disk: SmallDisk, cut_postgres: DurablePostgres, cut_url: str, queue: ValkeyServer
) -> None:
    """503 and no row while PostgreSQL cannot extend its tables; nothing is damaged."""
    name = cut_url.partition("@/")[2].partition("?")[0]
    cut_postgres.gives_room(disk.folder, name)
    try:
        refuses_on_a_full_disk_and_goes_on(open_town(cut_url, REGULARS_REDIS_URL=queue.url), disk)
    finally:
        cut_postgres.drop_database(name)
        cut_postgres.execute("DROP TABLESPACE small")
