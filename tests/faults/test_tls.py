"""C052: forking workers on a PostgreSQL that speaks TLS: no child speaks on its parent's connection."""

import re
from collections.abc import Iterator

import pytest
import redis
from rq import Worker
from rq.serializers import JSONSerializer

from regulars.work import WorkRow
from tests.databases import PostgresDatabases
from tests.faults.app import COUNT
from tests.faults.conftest import OpenTown
from tests.faults.servers import TlsPostgres
from tests.servers import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.postgres, pytest.mark.timeout(240)]

BROKEN = re.compile(
    r"SSL error|protocol|server closed|bad record|decryption failed|OperationalError|InterfaceError", re.IGNORECASE
)


@pytest.fixture
def tls_postgres() -> Iterator[TlsPostgres]:
    server = TlsPostgres()
    try:
        if not server.speaks_tls():
            pytest.skip("NO TLS in this PostgreSQL (Debian's has it, the wheel's has not): C052 was not looked at")
        server.start()
        yield server
    finally:
        server.discard()


def test_c052_a_thousand_rows_through_forks_over_tls(
    open_town: OpenTown, tls_postgres: TlsPostgres, queue: ValkeyServer
) -> None:
    """C052: the parent has used its engine before it forks; 1,000 rows in many children; 0 broken connections."""
    url = PostgresDatabases(tls_postgres).create()
    with pytest.raises(Exception, match=r"no pg_hba\.conf entry"):
        tls_postgres.asks(url.replace("sslmode=require", "sslmode=disable"))
    assert tls_postgres.asks(url) is True
    desk = open_town(url, REGULARS_REDIS_URL=queue.url, REGULARS_DRAIN_BATCH="25", REGULARS_DRAIN_SECONDS="0.1")
    desk.town.works("forking", "--forking")
    for start in range(0, 1000, 50):
        desk.adds(COUNT, range(start, start + 50))
    desk.becomes_quiet(WorkRow)
    assert desk.counted() == dict.fromkeys(range(1000), 1)
    with redis.Redis.from_url(queue.url) as client:
        (forking,) = Worker.all(connection=client, serializer=JSONSerializer)
        assert forking.successful_job_count >= 5, "hardly anything was forked"
    assert not BROKEN.search(desk.town.says("forking"))
    assert not BROKEN.search(tls_postgres.log.read_text())
