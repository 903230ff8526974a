"""The demo's mail server: a real SMTP conversation that ends here, so that one can see what would have been sent."""

import socket
from collections import Counter
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from typing import Any

from regulars.errors import SettingsError

try:
    from aiosmtpd import controller
except ImportError:  # the extra `embedded` brings it
    controller: Any = None  # type: ignore[no-redef]


class Mailbox:
    """Takes every letter and keeps it in memory."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self._controller: Any = None

    @property
    def url(self) -> str:
        """Its address, as the setting smtp_url takes it."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self) -> None:
        """Listen on a free port of the loopback. Raises SettingsError where the server is not installed."""
        if controller is None:
            raise SettingsError("The demo needs its mail server: pip install 'regulars[embedded]'.")
        self._controller = controller.Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()

    def stop(self) -> None:
        """Listen no longer; the letters stay."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)

    def subjects(self) -> dict[str, int]:
        """How many letters came, by subject, most first."""
        return dict(Counter(str(letter["Subject"]) for letter in self.letters).most_common())

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Keep one letter."""
        letter = BytesParser(policy=modern).parsebytes(envelope.content)
        assert isinstance(letter, EmailMessage), "the modern policy makes these"
        self.letters.append(letter)
        return "250 kept"


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
