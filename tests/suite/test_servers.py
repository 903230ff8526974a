"""The suite's own ground: servers that start, answer, come back after a kill and leave nothing behind."""

import smtplib
from email.message import EmailMessage

import pytest
import redis
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.servers import PostgresServer, SmtpSink, ValkeyServer


def test_each_test_gets_a_database_nobody_has_written_to(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visitors (name TEXT)"))
    engine.dispose()


test_the_next_test_does_not_find_its_tables = test_each_test_gets_a_database_nobody_has_written_to


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        names = engine.dialect.get_table_names(connection)
    engine.dispose()
    assert names == []


def test_the_queue_starts_empty(queue_url: str) -> None:
    with redis.Redis.from_url(queue_url) as client:
        assert client.dbsize() == 0


def test_the_queue_evicts_nothing(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_valkey_that_was_killed_comes_back_with_what_it_was_told() -> None:
    server = ValkeyServer()
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.set("order", "1001")
    server.kill()
    server.start()
    with redis.Redis.from_url(server.url) as client:
        assert client.get("order") == b"1001"
    server.discard()
    assert not server.folder.exists()


@pytest.mark.postgres
def test_a_postgres_that_was_killed_comes_back() -> None:
    server = PostgresServer()
    server.start()
    server.create_database("shop")
    server.kill()
    server.start()
    server.drop_database("shop")
    server.discard()
    assert not server.folder.exists()


def test_a_letter_arrives_with_its_envelope(smtp_sink: SmtpSink) -> None:
    _send(smtp_sink, to="ada@example.com")
    (letter,) = smtp_sink.to("ada@example.com")
    assert letter["Subject"] == "Děkujeme"


def test_a_refused_recipient_gets_nothing(smtp_sink: SmtpSink) -> None:
    smtp_sink.refusals["gone@example.com"] = "550 no such user"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(smtp_sink, to="gone@example.com")
    assert smtp_sink.messages == []


@pytest.mark.browser
def test_the_browser_opens_a_page(page: Page) -> None:
    page.set_content("<h1>Kavárna Morava</h1>")
    assert page.inner_text("h1") == "Kavárna Morava"


def _send(sink: SmtpSink, *, to: str) -> None:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = "Děkujeme", "kavarna@example.com", to
    letter.set_content("Děkujeme za první objednávku.")
    with smtplib.SMTP("127.0.0.1", int(sink.url.rpartition(":")[2])) as connection:
        connection.send_message(letter)
