"""What can be in a starter picture: the closed vocabulary, and how one scene is drawn from it.

A scene is the ground truth of a case. The renderer makes the picture and the clip of it, the
grammar its words; neither adds a fact that is not here, so any of them can be checked against it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from random import Random


@dataclass(frozen=True)
class Product:
    """A kind of product: what it can be made of and the one state that shows."""

    kind: str
    noun: str
    materials: tuple[str, ...]
    state: str


PRODUCTS: dict[str, Product] = {
    p.kind: p
    for p in (
        Product("lantern", "camping lantern", ("steel", "plastic"), "lit"),
        Product("bottle", "water bottle", ("steel", "glass", "plastic"), "wet"),
        Product("mug", "mug", ("ceramic", "steel"), "steaming"),
        Product("headphones", "headphones", ("plastic", "leather"), "glowing"),
        Product("speaker", "speaker", ("plastic", "wood", "fabric"), "glowing"),
        Product("watch", "watch", ("steel", "leather"), "glowing"),
        Product("lamp", "desk lamp", ("steel", "wood"), "lit"),
        Product("vase", "vase", ("ceramic", "glass"), "filled"),
        Product("backpack", "backpack", ("fabric", "leather"), "wet"),
        Product("umbrella", "umbrella", ("fabric", "plastic"), "open"),
        Product("candle", "candle", ("wax", "glass"), "lit"),
        Product("kettle", "kettle", ("steel", "ceramic"), "steaming"),
        Product("perfume", "perfume bottle", ("glass", "ceramic"), "wet"),
        Product("sneaker", "sneaker", ("fabric", "leather"), "wet"),
        Product("camera", "camera", ("leather", "plastic"), "open"),
        Product("toaster", "toaster", ("steel", "plastic"), "filled"),
    )
}
"""`state` is on or off in a scene. Filled: a vase holds flowers, a toaster holds toast. Open: an
umbrella is unfolded; a camera's lens is out. Glowing: a light ring, dial or display shines."""

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.66, 0.03, 0.03),
    "orange": (0.90, 0.28, 0.015),
    "yellow": (0.95, 0.80, 0.08),
    "green": (0.10, 0.50, 0.16),
    "blue": (0.04, 0.15, 0.66),
    "purple": (0.32, 0.08, 0.58),
    "white": (0.93, 0.93, 0.91),
    "black": (0.04, 0.04, 0.045),
}
"""Base colour, linear-ish RGB in 0..1; the renderer may vary it a little, never across names."""


@dataclass(frozen=True)
class Setting:
    """A place: the times of day and weathers that are believable there."""

    key: str
    phrase: str
    times: tuple[str, ...]
    weathers: tuple[str, ...]


SETTINGS: dict[str, Setting] = {
    s.key: s
    for s in (
        Setting("campsite", "at a campsite", ("dusk", "night"), ("clear", "fog")),
        Setting("street", "on a city street", ("day", "dusk", "night"), ("rain", "clear")),
        Setting("kitchen", "on a kitchen table", ("day", "dusk"), ("indoors",)),
        Setting("beach", "on a beach", ("day", "dusk"), ("clear",)),
        Setting("snowfield", "in the snow", ("day", "dusk"), ("snow", "clear")),
        Setting("studio", "in a studio", ("day",), ("indoors",)),
        Setting("desk", "on an office desk", ("day", "night"), ("indoors",)),
        Setting("forest", "in a forest", ("day", "dusk"), ("clear", "rain", "fog")),
        Setting("desert", "in the desert", ("day", "dusk"), ("clear",)),
        Setting("rooftop", "on a rooftop", ("day", "dusk", "night"), ("clear", "rain")),
        Setting("poolside", "by a swimming pool", ("day", "dusk"), ("clear",)),
        Setting("library", "in a library", ("day", "night"), ("indoors",)),
    )
}

TIMES = ("day", "dusk", "night")
WEATHERS = ("clear", "rain", "snow", "fog", "indoors")
MOTIONS = ("orbit", "dolly", "still")
"""How the camera moves in a clip. `still` is only drawn where something in the scene moves."""

BRAND_STARTS = (
    "Nor", "Vel", "Kes", "Lum", "Aur", "Bran", "Tor", "Mir", "Sol", "Quil", "Fen", "Hal",
    "Ost", "Riv", "Zan", "Cor", "Del", "Ever", "Gal", "Ivo",
)  # fmt: skip
BRAND_ENDS = (
    "vik", "ora", "trel", "ina", "dane", "mont", "ley", "wick", "ura", "eska", "holm", "ano",
    "field", "is", "umi", "ara", "lane", "ette", "ium", "oak",
)  # fmt: skip
NAME_STARTS = (
    "Ember", "Drift", "Halo", "Pine", "Nova", "Tide", "Aero", "Luna", "Frost", "Cedar", "Echo",
    "Sol", "Vista", "Onyx", "Willow", "Zephyr", "Coral", "Slate", "Mesa", "Opal",
)  # fmt: skip
NAME_ENDS = (
    "lite", "line", "Go", "One", "Mini", "craft", "fall", "wave", "dot", "Pro", "song", "way",
    "light", "stone", "S", "Max", "bird", "Air", "root", "X",
)  # fmt: skip

_ONSETS = (
    "b", "br", "c", "d", "f", "fl", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr",
    "v", "w", "z",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "oo")
_CODAS = ("", "", "", "l", "n", "r", "s", "x", "nd", "sk")


@dataclass(frozen=True)
class Scene:
    """Ground truth of one case. `seed` decides all that has no name: camera, light, scatter."""

    product: str
    colour: str
    material: str
    state_on: bool
    setting: str
    time: str
    weather: str
    motion: str
    brand: str
    name: str
    seed: int

    @property
    def state(self) -> str:
        """The product's visible state word (`lit`, `wet`, …), whether it is on or off."""
        return PRODUCTS[self.product].state

    @property
    def combination(self) -> tuple[str, str, str]:
        """Product, colour and setting: what the unseen half of the test split holds out."""
        return (self.product, self.colour, self.setting)

    @property
    def moves_by_itself(self) -> bool:
        """Whether something moves with a still camera: falling weather, flame, steam."""
        return self.weather in ("rain", "snow") or (
            self.state_on and (self.state == "steaming" or self.product in ("candle", "lantern"))
        )

    def attributes(self) -> dict[str, str | bool]:
        """The named facts as plain data, for `cases.jsonl` and for the judge."""
        facts = asdict(self)
        del facts["seed"]
        return facts | {"state": self.state}


def is_held_out(product: str, colour: str, setting: str) -> bool:
    """Whether a combination is kept for the unseen half of the test split (about one in 12).

    A pure function of the names, so that no list has to be stored and no later render can
    leak a held-out combination into training.
    """
    digest = hashlib.blake2b(f"{product}/{colour}/{setting}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 12 == 0


def draw_scene(rng: Random, *, held_out: bool) -> Scene:
    """Draw a scene whose combination is held out, or is not, as asked.

    Args:
        rng: source of all chance; the same state gives the same scene.
        held_out: draw from the combinations reserved for testing, or from the others.
    """
    while True:
        product = PRODUCTS[rng.choice(sorted(PRODUCTS))]
        colour = rng.choice(sorted(COLOURS))
        setting = SETTINGS[rng.choice(sorted(SETTINGS))]
        if is_held_out(product.kind, colour, setting.key) == held_out:
            break
    scene = Scene(
        product=product.kind,
        colour=colour,
        material=rng.choice(product.materials),
        state_on=rng.random() < 0.6,
        setting=setting.key,
        time=rng.choice(setting.times),
        weather=rng.choice(setting.weathers),
        motion=rng.choice(MOTIONS),
        brand=rng.choice(BRAND_STARTS) + rng.choice(BRAND_ENDS),
        name=rng.choice(NAME_STARTS) + rng.choice(NAME_ENDS),
        seed=rng.getrandbits(32),
    )
    if scene.motion == "still" and not scene.moves_by_itself:
        scene = replace(scene, motion=rng.choice(("orbit", "dolly")))
    return scene


def invent_name(rng: Random) -> str:
    """A word that can be said and that is no name of the world's: "Tavori", "Brelon", "Kestasa"."""
    syllables = (
        rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
        for _ in range(rng.randint(2, 3))
    )
    return "".join(syllables).capitalize()
