"""The shop's own pages: a storefront with the widget, where its best customer is logged in, and the letters that came.

A server of its own, as a shop has: it alone knows the API key, and asks Regulars for the shopper's token server to server.
"""

import logging
import threading
from decimal import Decimal
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import requests
from flask import Flask, Response, abort, jsonify, render_template
from werkzeug.serving import BaseWSGIServer, make_server

from regulars.demo.catalogue import COFFEES, LAUNCHED_TODAY, Product
from regulars.demo.mailbox import Mailbox
from regulars.demo.people import featured_customer
from regulars.demo.shop import SHOP

_ASK_SECONDS = 10


class Pages:
    """The pages of Kavárna Morava in a thread of this process."""

    def __init__(self, regulars: str, api_key: str, mailbox: Mailbox, port: int) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # its access log would tear the progress bar
        self._server: BaseWSGIServer = make_server("127.0.0.1", port, _app(regulars, api_key, mailbox), threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-pages", daemon=True)

    @property
    def address(self) -> str:
        """Where they are."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no longer."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _app(regulars: str, api_key: str, mailbox: Mailbox) -> Flask:
    app = Flask("regulars.demo.page", root_path=str(Path(__file__).parent), static_url_path="/look")
    coffees = [_card(product) for product in (LAUNCHED_TODAY, *COFFEES[:5])]
    values = {"shop": SHOP, "who": featured_customer, "regulars": regulars}
    app.context_processor(lambda: values)
    app.after_request(partial(_guard, regulars))
    app.add_url_rule("/", "shop", lambda: render_template("shop.html", coffees=coffees))
    app.add_url_rule("/token", "token", lambda: _token(regulars, api_key))
    app.add_url_rule("/mails", "mails", lambda: render_template("mails.html", letters=mailbox.letters))
    app.add_url_rule("/mails/<int:number>", "mail", lambda number: _letter(mailbox, number))
    app.add_url_rule("/mails/<int:number>/html", "html", lambda number: _html(mailbox, number))
    return app


def _card(product: Product) -> dict[str, str]:
    price = Decimal(product.variants[0].price_minor) / 100
    return {"title": product.title, "price": f"€{price:.2f}", "notes": " · ".join(product.tags)}


def _guard(regulars: str, answer: Response) -> Response:
    """A shop with a strict policy: the widget works under it, with its own origin named."""
    policy = f"default-src 'self'; script-src {regulars}; connect-src 'self' {regulars}; base-uri 'none'"
    answer.headers.setdefault("Content-Security-Policy", policy)
    return answer


def _token(regulars: str, api_key: str) -> Response:
    """A token for the shopper who is logged in; a real shop looks at its own session first."""
    who = {"id": str(featured_customer.id), "email": featured_customer.email}
    answer = requests.post(
        f"{regulars}/api/v1/shops/{SHOP.key}/customer-tokens", json={"customer": who},
        headers={"Authorization": f"Bearer {api_key}"}, timeout=_ASK_SECONDS,
    )  # fmt: skip
    answer.raise_for_status()
    told = jsonify(answer.json())
    told.headers["Cache-Control"] = "no-store"
    return told


def _find(mailbox: Mailbox, number: int) -> EmailMessage:
    if not 0 <= number < len(mailbox.letters):
        abort(404)
    return mailbox.letters[number]


def _letter(mailbox: Mailbox, number: int) -> str:
    letter = _find(mailbox, number)
    return render_template("mail.html", letter=letter, number=number, text=_part(letter, "plain"))


def _html(mailbox: Mailbox, number: int) -> Response:
    answer = Response(_part(_find(mailbox, number), "html"), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return answer


def _part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    return str(body.get_content()) if body else ""
