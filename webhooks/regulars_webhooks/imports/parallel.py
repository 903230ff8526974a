"""Tasks in processes of their own, a few at a time."""

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from flask import current_app

from regulars.errors import RegularsError

_LOOK_SECONDS = 0.2

Task = Callable[[], None]


def can_fork() -> bool:
    """Whether a process of ours can be split in two."""
    return "fork" in multiprocessing.get_all_start_methods()


def shared(numbers: int) -> Any:
    """So many whole numbers that all processes see, zeros at first; no two of them write the same one."""
    return multiprocessing.RawArray("q", numbers)


def side_by_side(tasks: Sequence[Task], at_once: int, look: Task) -> list[int]:
    """Run every task, `at_once` at a time; which of them ended early. `look` is called again and again meanwhile."""
    for engine in current_app.extensions["sqlalchemy"].engines.values():
        engine.dispose()  # a connection must not be shared with a child
    context: BaseContext = multiprocessing.get_context("fork")
    everybody: list[BaseProcess] = [context.Process(target=_child, args=(task,), daemon=True) for task in tasks]  # type: ignore[attr-defined]
    waiting, running = list(everybody), list[BaseProcess]()
    while waiting or running:
        while waiting and len(running) < at_once:
            running.append(waiting.pop(0))
            running[-1].start()
        running[0].join(_LOOK_SECONDS)
        running = [one for one in running if one.is_alive()]
        look()
    return [number for number, process in enumerate(everybody) if process.exitcode != 0]


def _child(task: Task) -> None:
    """What stops a task is said in a sentence, and the others go on."""
    try:
        task()
    except (RegularsError, OSError, KeyboardInterrupt) as error:
        sys.exit(str(error) or "Stopped.")
