"""One run of the demo: an embedded Regulars, the shop's sender, its pages and its mailbox, started and stopped together."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from typing import Self

from flask.cli import ScriptInfo
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from regulars import clock, work
from regulars.db import unit_of_work
from regulars.demo import report
from regulars.demo.installation import OWNER, Installation, forget_settings, install, settings
from regulars.demo.live import live_events
from regulars.demo.mailbox import Mailbox, free_port
from regulars.demo.page import Pages
from regulars.demo.sender import Sender
from regulars.demo.shop import SHOP, DemoEvent
from regulars.demo.stream import generate
from regulars.embedded.folder import DataFolder
from regulars.embedded.supervisor import Supervisor
from regulars.work.clockwork import tick

_SEED = 20_231
_EVENTS_PER_ORDER = 3.2  # for the progress bar
_POLL_SECONDS = 0.25
_QUIET_SECONDS = 120.0  # without any progress for so long, waiting is given up


class Demonstration:
    """Starts on entering, leaves nothing running on leaving; `stop` ends everything early."""

    def __init__(self, info: ScriptInfo, folder: DataFolder, port: int, stop: threading.Event) -> None:
        self._info = info
        self._folder = folder
        self._port = port
        self._stop = stop
        self._stack = ExitStack()
        self._console = Console(stderr=True)
        self._mailbox = Mailbox()
        self._supervisor = Supervisor(folder, port, told=stop, log_file=folder.path / "log")
        self._now = clock.now()

    def __enter__(self) -> Self:
        """Start the mailbox, make the installation, start Regulars on it, open the shop's pages."""
        self._console.print(f"Starting Regulars in {self._folder.path} …")
        try:
            self._mailbox.start()
            self._stack.callback(self._mailbox.stop)
            self._installed = self._install()
            self._stack.callback(self._supervisor.stop)
            self._supervisor.start()
            self._pages = Pages(self._supervisor.address, self._installed.api_key, self._mailbox, free_port())
            self._pages.start()
            self._stack.callback(self._pages.stop)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything, in the reverse order."""
        self._stack.close()

    def _install(self) -> Installation:
        self._folder.make()
        forget_settings()
        os.environ.update(settings(self._folder, self._port, self._mailbox.url))
        return install(self._info, self._now)

    def play(self, orders: int) -> report.Summary | None:
        """Send history and today, wait until all is worked on, count and compare. None when stopped before the end."""
        sender = Sender(self._port, self._installed.sources)
        today = live_events(_SEED, self._now)
        began = time.monotonic()
        with _progress(self._console) as progress, self._installed.app.app_context():
            about = int(orders * _EVENTS_PER_ORDER)
            self._send(progress, "Two years of history", sender, self._history(orders), about)
            self._drain(progress, sender)
            self._send(progress, "Today", sender, today, len(today))
            self._drain(progress, sender)
            tick()
            self._have_a_night()
            self._drain(progress, sender)
            seconds = time.monotonic() - began
            if self._stop.is_set():
                return None
            told = chain(self._history(orders), today)
            return report.look(self._installed.shop_id, told, sender.tally, self._mailbox, seconds)

    def _have_a_night(self) -> None:
        """The nightly look at everybody, now: or nobody's rhythm would be known before tomorrow."""
        row = work.row(self._installed.shop_id, "lifecycle.sweep", "after the history", {}, clock.now())
        unit_of_work(lambda session: work.add(session, [row]))

    def _history(self, orders: int) -> Iterator[DemoEvent]:
        """The same events every time it is asked for: once to send, once to work out what they are worth."""
        return generate(_SEED, orders, self._now)

    def _send(self, progress: Progress, what: str, sender: Sender, events: Iterable[DemoEvent], about: int) -> None:
        bar = progress.add_task(what, total=about)
        until_stopped = (event for event in events if not self._stop.is_set())
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(sender.send, until_stopped, lambda: progress.advance(bar))
            self._wait(sending.done)
            sending.result()
        progress.update(bar, total=progress.tasks[bar].completed)

    def _drain(self, progress: Progress, sender: Sender) -> None:
        """Wait until everything that was sent is worked on, or nothing has moved for two minutes."""
        sent = len(sender.tally.ids)
        bar = progress.add_task("Worked on", total=sent)
        moved_at, last = time.monotonic(), sent

        def finished() -> bool:
            nonlocal moved_at, last
            waiting = report.unfinished(self._installed.shop_id, clock.now())
            progress.update(bar, completed=max(0, sent - waiting))
            if waiting != last:
                moved_at, last = time.monotonic(), waiting
            return not waiting or time.monotonic() - moved_at > _QUIET_SECONDS

        self._wait(finished)

    def _wait(self, finished: Callable[[], bool]) -> None:
        """Until it is finished or we are told to stop; looks after the processes meanwhile."""
        while not finished() and not self._stop.wait(_POLL_SECONDS):
            self._supervisor.look_after()

    def keep_up(self) -> None:
        """Keep everything running until told to stop."""
        self._wait(lambda: False)

    def addresses(self) -> dict[str, str]:
        """Where to look, and how to sign in."""
        return {
            "storefront": f"{self._pages.address}/", "mails": f"{self._pages.address}/mails",
            "admin": f"{self._supervisor.address}/admin/", "email": OWNER, "password": self._installed.password,
        }  # fmt: skip

    def where_to_look(self) -> str:
        """The addresses, for people."""
        told = self.addresses()
        return (
            f"{SHOP.name}, with the widget  {told['storefront']}\n"
            f"The admin                    {told['admin']}\n"
            f"  sign in as                 {told['email']}  {told['password']}\n"
            f"The letters it caught        {told['mails']}"
        )


def _progress(console: Console) -> Progress:
    """A bar on a terminal, silence elsewhere."""
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
