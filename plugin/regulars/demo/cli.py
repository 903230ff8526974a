"""`regulars demo`."""

import click


@click.command("demo")
def demo() -> None:
    """Run the embedded app with a small shop that sends signed webhooks; says what happened."""
