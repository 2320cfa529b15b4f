import pytest

from triptych.domain import Brief
from triptych.errors import ModelError
from triptych.generators.starter.load import SHIPPED_WEIGHTS
from triptych.generators.starter.world import World
from triptych.starter.world import known_world

names_product, outside = known_world().names_product, known_world().outside


@pytest.mark.parametrize(
    "told", ["A red mug.", "Two Watches for him", "One headphone", "a desk lamp"]
)
def test_products_of_the_world_are_known_in_singular_and_plural(told):
    assert names_product(told)
    assert outside(Brief(description=told)) is None


@pytest.mark.parametrize("told", ["A smuggler's boat.", "Lampshades", "a spaceship"])
def test_other_products_are_said_to_be_unknown_with_a_way_out(told):
    note = outside(Brief(description=told))
    assert "know only these products: backpack, bottle" in note
    assert "Choose --profile sd2" in note


def test_another_language_is_said_to_be_unknown():
    note = outside(Brief(description="A red mug.", language="de"))
    assert "English alone" in note
    assert "products" not in note
    assert outside(Brief(description="A red mug.", language="en-GB")) is None


def test_what_is_said_fits_the_line_of_a_plan():
    assert len(outside(Brief(description="x", language="de"))) <= 500


def test_the_shipped_model_tells_what_this_world_holds():
    assert World.load(SHIPPED_WEIGHTS / "text") == known_world()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"products": 3, "words": [], "language": 1}'])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "world.json").write_text(content)
    with pytest.raises(ModelError, match=r"world\.json cannot be read"):
        World.load(tmp_path)
