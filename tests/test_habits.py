"""Habits of the code that no other tool holds."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "triptych"
MOST_ANY = 60
"""Uses of `Any`: a value that nothing checks. Each stands where a library leaves no other type."""


def uses_of_any(text):
    """Lines on which `Any` is used as a type, each as often as it stands there."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id="Any") | ast.Attribute(attr="Any"):
                yield node.lineno
            case _:
                pass


def test_uses_of_any_are_counted_wherever_they_stand():
    text = (
        "from typing import Any\nx: dict[Any, Any] = {}\ndef f(y: typing.Any) -> list[int]: ...\n"
    )
    assert sorted(uses_of_any(text)) == [2, 2, 3]


def test_any_stays_rare():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in uses_of_any(path.read_text())
    ]
    assert len(found) <= MOST_ANY, found
