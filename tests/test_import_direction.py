"""Imports point one way, between packages and between files, wherever in a file they stand."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "triptych"

FLOORS = """
    errors
    records safe_text memory run_folder seeds
    files run_files
    brands
    domain
    channels
    protocols
    media briefs
    store cases grounding
    step_store creatives marking
    generators
    alignment tracing
    agents
    methods
    graph
    runs
    starter
    training
    evaluation
    commands
    cli
    __main__
"""
"""The packages and single files of `triptych`, from the ground up: each uses those below it."""

FLOOR_OF = {
    name: number for number, floor in enumerate(FLOORS.split("\n")) for name in floor.split()
}
PUBLIC = "__init__"
"""The front door, which may name anything: `triptych.run` is `triptych.runs.api.run`."""


def imports_of(path):
    """Modules of ours that a file imports, at its head, in functions and for types alike."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            base = str(node.module)
            yield from (base, *(f"{base}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def file_of(module):
    """The file of a module of ours; None for names within one, and for other packages."""
    if module.split(".")[0] != "triptych":
        return None
    place = PACKAGE.joinpath(*module.split(".")[1:])
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file() and path != PACKAGE / "__init__.py":
            return path
    return None


def unit_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_package_has_a_floor():
    assert {unit_of(path) for path in FILES} == FLOOR_OF.keys() | {PUBLIC}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    if unit_of(path) == PUBLIC:
        return
    for name in imports_of(path):
        target = file_of(name)
        if target is None or unit_of(target) == unit_of(path):
            continue
        assert FLOOR_OF[unit_of(target)] < FLOOR_OF[unit_of(path)], f"{path} imports {name}"


def test_no_file_imports_itself_by_way_of_others():
    arrows = {path: {t for n in imports_of(path) if (t := file_of(n))} - {path} for path in FILES}
    try:
        tuple(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        pytest.fail(" → ".join(str(path.relative_to(PACKAGE)) for path in error.args[1]))


@pytest.mark.parametrize("module", ["triptych", "triptych.cli"])
def test_nothing_heavy_is_imported_before_it_is_needed(module):
    code = (
        f"import sys, {module}; "
        "heavy = {'torch', 'diffusers', 'transformers', 'langgraph', 'vtk', 'triptych.domain'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
