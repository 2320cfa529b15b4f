"""The shapes of the sixteen products: named parts made of simple solids, about one unit tall.

z points up, the ground is z = 0, and the product's front looks towards −y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from triptych.starter.solids import (
    ball,
    curve,
    disc,
    extrude,
    lathe,
    ring,
    rounded_box,
    smooth,
    tube,
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A solid and what it is made of: `body` takes the scene's colour and material."""

    mesh: pv.PolyData
    surface: str = "body"

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """(N, 3) the points of its convex hull: what its shadow's outline is made of."""
        points = np.asarray(self.mesh.points, dtype=np.float64)
        return points[ConvexHull(points).vertices]


def lantern(on: bool) -> list[Part]:
    """Base, glass with a light in it, roof and a wire handle."""
    handle = [(-0.24, 0, 0.78), (-0.2, 0, 0.98), (0, 0, 1.08), (0.2, 0, 0.98), (0.24, 0, 0.78)]
    return [
        Part(lathe([(0, 0), (0.3, 0), (0.32, 0.05), (0.29, 0.17), (0.22, 0.22), (0, 0.22)])),
        Part(lathe(curve([(0.2, 0.22), (0.25, 0.4), (0.2, 0.6)])), "warm" if on else "frost"),
        Part(lathe([(0, 0.6), (0.28, 0.6), (0.27, 0.66), (0.14, 0.8), (0.06, 0.85), (0, 0.86)])),
        Part(tube(handle, 0.017), "metal"),
        *(
            Part(tube([(0.24 * x, 0.24 * y, 0.2), (0.24 * x, 0.24 * y, 0.62)], 0.016), "metal")
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ),
    ]


def bottle(on: bool) -> list[Part]:
    """A tall slim flask with a screw cap."""
    body = [(0, 0), (0.19, 0), (0.21, 0.03), (0.21, 0.66), (0.18, 0.76), (0.1, 0.84), (0.1, 0.9)]
    return [
        Part(lathe(body)),
        Part(lathe([(0.12, 0.88), (0.12, 1.02), (0.1, 1.05), (0, 1.05)]), "dark"),
        Part(ring(0.05, 0.016, (0, 0, 1.08), (0, 1, 0)), "dark"),
    ]


def mug(on: bool) -> list[Part]:
    """A straight cup with coffee in it and a handle at the side."""
    cup = [(0, 0), (0.3, 0), (0.33, 0.03), (0.34, 0.7), (0.32, 0.71), (0.3, 0.68), (0.3, 0.1)]
    handle = [(0.32, 0, 0.58), (0.5, 0, 0.58), (0.56, 0, 0.37), (0.48, 0, 0.17), (0.31, 0, 0.15)]
    return [
        Part(lathe(cup)),
        Part(disc(0.3, (0, 0, 0.62), (0, 0, 1)), "coffee"),
        Part(tube(handle, 0.045)),
    ]


def headphones(on: bool) -> list[Part]:
    """A band over two round cups, seen from the front."""
    angles = np.linspace(np.pi, 0, 9)
    band = [(0.46 * float(np.cos(a)), 0, 0.48 + 0.52 * float(np.sin(a))) for a in angles]
    parts = [Part(tube(band, 0.05))]
    for side in (-1, 1):
        parts += [
            Part(ball(0.25, (0.45 * side, 0, 0.34), (0.55, 0.9, 1.12))),
            Part(ball(0.22, (0.34 * side, 0, 0.34), (0.5, 0.95, 1.1)), "dark"),
            Part(
                ring(0.15, 0.02 if not on else 0.035, (0.575 * side, 0, 0.34), (1, 0, 0)),
                "cyan" if on else "metal",
            ),
        ]
    if on:
        parts.append(Part(tube([(x * 0.9, -0.03, z - 0.035) for x, _, z in band], 0.022), "cyan"))
    return [Part(part.mesh.translate((0, 0, -0.06)), part.surface) for part in parts]  # type: ignore[arg-type]


def speaker(on: bool) -> list[Part]:
    """A tall cabinet with two round drivers on its front."""
    return [
        Part(rounded_box((0.62, 0.5, 1.0), (0, 0, 0.5), 0.22)),
        Part(disc(0.22, (0, -0.25, 0.34), (0, 1, 0), 0.05), "dark"),
        Part(ball(0.11, (0, -0.26, 0.34), (1, 0.45, 1)), "metal"),
        Part(ring(0.23, 0.03, (0, -0.26, 0.34), (0, 1, 0)), "cyan" if on else "metal"),
        Part(disc(0.12, (0, -0.25, 0.74), (0, 1, 0), 0.05), "dark"),
        Part(ring(0.125, 0.022, (0, -0.26, 0.74), (0, 1, 0)), "cyan" if on else "metal"),
    ]


def watch(on: bool) -> list[Part]:
    """A strap standing as a loop, the dial to the front."""
    loop = pv.ParametricTorus(ringradius=0.4, crosssectionradius=0.1, u_res=64, v_res=20)
    strap = loop.rotate_y(90).scale((1.7, 0.85, 1.1)).rotate_z(0).translate((0, 0.25, 0.53))
    hands = [tube([(0, -0.22, 0.53), (0, -0.22, 0.7)], 0.016)]
    hands.append(tube([(0, -0.22, 0.53), (0.12, -0.22, 0.57)], 0.016))
    return [
        Part(smooth(strap, 60)),
        Part(disc(0.34, (0, -0.13, 0.53), (0, 1, 0), 0.13), "metal"),
        Part(disc(0.28, (0, -0.19, 0.53), (0, 1, 0), 0.04), "cyan" if on else "body"),
        *(Part(hand, "dark" if on else "pale") for hand in hands),
        Part(disc(0.05, (0.37, -0.13, 0.53), (1, 0, 0), 0.07), "metal"),
    ]


def lamp(on: bool) -> list[Part]:
    """A foot, a jointed arm and a conical shade that looks down to the left."""
    shade = lathe([(0.09, 0.16), (0.12, 0.14), (0.3, -0.14), (0.29, -0.15), (0.1, 0.1)])
    shade = shade.rotate_y(28).translate((-0.27, 0, 0.86))
    bulb = ball(0.13, (-0.33, 0, 0.76))
    return [
        Part(lathe([(0, 0), (0.3, 0), (0.3, 0.04), (0.06, 0.08), (0, 0.08)], (0.2, 0))),
        Part(tube([(0.2, 0, 0.05), (0.3, 0, 0.3), (0.38, 0, 0.55)], 0.03), "metal"),
        Part(tube([(0.38, 0, 0.55), (0.1, 0, 0.78), (-0.2, 0, 1.0)], 0.03), "metal"),
        Part(ball(0.05, (0.38, 0, 0.55))),
        Part(smooth(shade, 40)),
        Part(bulb, "warm" if on else "frost"),
    ]


def vase(on: bool) -> list[Part]:
    """A bellied vase; filled, it holds a bunch of pink and cream flowers."""
    belly = [(0.16, 0.0), (0.3, 0.2), (0.27, 0.42), (0.12, 0.6), (0.17, 0.7)]
    parts = [Part(lathe([(0, 0), *curve(belly), (0.13, 0.66)]))]
    if on:
        heads = ((-0.2, 0.0, 1.0), (0.0, -0.06, 1.1), (0.2, 0.02, 0.99), (0.08, 0.1, 1.02))
        for index, (x, y, z) in enumerate(heads):
            parts.append(
                Part(tube([(0, 0, 0.6), (x * 0.5, y * 0.5, 0.8), (x, y, z)], 0.014), "leaf")
            )
            parts.append(Part(ball(0.11, (x, y, z), (1, 1, 0.75)), ("pink", "cream")[index % 2]))
    return parts


def backpack(on: bool) -> list[Part]:
    """A rounded pack with a front pocket, a flap, a loop and straps."""
    return [
        Part(rounded_box((0.72, 0.42, 0.95), (0, 0, 0.5), 0.45)),
        Part(rounded_box((0.54, 0.22, 0.4), (0, -0.22, 0.3), 0.4)),
        Part(rounded_box((0.76, 0.48, 0.3), (0, -0.02, 0.83), 0.5)),
        Part(
            tube([(-0.1, 0, 0.95), (-0.08, 0, 1.06), (0.08, 0, 1.06), (0.1, 0, 0.95)], 0.025),
            "dark",
        ),
        Part(tube([(-0.24, -0.3, 0.44), (0.24, -0.3, 0.44)], 0.014), "metal"),
        *(
            Part(tube([(x, -0.26, 0.72), (x, -0.34, 0.5), (x, -0.3, 0.32)], 0.03), "dark")
            for x in (-0.17, 0.17)
        ),
    ]


def umbrella(on: bool) -> list[Part]:
    """Open: a wide canopy over its stick. Closed: a slim furled cone on a hooked handle."""
    hook = [(0, 0, 0.12), (0, 0, 0.05), (0.05, 0, 0.0), (0.12, 0, 0.02), (0.13, 0, 0.09)]
    if on:
        angles = np.linspace(0, 2 * np.pi, 65)
        rows = np.linspace(0.02, 1, 14)[:, None]
        droop = 0.06 * np.abs(np.sin(4 * angles))[None] * rows**2
        grid = pv.StructuredGrid(
            0.68 * np.sin(rows * 1.35) * np.cos(angles)[None],
            0.68 * np.sin(rows * 1.35) * np.sin(angles)[None],
            0.52 + 0.45 * np.cos(rows * 1.35) - 0.02 + droop,
        )
        canopy = smooth(grid.extract_surface(algorithm="dataset_surface"), 35)
        parts = [Part(canopy), Part(tube([(0, 0, 0.1), (0, 0, 1.04)], 0.02), "metal")]
    else:
        furled = [(0.02, 0.98), (0.05, 0.92), (0.1, 0.5), (0.12, 0.34), (0.06, 0.28), (0, 0.28)]
        parts = [
            Part(lathe(furled)),
            Part(ring(0.1, 0.02, (0, 0, 0.55), (0, 0, 1)), "dark"),
            Part(tube([(0, 0, 0.1), (0, 0, 1.06)], 0.02), "metal"),
        ]
    return [*parts, Part(tube(hook, 0.035), "dark")]


def candle(on: bool) -> list[Part]:
    """A thick pillar candle in a dish, with wick and, lit, a flame."""
    parts = [
        Part(lathe([(0, 0), (0.4, 0), (0.42, 0.06), (0.36, 0.05), (0, 0.05)]), "metal"),
        Part(
            lathe(
                [
                    (0, 0.05),
                    (0.26, 0.05),
                    (0.27, 0.1),
                    (0.27, 0.68),
                    (0.24, 0.7),
                    (0.1, 0.67),
                    (0, 0.66),
                ]
            )
        ),
        Part(tube([(0, 0, 0.66), (0.01, 0, 0.77)], 0.015), "dark"),
    ]
    if on:
        parts.append(
            Part(lathe(curve([(0.0, 0.74), (0.07, 0.82), (0.045, 0.94), (0.0, 1.07)])), "flame")
        )
    return parts


def kettle(on: bool) -> list[Part]:
    """A round body with a spout to the left, a lid with a knob and a high handle."""
    belly = [(0.3, 0.0), (0.42, 0.12), (0.4, 0.36), (0.2, 0.56)]
    handle = [(-0.3, 0, 0.5), (-0.28, 0, 0.82), (0, 0, 0.98), (0.28, 0, 0.82), (0.3, 0, 0.5)]
    spout = [(-0.34, 0, 0.22), (-0.52, 0, 0.32), (-0.6, 0, 0.55)]
    return [
        Part(lathe([(0, 0), *curve(belly), (0, 0.6)])),
        Part(tube(spout, 0.07)),
        Part(ball(0.06, (0, 0, 0.64)), "dark"),
        Part(tube(handle, 0.04), "dark"),
    ]


def perfume(on: bool) -> list[Part]:
    """A flat square flacon with a label, a neck and a golden stopper."""
    return [
        Part(rounded_box((0.62, 0.32, 0.62), (0, 0, 0.31), 0.16)),
        Part(rounded_box((0.34, 0.02, 0.22), (0, -0.165, 0.3), 0.1), "pale"),
        Part(lathe([(0.09, 0.6), (0.09, 0.7), (0, 0.7)]), "gold"),
        Part(rounded_box((0.26, 0.26, 0.26), (0, 0, 0.83), 0.3), "gold"),
    ]


def sneaker(on: bool) -> list[Part]:
    """A low running shoe from the side, toe to the left, with a pale sole."""
    upper = [
        (-0.66, 0.12), (-0.68, 0.22), (-0.58, 0.33), (-0.36, 0.42), (-0.12, 0.62), (0.02, 0.72),
        (0.14, 0.7), (0.2, 0.62), (0.34, 0.6), (0.48, 0.74), (0.58, 0.72), (0.58, 0.4), (0.6, 0.12),
    ]  # fmt: skip
    sole = [
        (-0.7, 0.05), (-0.72, 0.13), (-0.6, 0.15), (0.0, 0.14), (0.6, 0.19), (0.66, 0.15),
        (0.63, 0.02), (0.0, 0.0), (-0.5, 0.0),
    ]  # fmt: skip
    laces = [
        Part(
            tube(
                [(-0.3 + d, -0.16, 0.4 + d), (-0.24 + d, 0.0, 0.5 + d), (-0.3 + d, 0.16, 0.4 + d)],
                0.02,
            ),
            "pale",
        )
        for d in (0.0, 0.09, 0.18)
    ]
    stripe = tube([(-0.1, -0.2, 0.2), (0.1, -0.23, 0.3), (0.3, -0.2, 0.48)], 0.03)
    return [
        Part(extrude(upper, 0.46, 0.22)),
        Part(extrude(sole, 0.52, 0.08), "sole"),
        Part(stripe, "pale"),
        Part(ball(0.13, (0.28, 0, 0.6), (1.1, 0.8, 0.25)), "dark"),
        *laces,
    ]


def camera(on: bool) -> list[Part]:
    """A compact with a silver top, a lens in the middle that comes out when it is on."""
    reach = 0.42 if on else 0.14
    parts = [
        Part(rounded_box((1.1, 0.36, 0.56), (0, 0, 0.34), 0.2)),
        Part(rounded_box((1.08, 0.34, 0.18), (0, 0, 0.66), 0.2), "metal"),
        Part(rounded_box((0.34, 0.28, 0.16), (0, 0, 0.79), 0.3), "metal"),
        Part(disc(0.1, (0.36, 0.0, 0.78), (0, 0, 1), 0.08), "dark"),
        Part(disc(0.25, (0, -0.18 - reach / 2, 0.38), (0, 1, 0), reach), "dark"),
        Part(ring(0.235, 0.03, (0, -0.18 - reach, 0.38), (0, 1, 0)), "metal"),
        Part(ball(0.19, (0, -0.17 - reach, 0.38), (1, 0.25, 1)), "lens"),
        Part(disc(0.06, (-0.4, -0.18, 0.54), (0, 1, 0), 0.03), "pale"),
    ]
    return [Part(part.mesh.translate((0, 0, -0.06)), part.surface) for part in parts]  # type: ignore[arg-type]


def toaster(on: bool) -> list[Part]:
    """A wide box with two slots, a lever at the side, and toast in it when filled."""
    parts = [
        Part(rounded_box((1.05, 0.56, 0.66), (0, 0, 0.36), 0.3)),
        Part(rounded_box((0.8, 0.09, 0.04), (0, -0.1, 0.69), 0.2), "dark"),
        Part(rounded_box((0.8, 0.09, 0.04), (0, 0.1, 0.69), 0.2), "dark"),
        Part(rounded_box((0.08, 0.16, 0.06), (0.56, 0, 0.5), 0.4), "dark"),
        Part(disc(0.07, (0.34, -0.28, 0.2), (0, 1, 0), 0.05), "metal"),
        Part(rounded_box((1.0, 0.5, 0.06), (0, 0, 0.03), 0.2), "dark"),
    ]
    if on:
        for y in (-0.1, 0.1):
            parts.append(Part(rounded_box((0.66, 0.08, 0.44), (0, y, 0.8), 0.3), "toast"))
            parts.append(Part(rounded_box((0.5, 0.085, 0.3), (0, y, 0.79), 0.3), "crumb"))
    return parts


SHAPES: dict[str, Callable[[bool], list[Part]]] = {
    shape.__name__: shape
    for shape in (
        lantern, bottle, mug, headphones, speaker, watch, lamp, vase,
        backpack, umbrella, candle, kettle, perfume, sneaker, camera, toaster,
    )
}  # fmt: skip


@lru_cache(maxsize=64)
def shape(product: str, on: bool) -> tuple[Part, ...]:
    """The parts of a product with its state on or off; made once, not to be changed."""
    return tuple(SHAPES[product](on))
