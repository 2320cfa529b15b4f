"""The same ten scenes by both renderers that were weighed: VTK (used) and Mitsuba 3.

    python benchmarks/renderers.py --out sheet.png

Needs `mitsuba` beside the extra `render`. Mitsuba gets the products' own meshes, materials, place,
camera and key light, with what it is good at: traced soft shadows, the place's panorama as light,
and depth of field (`thinlens`, `principled`, `scalar_rgb`). Weather, steam and glow, which are
laid over VTK's frames, are laid over neither here.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import mitsuba as mi
import numpy as np
from PIL import Image, ImageDraw

from triptych.starter.backdrops import HEIGHT, HORIZON, panorama
from triptych.starter.materials import MATERIALS, SURFACES
from triptych.starter.products import shape
from triptych.starter.renderer import Renderer
from triptych.starter.scene import COLOURS, Scene, draw_scene
from triptych.starter.settings import EXTENT, ground_texture

SIZE = 128


def ten_scenes() -> list[Scene]:
    """Ten products in ten places, in clear air, dry."""
    scenes, seen = [], set()
    for number in range(10_000):
        scene = draw_scene(Random(f"renderers:{number}"), held_out=False)
        dry = not (scene.state == "wet" and scene.state_on)
        plain = dry and scene.weather not in ("rain", "snow", "fog")
        if plain and not {scene.product, scene.setting} & seen:
            scenes.append(scene)
            seen |= {scene.product, scene.setting}
        if len(scenes) == 10:
            break
    return scenes


def by_mitsuba(scene: Scene, samples: int) -> np.ndarray:
    """(128, 128, 3) uint8 of a scene, traced with `samples` paths a pixel."""
    rng = Random(f"view:{scene.seed}")  # the draws of `starter.renderer`, in its order
    turn = rng.uniform(-22, 22)
    azimuth, elevation = rng.uniform(-180, 180), rng.uniform(3.5, 11)
    if scene.setting in ("beach", "poolside"):
        azimuth = rng.uniform(-25, 25)
    wide = scene.product in ("sneaker", "camera", "toaster", "kettle", "headphones")
    wide = wide or (scene.product == "umbrella" and scene.state_on)
    distance = rng.uniform(3.0, 3.5) * (1.12 if wide else 1.0)
    shift = (rng.uniform(-0.1, 0.1), rng.uniform(-0.04, 0.05))
    side = rng.choice((-1, 1)) * rng.uniform(0.7, 1.5)
    with tempfile.TemporaryDirectory() as folder:
        found = mi.load_dict(
            {
                "type": "scene",
                "integrator": {"type": "path", "max_depth": 6},
                "sensor": camera(azimuth, elevation, distance, shift, samples),
                "place": place(scene, azimuth),
                "key": key_light(azimuth, side),
                "ground": ground(scene),
                **products(scene, turn + azimuth, Path(folder)),
            }
        )
        picture = mi.Bitmap(mi.render(found))
    converted = picture.convert(mi.Bitmap.PixelFormat.RGB, mi.Struct.Type.UInt8, srgb_gamma=True)
    return np.array(converted)


def camera(
    azimuth: float, elevation: float, distance: float, shift: tuple[float, float], samples: int
) -> dict[str, Any]:
    """The stills' own view, through a lens that is in focus at the product."""
    angle, rise = np.radians(-90 + azimuth), np.radians(elevation)
    across = np.array([-np.sin(angle), np.cos(angle)]) * shift[0]
    flat = distance * np.cos(rise)
    eye = [flat * np.cos(angle) + across[0], flat * np.sin(angle) + across[1],
           0.5 + distance * np.sin(rise)]  # fmt: skip
    to = mi.ScalarTransform4f().look_at(
        origin=eye, target=[across[0], across[1], 0.53 + shift[1]], up=[0, 0, 1]
    )
    return {
        "type": "thinlens",
        "fov": 27,
        "aperture_radius": 0.06,
        "focus_distance": float(distance),
        "to_world": to,
        "film": {"type": "hdrfilm", "width": SIZE, "height": SIZE, "pixel_format": "rgb"},
        "sampler": {"type": "independent", "sample_count": samples},
    }


def place(scene: Scene, azimuth: float) -> dict[str, Any]:
    """The panorama as light from all round: a wall's height of it, stretched to a sphere."""
    view = panorama(scene.setting, scene.time).astype(np.float32) / 255
    top = np.repeat(view[:1], 2 * HORIZON - HEIGHT // 8, axis=0)
    whole = np.concatenate([top, view, np.repeat(view[-1:], HEIGHT, axis=0)])
    whole = np.roll(whole**2.2, whole.shape[1] // 4, axis=1)
    turned = mi.ScalarTransform4f().rotate([1, 0, 0], 90)
    return {"type": "envmap", "bitmap": mi.Bitmap(whole), "to_world": turned}


def key_light(azimuth: float, side: float) -> dict[str, Any]:
    """A soft box where VTK has its key light."""
    angle = np.radians(-90 + azimuth)
    toward = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-toward[1], toward[0]])
    spot = [*(toward * 3.2 + across * 2.6 * side), 4.6]
    to = mi.ScalarTransform4f().look_at(origin=spot, target=[0, 0, 0.5], up=[0, 0, 1])
    return {
        "type": "rectangle",
        "to_world": to,
        "emitter": {"type": "area", "radiance": {"type": "rgb", "value": 45.0}},
    }


def ground(scene: Scene) -> dict[str, Any]:
    """The place's ground, lit this time rather than painted."""
    texture = ground_texture(scene.setting, scene.time).astype(np.float32)[..., :3] / 255
    return {
        "type": "rectangle",
        "to_world": mi.ScalarTransform4f().scale([EXTENT / 2, EXTENT / 2, 1]),
        "bsdf": {
            "type": "diffuse",
            "reflectance": {"type": "bitmap", "bitmap": mi.Bitmap(texture**2.2), "raw": True},
        },
    }


def products(scene: Scene, turn: float, folder: Path) -> dict[str, Any]:
    """The product's parts with their materials."""
    shapes: dict[str, Any] = {}
    for number, part in enumerate(shape(scene.product, scene.state_on)):
        path = folder / f"{number}.obj"
        bare = part.mesh.triangulate()
        bare.clear_data()
        bare.save(path)
        emits = 0.0
        if part.surface == "body":
            colour = COLOURS[scene.colour]
            metallic, roughness, opacity = MATERIALS[scene.material]
        else:
            (colour, metallic, roughness, emits), opacity = SURFACES[part.surface], 1.0
        linear = [float(c) ** 2.2 for c in colour]
        surface: dict[str, Any] = {
            "type": "principled",
            "base_color": {"type": "rgb", "value": linear},
            "metallic": metallic,
            "roughness": max(roughness, 0.03),
            "spec_trans": 1 - opacity,
        }
        shapes[f"part{number}"] = {
            "type": "obj",
            "filename": str(path),
            "to_world": mi.ScalarTransform4f().rotate([0, 0, 1], turn),
            "bsdf": {"type": "twosided", "nested": surface} if opacity == 1 else surface,
        }
        if emits:
            light = {"type": "rgb", "value": [3 * c for c in linear]}
            shapes[f"part{number}"]["emitter"] = {"type": "area", "radiance": light}
    return shapes


def main() -> None:
    """Render, time and draw the sheet: VTK above, Mitsuba below."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=64)
    options = parser.parse_args()
    mi.set_variant("scalar_rgb")
    scenes = ten_scenes()
    sheet = Image.new("RGB", (5 * (SIZE + 6), 2 * (2 * SIZE + 34)), "white")
    draw = ImageDraw.Draw(sheet)
    spent = {"vtk": 0.0, "mitsuba": 0.0}
    with Renderer() as renderer:
        for place_, scene in enumerate(scenes):
            left, top = (place_ % 5) * (SIZE + 6), (place_ // 5) * (2 * SIZE + 34)
            for row, name in enumerate(spent):
                began = time.process_time()
                pixels = renderer.still(scene) if row == 0 else by_mitsuba(scene, options.samples)
                spent[name] += time.process_time() - began
                sheet.paste(Image.fromarray(pixels), (left, top + row * (SIZE + 4)))
            words = f"{scene.colour} {scene.material} {scene.product}"
            draw.text((left, top + 2 * SIZE + 6), words, fill="black")
            draw.text((left, top + 2 * SIZE + 17), f"{scene.setting}, {scene.time}", fill="black")
    sheet.save(options.out)
    for name, seconds in spent.items():
        print(f"{name}: {seconds / len(scenes):.2f} s of processor time a picture")


if __name__ == "__main__":
    main()
