"""A process that runs commands on strangers' folders and tells what each of them touched.

Called with a JSON file: `weights` (of the tiny models, in place of the shipped ones), `allowed`
(folders, besides Python and the package, in which files may be opened), and `jobs`, each with a
`name`, `arguments` of a command, and `folder`, in which it may read and write. Prints JSON: by job
its exit code, what it printed, how long it took, and what it did that it must not.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

SECONDS = 20
"""Longer than any of them takes, however busy the machine; a pipe would be waited for for ever."""


class Hook:
    """Notes what no command may do: files elsewhere, connections, a stranger's module."""

    def __init__(self, allowed):
        package = Path(__file__).parents[2]
        given = [*allowed, sys.prefix, sys.base_prefix, package, "/proc", "/sys", "/usr"]
        self.allowed = [os.path.realpath(place) for place in given]
        self.files = {"/dev/null", "/dev/urandom"}
        self.folder, self.wrong, self.on = "", [], False

    def __call__(self, event, given):
        if not self.on:
            return
        if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
            self.wrong.append(f"{event} {given[1:]}")
        elif event == "import" and given[0].split(".")[0] == "evilmodule":
            self.wrong.append(f"import {given[0]}")
        elif event in ("os.remove", "os.rmdir") and given[1] != -1:  # relative to a descriptor
            self.look(event, os.path.join(os.readlink(f"/proc/self/fd/{given[1]}"), given[0]))
        elif event in ("open", "sqlite3.connect", "os.remove", "os.rmdir", "os.mkdir"):
            self.look(event, given[0])
        elif event in ("os.rename", "os.link", "os.symlink"):
            self.look(event, given[0])
            self.look(event, given[1])
        elif event in ("subprocess.Popen", "os.exec", "os.system"):
            self.wrong.append(f"{event} {given[0]}")

    def look(self, event, path):
        if isinstance(path, int):
            return
        path = os.fsdecode(path)
        if not (os.path.isabs(path) or os.path.lexists(path)):
            return  # relative to a descriptor, as when a temporary folder is removed
        # what is removed or renamed is the name itself; what is opened is what it leads to
        above, name = os.path.split(os.path.abspath(path))
        real = os.path.realpath(path)
        if event in ("os.remove", "os.rmdir", "os.rename"):
            real = os.path.join(os.path.realpath(above), name)
        if event == "open" and self.folder and real == os.path.dirname(self.folder):
            return  # the folder that the run's own stands in: its entry is synced, nothing is read
        inside = (real == place or real.startswith(place + os.sep) for place in self.places())
        if real not in self.files and not any(inside):
            self.wrong.append(f"{event} {path} -> {real}")

    def places(self):
        return (*self.allowed, self.folder)


def stop(*_):
    raise TimeoutError("it waits for ever")


def main():
    asked = json.loads(Path(sys.argv[1]).read_text())

    from click.testing import CliRunner
    from typer.main import get_command

    from triptych.cli import app
    from triptych.generators.starter import load, text
    from triptych.methods.load import load_models
    from triptych.runs.ready import load_all

    load.SHIPPED_WEIGHTS, text.MAX_COPY_TOKENS = Path(asked["weights"]), 8
    models = load_models("starter")  # loaded once for all commands
    load_all(models)
    program = get_command(app)  # put together once: with each command it takes longer than most
    hook, runner = Hook([*asked["allowed"], asked["weights"]]), CliRunner()
    sys.addaudithook(hook)
    signal.signal(signal.SIGALRM, stop)
    told = []
    for job in asked["jobs"]:
        hook.folder, hook.wrong = os.path.realpath(job["folder"]), []
        hook.on = True
        signal.alarm(SECONDS)
        began = time.monotonic()
        try:
            done = runner.invoke(program, job["arguments"])
        finally:
            signal.alarm(0)
            hook.on = False
        error = done.exception
        fault = None if error is None or isinstance(error, SystemExit) else repr(error)
        told.append(
            {
                "name": job["name"],
                "code": done.exit_code,
                "output": done.output,
                "fault": fault,
                "wrong": hook.wrong,
                "seconds": round(time.monotonic() - began, 2),
            }
        )
    sys.__stdout__.write(json.dumps(told))


main()
