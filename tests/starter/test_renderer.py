from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from triptych.starter.backdrops import panorama
from triptych.starter.products import SHAPES, shape
from triptych.starter.renderer import Renderer
from triptych.starter.scene import COLOURS, PRODUCTS, SETTINGS, Scene
from triptych.starter.settings import ground_texture

SIZE = 48
MUG = Scene(
    product="mug", colour="red", material="ceramic", state_on=False, setting="studio", time="day",
    weather="indoors", motion="orbit", brand="Norvik", name="Emberlite", seed=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def renderer():
    """One renderer for all tests: a stage takes most of a second to set up."""
    with Renderer(SIZE) as shared:
        yield shared


def middle(picture):
    """The mean colour of the product's body, (3,)."""
    half = SIZE // 2
    return picture[half : half + 8, half - 4 : half + 4].reshape(-1, 3).mean(axis=0)


def change(a, b):
    return np.abs(a.astype(int) - b).mean()


def test_same_scene_same_bytes_in_any_renderer_and_order(renderer):
    first = renderer.still(MUG)
    renderer.still(replace(MUG, product="lantern", state_on=True, seed=9))
    with Renderer(SIZE) as other:
        assert np.array_equal(other.still(MUG), first)
    assert np.array_equal(renderer.still(MUG), first)
    assert first.shape == (SIZE, SIZE, 3)
    assert first.dtype == np.uint8


@pytest.mark.parametrize("motion", ["orbit", "dolly"])
def test_a_clip_begins_with_the_still_and_moves(renderer, motion):
    scene = replace(MUG, motion=motion)
    clip = renderer.clip(scene)
    assert clip.shape == (16, SIZE, SIZE, 3)
    assert np.array_equal(clip[0], renderer.still(scene))
    assert change(clip[0], clip[-1]) > 4
    assert all(change(a, b) > 0.05 for a, b in pairwise(clip))


@pytest.mark.parametrize(
    "facts",
    [
        {"weather": "rain"},
        {"weather": "snow"},
        {"state_on": True},
        {"product": "candle", "material": "wax", "state_on": True},
    ],
)
def test_with_a_still_camera_weather_steam_and_flames_move(renderer, facts):
    clip = renderer.clip(replace(MUG, motion="still", **facts), 4)
    assert all(change(a, b) > 0.05 for a, b in pairwise(clip))


@pytest.mark.parametrize("product", sorted(PRODUCTS))
def test_the_state_shows(renderer, product):
    scene = replace(MUG, product=product, material=PRODUCTS[product].materials[0])
    off, on = renderer.still(scene), renderer.still(replace(scene, state_on=True))
    different = np.abs(off.astype(int) - on).max(axis=2) > 24
    assert different.mean() > 0.005


def test_each_colour_is_nearest_to_its_own_name(renderer):
    names = sorted(COLOURS)
    base = np.array([np.array(COLOURS[name]) ** (1 / 2.2) * 255 for name in names])
    for name in names:
        seen = middle(renderer.still(replace(MUG, colour=name)))
        assert names[np.abs(base - seen).sum(axis=1).argmin()] == name


def test_every_product_is_about_one_unit_tall_and_stands_on_the_ground():
    assert set(SHAPES) == set(PRODUCTS)
    for product in PRODUCTS:
        for on in (False, True):
            points = np.vstack([part.mesh.points for part in shape(product, on)])
            assert 0.6 < points[:, 2].max() < 1.35
            assert -0.06 < points[:, 2].min() < 0.06


def test_every_place_has_a_ground_and_a_panorama_that_differ():
    grounds = {s: ground_texture(s, "day", 96).mean(axis=(0, 1)) for s in SETTINGS}
    for one in SETTINGS:
        for other in SETTINGS:
            views = change(panorama(one, "day"), panorama(other, "day"))
            assert one == other or views + np.abs(grounds[one] - grounds[other]).sum() > 12
