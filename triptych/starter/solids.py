"""Simple solids with normals for shading: turned, rounded, bent to a tube, cut from an outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyvista as pv

Point = tuple[float, float, float]


def lathe(profile: Sequence[tuple[float, float]], at: tuple[float, float] = (0, 0)) -> pv.PolyData:
    """A solid of revolution from (radius, height) points, rounded by a spline between them."""
    points = np.array(profile, dtype=float)
    angles = np.linspace(0, 2 * np.pi, 49)
    radius, height = points[:, 0:1], points[:, 1:2]
    grid = pv.StructuredGrid(
        at[0] + radius * np.cos(angles),
        at[1] + radius * np.sin(angles),
        np.repeat(height, len(angles), axis=1),
    )
    return smooth(grid.extract_surface(algorithm="dataset_surface"), 35)


def curve(profile: Sequence[tuple[float, float]], count: int = 24) -> list[tuple[float, float]]:
    """A smooth (radius, height) profile through a few points."""
    spline = pv.Spline(np.array([(r, 0, z) for r, z in profile], dtype=float), count)
    return [(max(float(x), 0.0), float(z)) for x, _, z in spline.points]


def smooth(mesh: pv.DataObject, angle: float = 40) -> pv.PolyData:
    """Normals that shade round what is round and keep sharp edges."""
    clean = mesh.triangulate().clean()
    return clean.compute_normals(
        split_vertices=True, feature_angle=angle, consistent_normals=True, auto_orient_normals=True
    )


def rounded_box(size: Point, at: Point, roundness: float = 0.25) -> pv.PolyData:
    """A box with soft edges: a superellipsoid of the given full sizes."""
    solid = pv.ParametricSuperEllipsoid(
        xradius=size[0] / 2,
        yradius=size[1] / 2,
        zradius=size[2] / 2,
        n1=roundness,
        n2=roundness,
        u_res=48,
        v_res=48,
    )
    return smooth(solid.translate(at), 60)


def tube(points: Sequence[Point], radius: float) -> pv.PolyData:
    """A round bar along a smooth line through the points."""
    return smooth(pv.Spline(np.array(points, dtype=float), 40).tube(radius=radius, n_sides=16), 60)


def disc(radius: float, at: Point, normal: Point, thick: float = 0.04) -> pv.PolyData:
    """A flat cylinder facing `normal`."""
    solid = pv.Cylinder(center=at, direction=normal, radius=radius, height=thick, resolution=48)
    return smooth(solid, 40)


def ring(radius: float, width: float, at: Point, normal: Point) -> pv.PolyData:
    """A torus facing `normal`."""
    torus = pv.ParametricTorus(ringradius=radius, crosssectionradius=width, u_res=48, v_res=16)
    turned = torus.rotate_x(90) if abs(normal[1]) > 0.5 else torus
    turned = turned.rotate_y(90) if abs(normal[0]) > 0.5 else turned
    return smooth(turned.translate(at), 60)


def ball(radius: float, at: Point, squash: Point = (1, 1, 1)) -> pv.PolyData:
    """A sphere, stretched by `squash`."""
    sphere = pv.Sphere(radius=radius, theta_resolution=28, phi_resolution=28)
    return smooth(sphere.scale(squash).translate(at), 60)


def extrude(outline: Sequence[tuple[float, float]], depth: float, pinch: float) -> pv.PolyData:
    """An (x, z) outline given a rounded thickness along y, thinner by `pinch` at its faces."""
    flat = np.array(outline, dtype=float)
    middle = flat.mean(axis=0)
    layers = []
    for t in np.linspace(-1, 1, 9):
        shrink = 1 - pinch * abs(t) ** 3
        ring_xz = middle + (flat - middle) * shrink
        y = np.full(len(flat), t * depth / 2)
        layers.append(np.column_stack([ring_xz[:, 0], y, ring_xz[:, 1]]))
    count = len(flat)
    points = np.vstack(layers)
    faces: list[int] = []
    for layer in range(len(layers) - 1):
        for i in range(count):
            a, b = layer * count + i, layer * count + (i + 1) % count
            faces += [4, a, b, b + count, a + count]
    last = (len(layers) - 1) * count
    faces += [count, *range(count), count, *range(last, last + count)]
    return smooth(pv.PolyData(points, faces), 50)
