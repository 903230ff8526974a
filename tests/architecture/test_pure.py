"""What decides is pure: values in, values out. No database, no request, no clock, no chance."""

import sys

import pytest

from tests.architecture.source import Module, imports, modules

#: Names that say "I touch the world"; a module with any other name inside a capability's folder decides, and is pure.
EDGES = {"__init__", "models", "schemas", "service", "queries", "routes", "gateway", "cli", "tables"}

#: The modules at the root of the plugin. `pure` ones may be imported by whoever decides; the others say why they are not.
ROOT_MODULES = {
    "regulars.values": "pure",
    "regulars.facts": "pure",
    "regulars.errors": "pure",
    "regulars.__init__": "the face of the package",
    "regulars.__main__": "python -m regulars",
    "regulars.backing_up": "copies files of the database",
    "regulars.bulk": "writes many rows",
    "regulars.cli": "the command line",
    "regulars.clock": "asks the time",
    "regulars.db": "the database",
    "regulars.commands": "the table of commands",
    "regulars.copying": "writes rows by COPY",
    "regulars.database_cli": "commands",
    "regulars.door": "answers a web server",
    "regulars.extension": "meets the host's app",
    "regulars.gauges": "measures everything that runs",
    "regulars.group_commit": "brings the threads of one process together",
    "regulars.health": "answers for everything that runs",
    "regulars.keys": "reads and derives keys",
    "regulars.logs": "configures logging in the standalone app",
    "regulars.metrics": "counts for Prometheus",
    "regulars.metrics_server": "answers /metrics in worker and clock",
    "regulars.migrating": "drives Alembic",
    "regulars.models": "gathers the tables",
    "regulars.nightwork": "handlers of periodic work",
    "regulars.pipeline": "loads, plans and writes an order's way",
    "regulars.points": "moves points with what belongs to them, and commits for those who redeem together",
    "regulars.problems": "answers errors over HTTP",
    "regulars.recent": "measures how long an answer is good",
    "regulars.runtime": "what one app holds while it runs",
    "regulars.settings": "reads the environment",
    "regulars.signals": "the host's listeners",
    "regulars.single_reads": "asks the database's driver",
    "regulars.standalone": "puts the house together",
    "regulars.verifying": "reads everything to check it",
    "regulars.vitals": "reads how everything is from its rows",
}

#: Modules inside a folder that are not pure although their name is none of EDGES, each with its reason.
EXCEPTIONS: dict[str, str] = {
    "regulars.ledger.proving": "reads a whole ledger to check and to seal it",
    "regulars.lifecycle.sweeping": "the nightly look at everybody",
    "regulars_webhooks.imports.applying": "applies a file, in processes of its own",
    "regulars_webhooks.imports.checking": "reads a file, in processes of its own",
    "regulars_webhooks.imports.parallel": "starts those processes",
    "regulars_webhooks.imports.spool": "keeps on disk what is checked",
    "regulars.messaging.letters": "renders Liquid from the package's own template files",
}

#: Whole folders that are edges by nature.
EDGE_FOLDERS = {
    "regulars.doctoring": "looks at everything that runs",
    "regulars.demo": "a shop that sends webhooks and a supervisor around it",
    "regulars.embedded": "starts and stops processes on a folder of files",
    "regulars.migrations": "changes the database",
    "regulars.outbound": "speaks HTTP to the outside",
    "regulars.work": "the runner: claims rows, rings Redis, keeps leases",
}

#: What a pure module may touch all the same, each with its reason.
LEAVES = {("regulars.values", "os"): "urandom makes the public ids"}

#: Decoding is values in, values out.
LIBRARIES = {"msgspec": "typed structs: decodes bytes, touches nothing"}

#: The part of the standard library that touches the world.
WORLDLY = {
    "asyncio", "ftplib", "glob", "http", "imaplib", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
    "select", "selectors", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile",
    "threading", "time", "urllib.request",
}  # fmt: skip


def must_be_pure(name: str) -> bool:
    """Whether the place and the name of a module promise that it only decides."""
    parts = name.split(".")
    if name in ROOT_MODULES:
        return ROOT_MODULES[name] == "pure"
    in_a_folder = len(parts) >= 3 and parts[-1] not in EDGES
    return in_a_folder and name not in EXCEPTIONS and not any(name.startswith(f"{folder}.") for folder in EDGE_FOLDERS)


def impurities(module: Module, known: dict[str, Module]) -> list[str]:
    """What a module reaches, itself or through modules of ours, that a decision must not touch."""
    seen: set[str] = set()
    todo = [(module, "")]
    found = []
    while todo:
        current, through = todo.pop()
        for name in sorted(imports(current)):
            ours = known.get(name) or known.get(f"{name}.__init__")
            if ours is None and not _harmless(name) and (current.name, name) not in LEAVES:
                found.append(f"{module.name} imports {name}{through}")
            if ours is not None and ours.name not in seen:
                seen.add(ours.name)
                todo.append((ours, f" through {ours.name}"))
    return found


def _harmless(name: str) -> bool:
    first = name.partition(".")[0]
    if any(name == worldly or name.startswith(f"{worldly}.") for worldly in WORLDLY):
        return False
    return first in sys.stdlib_module_names or first in LIBRARIES or first in {"regulars", "regulars_webhooks"}


def test_what_decides_touches_nothing() -> None:
    known = {module.name: module for module in modules()}
    found = [line for module in known.values() if must_be_pure(module.name) for line in impurities(module, known)]
    assert found == []


def test_every_module_at_the_root_of_the_plugin_says_what_it_is() -> None:
    at_the_root = {
        module.name for module in modules() if module.name.count(".") == 1 and module.name.startswith("regulars.")
    }
    assert at_the_root - ROOT_MODULES.keys() == set()


def test_no_exception_outlives_its_module() -> None:
    assert EXCEPTIONS.keys() - {module.name for module in modules()} == set()


@pytest.mark.parametrize(
    "line", ["import flask", "from sqlalchemy import select", "import os", "from urllib import request"]
)
def test_a_decision_that_reaches_out_is_found(line: str) -> None:
    earning = Module("regulars.program.earning", line)
    assert must_be_pure(earning.name)
    assert impurities(earning, {earning.name: earning})


def test_a_decision_that_reaches_out_through_a_neighbour_is_found() -> None:
    earning = Module("regulars.program.earning", "from regulars.program import service")
    service = Module("regulars.program.service", "import sqlalchemy")
    assert impurities(earning, {module.name: module for module in (earning, service)}) == [
        "regulars.program.earning imports sqlalchemy through regulars.program.service"
    ]


def test_a_decision_may_calculate() -> None:
    earning = Module("regulars.program.earning", "from decimal import Decimal\nfrom regulars.values import Money")
    assert impurities(earning, {earning.name: earning}) == []
