"""Nobody commits but the edges, and nobody asks the time but the clock."""

import ast

from tests.architecture.source import Module, modules

#: Where a transaction may end, each with its reason. Everybody else is called inside one.
COMMITS = {
    "regulars.db._once": "unit_of_work: the one closure that every edge goes through",
    "regulars.migrations.env": "a migration ends its own transaction",
}

#: Where the time may be asked, each with its reason. Everybody else is told `now`.
CLOCKS = {
    "regulars.clock": "the clock",
    "regulars.db.database_now": "on SQLite the database's clock is this machine's",
    "regulars.doctoring.database.clock": "compares this machine's real clock with the database's",
    "regulars.doctoring.queue.clock": "compares this machine's real clock with the queue server's",
    "regulars.gauges._skew": "compares this machine's real clock with the database's",
}

_TIME = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "dt.datetime.now",
    "datetime.datetime.now",
}


def commits(module: Module) -> list[str]:
    """The functions of a module that end a transaction."""
    return [place for place, call in module.places(ast.Call) if _called(call).endswith(".commit")]


def questions_of_time(module: Module) -> list[str]:
    """The functions of a module that ask what time it is."""
    return [place for place, call in module.places(ast.Call) if _called(call) in _TIME]


def _called(call: ast.AST) -> str:
    return ast.unparse(call.func) if isinstance(call, ast.Call) else ""


def _outside(places: list[str], allowed: dict[str, str]) -> list[str]:
    return [place for place in places if not any(place == name or place.startswith(f"{name}.") for name in allowed)]


def test_nobody_commits_but_the_edges() -> None:
    assert _outside([place for module in modules() for place in commits(module)], COMMITS) == []


def test_nobody_asks_the_time_but_the_clock() -> None:
    assert _outside([place for module in modules() for place in questions_of_time(module)], CLOCKS) == []


def test_every_leave_is_still_used() -> None:
    places = [place for module in modules() for place in commits(module) + questions_of_time(module)]
    unused = [name for name in (COMMITS | CLOCKS) if _outside(places, {name: ""}) == places]
    assert unused == []


def test_a_service_that_commits_is_found() -> None:
    service = Module("regulars.ledger.service", "def post(session):\n    session.commit()")
    assert _outside(commits(service), COMMITS) == ["regulars.ledger.service.post"]


def test_a_rule_that_asks_the_time_is_found() -> None:
    rule = Module("regulars.ledger.lots", "def expired(lot):\n    return lot.expires_at < datetime.now(UTC)")
    assert _outside(questions_of_time(rule), CLOCKS) == ["regulars.ledger.lots.expired"]
