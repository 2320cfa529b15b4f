"""Each extra declares what the code behind it imports, and `make test` finds its browser."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "triptych"
BEHIND = {
    "render": ("starter",),
    "train": ("training", "cases"),
    "eval": ("evaluation",),
    "api": ("generators/chat.py",),
    "otel": ("tracing/otel.py",),
    "design": ("creatives", "marking"),
}
"""The code that an extra is for. What is imported there and nowhere else may be the extra's."""
DISTRIBUTIONS = {
    "PIL": "pillow",
    "c2pa": "c2pa-python",
    "fontTools": "fonttools",
    "open_clip": "open-clip-torch",
    "yaml": "pyyaml",
    "rouge_score": "rouge-score",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "opentelemetry.trace": "opentelemetry-sdk",
    "opentelemetry.exporter.otlp.proto.http": "opentelemetry-exporter-otlp-proto-http",
    "torch.utils.tensorboard": "tensorboard",
}
COME_WITH = {
    "click": "typer",
    "huggingface-hub": "transformers",
    "markupsafe": "jinja2",
    "pydantic-core": "pydantic",
    "typing-extensions": "pydantic",
    "vtkmodules": "pyvista",
}
"""What a package cannot be installed without."""
ASKED_FOR = "opentelemetry.exporter.otlp.proto.grpc"
"""Its own message says what to install, if somebody asks for gRPC."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements):
    return {re.split(r"[<>=\[ ]", one)[0].lower().replace("_", "-") for one in requirements}


BASE = names(PROJECT["dependencies"])
EXTRAS = {name: names(given) for name, given in PROJECT["optional-dependencies"].items()}


def packages_imported(path, whole=True):
    """Distributions that a file imports; without `whole` only those it cannot be read without."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if whole else tree.body:
        if isinstance(node, ast.Import):
            modules = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        else:
            continue
        for module in modules:
            first = module.partition(".")[0]
            if first in sys.stdlib_module_names or first == "triptych" or ASKED_FOR in module:
                continue
            special = [dist for known, dist in DISTRIBUTIONS.items() if module.startswith(known)]
            name = special[0] if special else first.lower().replace("_", "-")
            yield COME_WITH.get(name, name)


def files_behind(extra):
    for place in BEHIND[extra]:
        path = PACKAGE / place
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def ours_needed(path):
    """Files of ours that a file cannot be read without."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("triptych"):
            for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names)):
                place = PACKAGE.joinpath(*name.split(".")[1:])
                if place.with_suffix(".py").is_file():
                    yield place.with_suffix(".py")


def test_every_extra_is_known():
    assert EXTRAS.keys() == BEHIND.keys() | {"dev"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_what_a_file_imports_is_declared(path):
    allowed = BASE.union(*(EXTRAS[one] for one in BEHIND if path in files_behind(one)))
    assert set(packages_imported(path)) <= allowed


@pytest.mark.parametrize("extra", ["render", "train", "eval", "api", "otel"])
def test_an_extra_alone_is_enough_to_read_the_code_behind_it(extra):
    allowed = BASE | EXTRAS[extra]
    waiting, seen = list(files_behind(extra)), set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        assert set(packages_imported(path, whole=path in files_behind(extra))) <= allowed, path
        waiting += ours_needed(path)


def test_every_extra_is_tried_in_an_environment_of_its_own():
    script = (ROOT / ".ci" / "extras").read_text()
    assert f"names=(none {' '.join(BEHIND)})" in script
    assert all(f"    {one}) " in script for one in BEHIND)


def program(folder, name, content="exit 0"):
    (folder / name).write_text(f"#!/bin/sh\n{content}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("user", ["0", "1000"])
def test_a_browser_is_installed_where_it_may_be_or_asked_for_in_one_line(tmp_path, user):
    program(tmp_path, "id", f"echo {user}")
    copies = (f"/bin/cp {tmp_path}/id {tmp_path}/{name}" for name in ("chromium", "chromedriver"))
    installing = "; ".join(copies)
    program(tmp_path, "apt-get", f'test "$1" = update || {{ {installing}; }}')
    done = subprocess.run(
        [ROOT / ".ci" / "browser"], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )
    if user == "0":
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "chromium").exists()
    else:
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert "apt-get install chromium chromium-driver" in done.stderr


def test_the_browser_is_looked_for_before_anything_else():
    plan = subprocess.run(
        ["make", "-n", "test", "VENV=nowhere"], cwd=ROOT, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"]},
    ).stdout.splitlines()  # fmt: skip
    assert plan[0] == ".ci/browser"
    assert any("pytest" in line for line in plan[1:])
