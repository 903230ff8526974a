"""Every command of the plugin, as one table; the other packages add theirs in their own `init_app`."""

from regulars.cli import cli
from regulars.database_cli import db, doctor, verify
from regulars.ledger.cli import ledger, show_balance
from regulars.outbound.cli import endpoint
from regulars.program.cli import program
from regulars.shops.cli import app_secret, key, shop, source
from regulars.work.cli import clock, worker

COMMANDS = (
    db, doctor, verify, ledger, show_balance, endpoint, program, app_secret, key, shop, source, clock, worker,
)  # fmt: skip

for command in COMMANDS:
    cli.add_command(command)

__all__ = ["COMMANDS", "cli"]
