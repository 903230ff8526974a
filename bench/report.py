"""The table on the terminal, and docs/speed.md."""

from collections.abc import Sequence

from bench.rows import Row

_HEAD = ["measure", "yardstick", "tuned rung", "ours", "ratio", "to tuned", "wanted", "reached"]

_SIDES = """\
## What is compared

- **Ours**: `regulars web` (granian), `regulars worker` and a Valkey as the Procfile and the settings' defaults have them; one shop, its Shopify source, a
  program with a hold of 14 days. Nothing is switched on that a user would not have.
- **The yardstick**: an ordinary stack with the same effect, in `bench/yardstick/`. Flask, Flask-SQLAlchemy's ORM, a full marshmallow schema made once,
  gunicorn with two sync workers; the whole order inside the request and in one commit; one RQ job per follow-up, run by a SimpleWorker.
  Where orders are done on PostgreSQL every side has two web and two worker processes, on SQLite one of each (the yardstick's gunicorn always two).
- **The tuned rung**: the same effect per request by granian, msgspec and SQLAlchemy Core with upserts; follow-ups as the yardstick's.
- PostgreSQL makes every commit durable (`fsync` and `synchronous_commit` on). SQLite is in WAL: FULL for ours, NORMAL for the others, which favours them.
- Orders are whole Shopify documents of 10 kB, signed, from 100,000 customers at random; `wrk` sends them, written beforehand.

"""

_CAUTIONS = """\
## Read with care

- Read the **ratios**, not the figures: one small shared machine ran the load, the servers, the database and the queue at once. Both sides of a
  ratio were measured in the same run, in turn, round after round, and the median is shown.
- The yardstick was written for this comparison (`bench/yardstick/`, whose first page says what it does and what it leaves out). It is ordinary on
  purpose, not bad on purpose: one commit a request, every lookup with its index, schemas made once. Who quotes a ratio quotes the tuned rung beside it.
- The two sides do not do the same work around an order. Ours encrypts bodies, chains the ledger, keeps shops apart and takes refunds and any order of
  arrival; the yardstick does none of it. Ours answers when the order is kept and does it a moment later in batches; the yardstick answers when it is done.
  So "kept and answered" compares promises to the sender, and "wholly done" compares the work.
- No mail server is set on either side: the follow-up is the decision on the thank-you letter, which then says that it was not sent and why.
- PostgreSQL's statistics are taken after each side's warm-up (ANALYZE), as its autovacuum does within a minute of real life.
- A side that loses an order, counts other points than the documents say, or does not verify ends the measure with an error instead of a figure.
- Not measured: networks, TLS, several machines, years of data in every table.
"""

_COMMANDS = """\
## How

```
make bench                          # everything, and this page; about an hour
make bench ARGS=--quick             # the same with small sizes, only the table
make bench ARGS="orders me"         # some measures: {names}
make bench ARGS="--help"
```
"""


def table(rows: Sequence[Row]) -> str:
    """All rows as a Markdown table with even columns."""
    cells = [_HEAD, *[row.cells() for row in rows]]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    lines = [_line(line, widths) for line in cells]
    rule = ["-" * widths[0], *["-" * (width - 1) + ":" for width in widths[1:]]]
    return "\n".join([lines[0], _line(rule, widths), *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if not column else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def page(
    rows: Sequence[Row], failures: Sequence[str], machine: Sequence[str], names: Sequence[str], *, minutes: float, quick: bool
) -> str:  # fmt: skip
    """docs/speed.md."""
    notes = [f"- **{row.what}.** {row.note}" for row in rows if row.note]
    failed = ["Not measured, because it failed:", "", *[f"- {one}" for one in failures], ""] if failures else []
    sizes = "small sizes and one round: a look, not a measurement" if quick else "full sizes"
    parts = [
        "# Speed", "",
        f"Written by `make bench`; {sizes}. The run took {minutes:.0f} minutes on this machine:", "",
        *[f"- {line}" for line in machine], "",
        table(rows), "", *failed,
        _SIDES, "## Where the time goes", "", *notes, "", _CAUTIONS, _COMMANDS.format(names=", ".join(names)),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"
