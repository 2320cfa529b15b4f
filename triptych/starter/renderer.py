"""From a scene to its photograph and its clip, with VTK off screen.

Physically based surfaces lit by the place's own panorama, a key and a rim light, soft shadows from
projected copies of the product, and an out-of-focus background. Everything is a function of the
scene: the same scene gives the same bytes on the same machine.
"""

from __future__ import annotations

import os

os.environ.setdefault("LP_NUM_THREADS", "1")  # one thread: bytes do not depend on the machine

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from PIL import Image
from vtkmodules.vtkCommonCore import vtkObject

from triptych.starter import effects
from triptych.starter.backdrops import HEIGHT, HORIZON, panorama
from triptych.starter.materials import MATERIALS, SURFACES
from triptych.starter.products import Part, shape
from triptych.starter.scene import COLOURS, Scene
from triptych.starter.settings import EXTENT, PLACES, ground_texture
from triptych.starter.shadows import shadow_sheet

vtkObject.GlobalWarningDisplayOff()

SIZE, FRAMES = 128, 16
_OVERSAMPLE = 3
_RADIUS = 11.0

_KEY = {"day": 2.1, "dusk": 1.9, "night": 1.9}
_KEY_COLOUR = {"day": (1.0, 0.98, 0.94), "dusk": (1.0, 0.94, 0.86), "night": (0.95, 0.95, 1.0)}


class Renderer:
    """Renders scenes one after the other; keeps one prepared stage for each place and time.

    Use as a context manager, or call `close` when done.

    Args:
        size: side of the pictures in pixels.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self._stages: dict[tuple[str, str], _Stage] = {}

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the windows."""
        for stage in self._stages.values():
            stage.plotter.close()
        self._stages.clear()

    def still(self, scene: Scene) -> NDArray[np.uint8]:
        """The photograph of a scene, (size, size, 3): the same as frame 0 of its clip."""
        return self._shoot(scene, [0])[0]

    def clip(self, scene: Scene, frames: int = FRAMES) -> NDArray[np.uint8]:
        """The clip of a scene, (frames, size, size, 3), at 8 frames a second."""
        return np.stack(self._shoot(scene, range(frames)))

    def _shoot(self, scene: Scene, frames: Iterable[int]) -> list[NDArray[np.uint8]]:
        key = (scene.setting, scene.time)
        if key not in self._stages:
            self._stages[key] = _Stage(*key, self.size * _OVERSAMPLE)
        return self._stages[key].shoot(scene, frames, self.size)


@dataclass
class _Placed:
    """What stands on a stage for one scene."""

    actors: list[pv.Actor] = field(default_factory=list)
    emitting: list[tuple[pv.Actor, NDArray[np.float64]]] = field(default_factory=list)
    """Those that give light, with their colour."""


class _Stage:
    """One place at one time of day: panorama, ground and environment light, ready for products."""

    def __init__(self, setting: str, time: str, pixels: int) -> None:
        self.setting, self.time = setting, time
        self.plotter: Any = pv.Plotter(
            off_screen=True, window_size=[pixels, pixels], lighting="none"
        )
        self.plotter.render_window.SetMultiSamples(0)  # oversampling alone is as smooth and faster
        view = panorama(setting, time)
        self.haze = view[HORIZON - 12].mean(axis=0)
        self.plotter.set_background((view[0].mean(axis=0) / 255).tolist())
        self._add_backdrop(view)
        self._add_ground()
        small = Image.fromarray(view).resize((256, 128), Image.Resampling.BOX)
        light = np.asarray(small).astype(np.float32) * {"day": 1.0, "dusk": 1.5, "night": 2.2}[time]
        light = 0.45 * light + 0.55 * light.mean(axis=2, keepdims=True)  # colours stay themselves
        light[10:40, 20:70] = 235  # a soft box, for highlights that show the form
        texture = pv.Texture(np.clip(light, 0, 255).astype(np.uint8))
        self.plotter.set_environment_texture(texture, is_srgb=True, resample=1 / 8)
        colour, strength = _KEY_COLOUR[time], _KEY[time]
        self.key = pv.Light(light_type="scene light", color=colour, intensity=strength)
        self.rim = pv.Light(
            light_type="scene light", color="white", intensity=1.2 if time == "night" else 0.8
        )
        self.plotter.add_light(self.key)
        self.plotter.add_light(self.rim)

    def _add_backdrop(self, view: NDArray[np.uint8]) -> None:
        angles = np.linspace(0, 2 * np.pi, 97)
        top = 6.6 * HORIZON / HEIGHT + 0.2
        bottom = top - 6.6
        x, y = _RADIUS * np.cos(angles), _RADIUS * np.sin(angles)
        rows = [np.column_stack([x, y, np.full(97, z)]) for z in (bottom, top)]
        wall = pv.PolyData(np.vstack(rows), _quads(2, 97))
        across = np.tile(np.linspace(0, 1, 97), 2)
        up = np.repeat([0.0, 1.0], 97)
        wall.active_texture_coordinates = np.column_stack([across, up]).astype(np.float32)
        self.plotter.add_mesh(wall, texture=pv.Texture(view), lighting=False)

    def _add_ground(self) -> None:
        plane = pv.Plane(i_size=EXTENT, j_size=EXTENT, i_resolution=1, j_resolution=1)
        texture = pv.Texture(ground_texture(self.setting, self.time))
        self.plotter.add_mesh(plane, texture=texture, lighting=False)

    def shoot(self, scene: Scene, frames: Iterable[int], size: int) -> list[NDArray[np.uint8]]:
        """Frames of a scene; `frames` are numbers on the clip's time line."""
        rng = Random(f"view:{scene.seed}")
        turn = rng.uniform(-22, 22)
        parts = shape(scene.product, scene.state_on)
        azimuth, elevation = rng.uniform(-180, 180), rng.uniform(3.5, 11)
        if scene.setting in ("beach", "poolside"):
            azimuth = rng.uniform(-25, 25)  # towards the water
        distance = rng.uniform(3.0, 3.5) * (1.12 if _is_wide(scene) else 1.0)
        shift = (rng.uniform(-0.1, 0.1), rng.uniform(-0.04, 0.05))
        light_side = rng.choice((-1, 1)) * rng.uniform(0.7, 1.5)
        self._aim_lights(azimuth, light_side)
        placed = self._place(scene, parts, turn + azimuth, azimuth, light_side, rng)
        source = effects.source_of(scene, parts)
        shots = []
        for frame in frames:
            moment = frame / (FRAMES - 1)
            look = _Look(scene.motion, azimuth, elevation, distance, shift, moment)
            focus = look.apply(self.plotter)
            flicker = effects.flicker(scene, frame)
            for actor, strength in placed.emitting:
                actor.prop.color = np.clip(strength * flicker, 0, 1).tolist()
            self.plotter.render()
            image = np.asarray(self.plotter.screenshot(return_img=True), dtype=np.float32)[..., :3]
            spot = self._project(source, turn + azimuth) if source else None
            shots.append(effects.finish(image, scene, frame, size, self.haze, spot, flicker, focus))
        for actor in placed.actors:
            self.plotter.remove_actor(actor, render=False)
        return shots

    def _aim_lights(self, azimuth: float, side: float) -> None:
        angle = np.radians(-90 + azimuth)
        toward = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-toward[1], toward[0]])
        key = toward * 3.2 + across * 2.6 * side
        rim = -toward * 3.0 - across * 2.0 * side
        self.key.position = (float(key[0]), float(key[1]), 4.6)
        self.rim.position = (float(rim[0]), float(rim[1]), 3.0)
        for light in (self.key, self.rim):
            light.focal_point = (0, 0, 0.5)

    def _place(
        self,
        scene: Scene,
        parts: Sequence[Part],
        turn: float,
        azimuth: float,
        side: float,
        rng: Random,
    ) -> _Placed:
        placed = _Placed()
        colour = np.array(COLOURS[scene.colour]) * rng.uniform(0.94, 1.06)
        for part in parts:
            options = self._surface(scene, part.surface, np.clip(colour, 0, 1))
            actor = self.plotter.add_mesh(part.mesh, render=False, **options)
            actor.rotate_z(turn)
            placed.actors.append(actor)
            if part.surface in SURFACES and SURFACES[part.surface][3]:
                placed.emitting.append((actor, np.array(SURFACES[part.surface][0])))
        placed.actors += self._shadows(parts, turn, azimuth, side)
        if scene.state_on and scene.state == "wet":
            placed.actors.append(self._drops(parts, turn, rng))
        return placed

    def _surface(self, scene: Scene, surface: str, colour: NDArray[np.float64]) -> dict[str, Any]:
        if surface == "body":
            metallic, roughness, opacity = MATERIALS[scene.material]
            base = colour
        else:
            fixed, metallic, roughness, emission = SURFACES[surface]
            base, opacity = np.array(fixed), 1.0
            if emission:
                return {"color": base.tolist(), "lighting": False}
        return {
            "color": np.clip(base, 0, 1).tolist(),
            "pbr": True,
            "metallic": metallic,
            "roughness": roughness,
            "opacity": opacity,
        }

    def _shadows(
        self, parts: Sequence[Part], turn: float, azimuth: float, side: float
    ) -> list[pv.Actor]:
        """One soft sheet on the ground: each part's outline cast along the light, and blurred."""
        angle = np.radians(-90 + azimuth)
        toward = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-toward[1], toward[0]])
        away = -(toward * 0.5 + across * 0.5 * side)
        sheet = shadow_sheet(parts, turn, away, soft=PLACES[self.setting].indoors)
        plane = pv.Plane(center=(0, 0, 0.004), i_size=4, j_size=4, i_resolution=1, j_resolution=1)
        return [
            self.plotter.add_mesh(plane, texture=pv.Texture(sheet), lighting=False, render=False)
        ]

    def _drops(self, parts: Sequence[Part], turn: float, rng: Random) -> pv.Actor:
        """Beads of water on the body."""
        points, normals = _scatter([p.mesh for p in parts if p.surface == "body"], 170, rng)
        cloud = pv.PolyData(points + 0.004 * normals)
        cloud["size"] = np.array([rng.uniform(0.007, 0.021) for _ in points])
        bead = pv.Sphere(radius=1.0, theta_resolution=8, phi_resolution=8)
        beads = cloud.glyph(geom=bead, scale="size", orient=False).rotate_z(turn, inplace=False)
        return self.plotter.add_mesh(
            beads,
            color=(0.86, 0.93, 0.98),
            pbr=True,
            metallic=0.25,
            roughness=0.05,
            opacity=0.85,
            render=False,
        )

    def _project(self, point: tuple[float, float, float], turn: float) -> tuple[float, float]:
        """Where a point of the product is in the picture, in 0..1 from the top left."""
        angle = np.radians(turn)
        x = point[0] * np.cos(angle) - point[1] * np.sin(angle)
        y = point[0] * np.sin(angle) + point[1] * np.cos(angle)
        renderer = self.plotter.renderer
        renderer.SetWorldPoint(float(x), float(y), point[2], 1.0)
        renderer.WorldToView()
        across, up, _ = renderer.GetViewPoint()
        return (across + 1) / 2, (1 - up) / 2


class _Look:
    """Where the camera is at a moment of the clip (0 at its start, 1 at its end)."""

    def __init__(
        self,
        motion: str,
        azimuth: float,
        elevation: float,
        distance: float,
        shift: tuple[float, float],
        moment: float,
    ) -> None:
        self.azimuth = azimuth + (34 * moment - 17 if motion == "orbit" else 0.0)
        self.distance = distance * (1.12 - 0.36 * moment if motion == "dolly" else 1.0)
        self.elevation, self.shift = elevation, shift

    def apply(self, plotter: pv.Plotter) -> float:
        """Set the camera; returns its distance."""
        angle, rise = np.radians(-90 + self.azimuth), np.radians(self.elevation)
        flat = self.distance * np.cos(rise)
        across = np.array([-np.sin(angle), np.cos(angle)]) * self.shift[0]
        eye = (
            float(flat * np.cos(angle) + across[0]),
            float(flat * np.sin(angle) + across[1]),
            0.5 + float(self.distance * np.sin(rise)),
        )
        focus = (float(across[0]), float(across[1]), 0.53 + self.shift[1])
        plotter.camera_position = [eye, focus, (0, 0, 1)]
        plotter.camera.view_angle = 27
        plotter.renderer.ResetCameraClippingRange()
        return self.distance


def _scatter(
    meshes: Sequence[pv.PolyData], count: int, rng: Random
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(count, 3) points spread evenly over the surfaces, and their normals."""
    corners = [np.asarray(mesh.points)[mesh.regular_faces] for mesh in meshes]
    triangles = np.vstack(corners)
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    area = np.linalg.norm(cross, axis=1)
    draw = np.random.default_rng(rng.getrandbits(32))
    chosen = draw.choice(len(area), count, p=area / area.sum())
    weights = draw.dirichlet((1, 1, 1), count)
    points = np.einsum("nc,ncx->nx", weights, triangles[chosen])
    return points, cross[chosen] / area[chosen, None]


def _quads(rows: int, columns: int) -> list[int]:
    faces: list[int] = []
    for row in range(rows - 1):
        for column in range(columns - 1):
            a = row * columns + column
            faces += [4, a, a + 1, a + columns + 1, a + columns]
    return faces


def _is_wide(scene: Scene) -> bool:
    return scene.product in ("sneaker", "camera", "toaster", "kettle", "headphones") or (
        scene.product == "umbrella" and scene.state_on
    )
