"""A few hot addresses of the standalone app are answered before Flask is asked, by the functions that Flask's views call.

Flask's own work around a view costs more than such an answer. A room whose address has a door adds it to the runtime; in a
host's app nobody opens any, because the host's hooks are to see every request.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Wsgi: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server is to send; the length is told by us, and None is no body at all."""

    status: str  # "200 OK"
    headers: Sequence[tuple[str, str]]
    body: bytes | None


#: An answer to a WSGI environment (PEP 3333), or None: then the next one is asked, and Flask at last.
Answers: TypeAlias = Callable[[dict[str, Any]], Answer | None]


class Door:
    """A WSGI application in front of another."""

    def __init__(self, behind: Wsgi, answers: Sequence[Answers]) -> None:
        self._behind = behind
        self._answers = answers

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Whoever answers first."""
        for answers in self._answers:
            answer = answers(environ)
            if answer is not None:
                length = [] if answer.body is None else [("Content-Length", str(len(answer.body)))]
                start_response(answer.status, [*answer.headers, *length])
                return [answer.body or b""]
        return self._behind(environ, start_response)
