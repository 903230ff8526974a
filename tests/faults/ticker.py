"""A clock without patience: ticks as `regulars clock` does, but many times a second: `python -m tests.faults.ticker`."""

import time

from regulars.work import clockwork
from regulars.work.entry import make_app


def main() -> None:
    """Until it is killed."""
    app = make_app()
    with app.app_context():
        while True:
            clockwork.tick()
            time.sleep(0.02)


if __name__ == "__main__":
    main()
