"""The yardstick as a Flask app: the webhook, the widget's answer, and a hello that does nothing."""

import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime

import redis
from flask import Flask, Response, abort, current_app, jsonify, request
from rq import Queue

from bench.yardstick import widget
from bench.yardstick.jobs import thank
from bench.yardstick.models import db, prepare_sqlite
from bench.yardstick.schemas import ORDER
from bench.yardstick.service import from_shopify, keep_event, record

_LARGEST_BYTES = 5 * 1024 * 1024


def create_app() -> Flask:
    """The app on the database, the queue and the secret that the environment names."""
    app = Flask("yardstick")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["YARDSTICK_DATABASE_URL"]
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BYTES
    app.config["SECRET"] = os.environ["YARDSTICK_SECRET"]
    app.config["QUEUE"] = Queue("yardstick", connection=redis.Redis.from_url(os.environ["YARDSTICK_REDIS_URL"]))
    db.init_app(app)
    with app.app_context():
        prepare_sqlite(db.engine)
    app.add_url_rule("/webhooks/shopify", view_func=receive, methods=["POST"])
    app.add_url_rule("/me", view_func=widget.me)
    app.add_url_rule("/healthz", endpoint="healthz", view_func=lambda: "good")
    return app


def receive() -> Response:
    """One order: verified, done, committed; then its follow-up is enqueued."""
    body = request.get_data()
    check(body, request.headers.get("X-Shopify-Hmac-Sha256", ""))
    document = ORDER.loads(body)
    now = datetime.now(UTC)
    kept = keep_event(
        db.session(), request.headers["X-Shopify-Webhook-Id"], request.headers["X-Shopify-Topic"], body, now
    )
    first = record(db.session(), from_shopify(document), now) if kept else None
    db.session.commit()
    if first is not None:
        follow_up(first)
    return jsonify(kept=True)


def check(body: bytes, signature: str) -> None:
    """401 unless our shop signed it."""
    secret: str = current_app.config["SECRET"]
    good = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(good.encode(), signature.encode()):
        abort(401)


def follow_up(order_id: int) -> None:
    """One RQ job."""
    queue: Queue = current_app.config["QUEUE"]
    queue.enqueue(thank, order_id, result_ttl=0)
