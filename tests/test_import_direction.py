import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "triptych"
BELOW = {
    "domain": set(),
    "errors": set(),
    "generators": {"domain", "errors", "starter", "alignment", "peak"},
    "alignment": {"domain", "errors", "generators"},
    "agents": {"domain", "errors", "generators", "alignment", "store"},
    "graph": {
        "domain",
        "errors",
        "generators",
        "alignment",
        "agents",
        "store",
        "tracing",
        "briefs",
        "peak",
        "report",
        "graph",
    },
}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "triptych")


@pytest.mark.parametrize("layer", sorted(BELOW))
def test_imports_point_one_way(layer):
    place = PACKAGE / layer
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    assert files
    for path in files:
        for name in imports_of(path):
            target = name.split(".")[1] if "." in name else ""
            allowed = BELOW[layer] | {layer, ""}
            assert target in allowed, f"{path.relative_to(PACKAGE)} imports {name}"


@pytest.mark.parametrize("module", ["triptych", "triptych.cli"])
def test_nothing_heavy_is_imported_before_it_is_needed(module):
    code = (
        f"import sys, {module}; "
        "heavy = {'torch', 'diffusers', 'transformers', 'langgraph', 'vtk'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
