"""Runs a program in this process's place that ends when its parent does, even when the parent was killed.

Started as a file, before anything is imported: `python -I leash.py PARENT PROGRAM …`. Only Linux can do it; elsewhere the
program merely runs, and the next supervisor adopts or replaces what it finds.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for a SIGTERM at our parent's end, then become the program."""
    parent, *command = sys.argv[1:]
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != int(parent):
            sys.exit("The supervisor ended before its child began.")
    os.execv(command[0], command)  # noqa: S606 - the program takes this process's place


if __name__ == "__main__":
    main()
