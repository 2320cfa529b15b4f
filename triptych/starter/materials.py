"""What products are made of: numbers for physically based shading."""

from __future__ import annotations

MATERIALS: dict[str, tuple[float, float, float]] = {
    "steel": (0.45, 0.28, 1.0),
    "plastic": (0.0, 0.38, 1.0),
    "glass": (0.1, 0.06, 0.82),
    "ceramic": (0.0, 0.14, 1.0),
    "leather": (0.0, 0.62, 1.0),
    "wood": (0.0, 0.5, 1.0),
    "fabric": (0.0, 0.95, 1.0),
    "wax": (0.0, 0.55, 1.0),
}
"""Metallic, roughness, opacity. Steel is lacquered, so that it keeps its colour's name."""

SURFACES: dict[str, tuple[tuple[float, float, float], float, float, float]] = {
    "dark": ((0.03, 0.03, 0.035), 0.0, 0.4, 0.0),
    "metal": ((0.78, 0.78, 0.8), 0.9, 0.25, 0.0),
    "gold": ((0.9, 0.66, 0.26), 0.9, 0.25, 0.0),
    "pale": ((0.88, 0.88, 0.86), 0.0, 0.5, 0.0),
    "sole": ((0.86, 0.85, 0.82), 0.0, 0.7, 0.0),
    "frost": ((0.72, 0.75, 0.78), 0.0, 0.15, 0.0),
    "coffee": ((0.12, 0.055, 0.02), 0.0, 0.15, 0.0),
    "lens": ((0.02, 0.03, 0.08), 0.3, 0.05, 0.0),
    "leaf": ((0.12, 0.32, 0.08), 0.0, 0.6, 0.0),
    "pink": ((0.9, 0.5, 0.62), 0.0, 0.6, 0.0),
    "cream": ((0.95, 0.9, 0.78), 0.0, 0.6, 0.0),
    "toast": ((0.45, 0.23, 0.08), 0.0, 0.8, 0.0),
    "crumb": ((0.85, 0.62, 0.32), 0.0, 0.8, 0.0),
    "warm": ((1.0, 0.8, 0.45), 0.0, 0.5, 1.0),
    "flame": ((1.0, 0.72, 0.25), 0.0, 0.5, 1.0),
    "cyan": ((0.25, 0.95, 1.0), 0.0, 0.5, 1.0),
}
"""Colour, metallic, roughness, and 1 if it shines by itself."""
