"""The program: `triptych`, or `python -m triptych`."""

from __future__ import annotations

import io
import signal
import sys


def main() -> None:
    """Run the command line.

    Ctrl-C ends it without a traceback from its first moment, and a terminal that lacks a letter
    gets its code.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until there is a command to stop
    from triptych.cli import app
    from triptych.commands.exits import Exit

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:  # outside of any command, as while help is put together
        raise SystemExit(Exit.STOPPED) from None


if __name__ == "__main__":
    main()
