"""A look is one statement on a connection of the pool: of one shop, on what is committed, also after the server went away."""

from operator import methodcaller

import pytest
from flask import Flask
from sqlalchemy import Engine, QueuePool, create_engine, update

from regulars.customers import CustomerPii
from regulars.db import for_single_reads, keeps_to_one_shop
from regulars.single_reads import Lending, Question
from regulars.storefront.tables import glance, whole
from tests.servers import PostgresServer
from tests.storefront.conftest import Arrives, Shopper
from tests.world import WorldShop

_END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


@pytest.fixture
def ada(shop: WorldShop, arrives: Arrives) -> Shopper:
    shop.customer_pays("ada")
    return arrives(shop, "ada")


def test_what_a_look_asks_is_about_one_shop(app: Flask) -> None:
    with app.app_context():
        lending = Lending(for_single_reads())
        texts = [Question(lending, form).text for form in (glance, whole)]
    for text in texts:
        assert "regulars_customers" in text
        assert keeps_to_one_shop(text)
        assert text.count("shop_id = ") >= text.count("FROM regulars_") + text.count("JOIN regulars_")


def test_each_look_sees_what_was_committed_last(shop: WorldShop, ada: Shopper) -> None:
    for name in ("Ada", "Ada Lovelace", "A. L."):
        renamed = update(CustomerPii).where(CustomerPii.shop_id == shop.id).values(name=name)
        shop.world.writes(methodcaller("execute", renamed))
        assert ada.asks("me").get_json()["customer"]["name"] == name


def test_what_a_look_borrowed_writes_in_transactions_afterwards(app: Flask, shop: WorldShop, ada: Shopper) -> None:
    """The next borrower of the connection rolls back, and nothing stays."""
    assert ada.asks("me").status_code == 200
    renamed = update(CustomerPii).where(CustomerPii.shop_id == shop.id).values(name="Mallory")
    with app.app_context(), app.extensions["sqlalchemy"].engine.connect() as connection:
        connection.execute(renamed)
        connection.rollback()
    assert ada.asks("me").get_json()["customer"]["name"] != "Mallory"


def test_a_look_is_answered_though_the_server_ended_every_connection(
    app: Flask, ada: Shopper, request: pytest.FixtureRequest
) -> None:
    engine, server = _on_a_server(app, request)
    assert ada.asks("me").status_code == 200
    borrowed = [engine.connect() for _ in range(4)]
    for connection in borrowed:
        connection.close()  # back into the pool: none of the four is good afterwards
    server.execute(_END_ALL.format(engine.url.database))
    assert [ada.asks("me").status_code for _ in range(6)] == [200] * 6


def test_without_a_database_a_look_is_refused_and_with_it_answered_again(
    app: Flask, ada: Shopper, request: pytest.FixtureRequest
) -> None:
    engine, server = _on_a_server(app, request)
    assert ada.asks("me").status_code == 200
    server.execute(f'ALTER DATABASE "{engine.url.database}" ALLOW_CONNECTIONS false')
    server.execute(_END_ALL.format(engine.url.database))
    refused = ada.asks("me")
    assert (refused.status_code, refused.content_type) == (503, "application/problem+json")
    server.execute(f'ALTER DATABASE "{engine.url.database}" ALLOW_CONNECTIONS true')
    assert ada.asks("me").status_code == 200


def _on_a_server(app: Flask, request: pytest.FixtureRequest) -> tuple[Engine, PostgresServer]:
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engine
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no server that ends connections")
    server: PostgresServer = request.getfixturevalue("postgres")
    return engine, server


def lending(app: Flask, **pool: int) -> Lending:
    """Of a pool of its own on the app's database."""
    with app.app_context():
        return Lending(create_engine(app.extensions["sqlalchemy"].engine.url, poolclass=QueuePool, **pool))


def out(lender: Lending) -> int:
    """How many connections are out of the pool."""
    pool = lender.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_a_quarter_of_the_pool_at_most_stays_out_between_looks(app: Flask) -> None:
    for size, stay in ((1, 0), (5, 1), (16, 4)):
        lender = lending(app, pool_size=size)
        lent = [lender.borrow() for _ in range(min(size, 6))]
        assert out(lender) == len(lent)
        for one in lent:
            lender.give_back(one)
        assert out(lender) == stay
        lender.engine.dispose()


def test_what_was_out_for_a_minute_goes_back(app: Flask) -> None:
    lender = lending(app, pool_size=4)
    first = lender.borrow()
    lender.give_back(first)
    assert lender.borrow() is first
    first.until = 0.0
    lender.give_back(first)
    again = lender.borrow()
    assert again is not first
    assert out(lender) == 1
    lender.give_back(again)
    lender.engine.dispose()


def test_what_goes_back_commits_as_it_did_before(app: Flask) -> None:
    lender = lending(app, pool_size=1)
    lender.give_back(lender.borrow())
    with lender.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
        driver = connection.connection.dbapi_connection
        assert getattr(driver, "autocommit", False) is not True
    lender.engine.dispose()


def test_a_pool_that_was_disposed_of_lends_nothing_more(app: Flask) -> None:
    lender = lending(app, pool_size=4)
    lent = lender.borrow()
    lender.give_back(lent)
    lender.engine.dispose()
    assert lender.borrow() is not lent
    assert lent.borrowed.dbapi_connection is None
    lender.engine.dispose()


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_psycopg_says_the_same_with_its_cursors_and_below_them(app: Flask, shop: WorldShop) -> None:
    shop.customer_pays("ada")
    lender = lending(app, pool_size=4)
    given = {"shop_id": shop.id, "customer_id": shop.id_of("ada"), "unit": "points"}
    answers = []
    for threshold in (5, None):
        lent = lender.borrow()
        lent.cursor.connection.prepare_threshold = threshold
        lender.give_back(lent)
        answers += [tuple(Question(lender, form).ask(given)) for form in (glance, whole)]
    assert answers[:2] == answers[2:]
    lender.engine.dispose()


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_a_look_is_answered_though_its_connection_forgot_the_statement(app: Flask, shop: WorldShop) -> None:
    shop.customer_pays("ada")
    lender = lending(app, pool_size=4)
    given = {"shop_id": shop.id, "customer_id": shop.id_of("ada"), "unit": "points"}
    question = Question(lender, glance)
    before = question.ask(given)
    lent = lender.borrow()
    lent.cursor.execute("DEALLOCATE ALL")
    lender.give_back(lent)
    assert tuple(question.ask(given)) == tuple(before)
    lender.engine.dispose()
