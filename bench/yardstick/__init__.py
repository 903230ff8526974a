"""The yardstick: an honest ordinary stack with the same effect, written for this comparison as a good engineer would.

One Flask app with Flask-SQLAlchemy's ORM, gunicorn with two sync workers, a full marshmallow schema of Shopify's order
made once at import. The whole order is done inside the request and in one commit: the signature, the raw event under its
delivery id, the customer, the order and its lines, the ledger entry with its idempotency key, the lot, the account's
balance, the lifecycle stage. Then one RQ job is enqueued for the follow-up, and an RQ SimpleWorker runs it. Every lookup
has its index, nothing is read twice, SQLite runs in WAL with BEGIN IMMEDIATE for writers.

What it does not do, and ours does: encrypt bodies, chain and sign the ledger, keep several shops apart, take documents in
any order, refunds, tiers, expiry, leases and dead letters. It is the smaller program, and that is to its advantage.

`tuned` is the same effect per request as a specialist would write it: granian, msgspec, SQLAlchemy Core with upserts.
"""
