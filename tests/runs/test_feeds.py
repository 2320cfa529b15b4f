"""One product of a feed becomes a run, by every door that names it."""

import pytest
from typer.testing import CliRunner

from triptych.cli import app
from triptych.errors import BriefError
from triptych.runs.prepare import prepare
from triptych.runs.settings import RunOptions

FEED = """id,title,description,brand,price
NV-1,Emberlite,A red steel camping lantern,Norvik,49.90 USD
LU-2,Driftline,A blue ceramic mug,Lumora,14.90 USD
"""


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.csv"
    path.write_text(FEED)
    return str(path)


@pytest.mark.parametrize("asked", [{"sku": "LU-2"}, {"row": 2}])
def test_a_product_is_named_by_sku_or_row(feed, asked):
    prepared = prepare(feed, RunOptions(**asked))
    assert (prepared.source.product, prepared.source.brand) == ("Driftline", "Lumora")
    assert prepared.notes  # what was mapped is said


def test_without_a_choice_the_products_are_listed_and_nothing_is_made(feed, tmp_path):
    with pytest.raises(BriefError, match="2 products"):
        prepare(feed)
    done = CliRunner().invoke(app, ["run", feed, "--out", str(tmp_path / "run")])
    assert done.exit_code == 1
    assert "NV-1" in done.output
    assert "--sku" in done.output
    assert not (tmp_path / "run").exists()
