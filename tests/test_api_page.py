"""The examples of docs/api.md run, one after another, as they stand but for the models."""

import re
from pathlib import Path

import pytest

from tests.tiny import save_tiny_profile

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the page's examples have named so far."""
    return {"__name__": "api_page", "PROFILE": str(save_tiny_profile(tmp_path_factory.mktemp("p")))}


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_of_the_page_runs(names, number, tmp_path_factory, monkeypatch):
    place = tmp_path_factory.getbasetemp() / "page"
    place.mkdir(exist_ok=True)
    monkeypatch.chdir(place)
    block = BLOCKS[number].replace('"starter"', "PROFILE").replace("steps=8", "steps=1")
    block = block.replace('"brief": "A red mug."', '"brief": "A red mug.", "profile": PROFILE')
    exec(compile(block, f"{PAGE.name}, example {number + 1}", "exec"), names)


def test_the_page_names_every_option_and_every_event():
    from triptych.runs import events
    from triptych.runs.settings import RunOptions

    page = PAGE.read_text()
    for name in RunOptions.model_fields:
        assert f"| `{name}` |" in page
    kinds = [v for v in vars(events).values() if hasattr(v, "model_fields")]
    for kind in kinds:
        if "kind" in kind.model_fields:
            assert f"| `{kind.model_fields['kind'].default}` | `{kind.__name__}` |" in page
