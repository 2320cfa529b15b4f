"""The words of the starter's world: for each fact of a scene, the ways to say it truly.

Every phrase here is also what the truth parser looks for, so a phrase must name one fact and no
other: no colour word outside COLOUR_WORDS, no place outside PLACES, and so on.
"""

from __future__ import annotations

NOUNS: dict[str, tuple[str, ...]] = {
    "lantern": ("camping lantern", "lantern"),
    "bottle": ("water bottle", "drinking bottle"),
    "mug": ("mug", "coffee mug"),
    "headphones": ("headphones", "over-ear headphones"),
    "speaker": ("speaker", "wireless speaker"),
    "watch": ("watch", "wristwatch"),
    "lamp": ("desk lamp", "reading lamp"),
    "vase": ("vase", "flower vase"),
    "backpack": ("backpack", "rucksack"),
    "umbrella": ("umbrella", "rain umbrella"),
    "candle": ("candle", "scented candle"),
    "kettle": ("kettle", "tea kettle"),
    "perfume": ("perfume bottle", "perfume flacon"),
    "sneaker": ("sneaker", "running shoe"),
    "camera": ("camera", "compact camera"),
    "toaster": ("toaster", "two-slot toaster"),
}
PLURAL = frozenset({"headphones"})

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "bright red"),
    "orange": ("orange", "bold orange"),
    "yellow": ("yellow", "sunny yellow"),
    "green": ("green", "leaf green"),
    "blue": ("blue", "deep blue"),
    "purple": ("purple", "rich purple"),
    "white": ("white", "pure white"),
    "black": ("black", "jet black"),
}

MATERIALS: dict[str, tuple[str, ...]] = {
    "steel": ("steel", "brushed steel"),
    "plastic": ("plastic", "tough plastic"),
    "glass": ("glass", "solid glass"),
    "ceramic": ("ceramic", "glazed ceramic"),
    "leather": ("leather", "soft leather"),
    "wood": ("wood", "natural wood"),
    "fabric": ("fabric", "woven fabric"),
    "wax": ("wax", "natural wax"),
}

PLACES: dict[str, tuple[str, ...]] = {
    "campsite": ("at a campsite", "beside the tent"),
    "street": ("on a city street", "on the pavement downtown"),
    "kitchen": ("on a kitchen table", "in the kitchen"),
    "beach": ("on a beach", "on the sand by the sea"),
    "snowfield": ("in the snow", "on a snowy field"),
    "studio": ("in a studio", "on a seamless studio backdrop"),
    "desk": ("on an office desk", "at the office"),
    "forest": ("in a forest", "among the trees"),
    "desert": ("in the desert", "among the dunes"),
    "rooftop": ("on a rooftop", "above the city on a roof terrace"),
    "poolside": ("by a swimming pool", "at the poolside"),
    "library": ("in a library", "between the bookshelves"),
}

TIMES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "in daylight"),
    "dusk": ("at dusk", "at sunset"),
    "night": ("at night", "after dark"),
}

WEATHERS: dict[str, tuple[str, ...]] = {
    "clear": ("under a clear sky", "in clear weather"),
    "rain": ("in the rain", "while rain falls"),
    "snow": ("in falling snow", "while snow falls"),
    "fog": ("in the fog", "in drifting fog"),
    "indoors": ("indoors",),
}

STATES_ON: dict[str, tuple[str, ...]] = {
    "lantern": ("lit", "switched on"),
    "bottle": ("wet", "beaded with water"),
    "mug": ("steaming", "steaming hot"),
    "headphones": ("glowing", "with glowing rings"),
    "speaker": ("glowing", "with a glowing ring"),
    "watch": ("glowing", "with a glowing dial"),
    "lamp": ("lit", "switched on"),
    "vase": ("filled with flowers", "full of fresh flowers"),
    "backpack": ("wet", "beaded with water"),
    "umbrella": ("open", "fully open"),
    "candle": ("lit", "burning"),
    "kettle": ("steaming", "steaming hot"),
    "perfume": ("wet", "beaded with water"),
    "sneaker": ("wet", "beaded with water"),
    "camera": ("with its lens out", "with the lens extended"),
    "toaster": ("filled with toast", "loaded with toast"),
}
STATES_OFF: dict[str, tuple[str, ...]] = {
    "lantern": ("unlit", "switched off"),
    "bottle": ("dry",),
    "mug": ("cool",),
    "headphones": ("unlit",),
    "speaker": ("unlit",),
    "watch": ("unlit",),
    "lamp": ("unlit", "switched off"),
    "vase": ("empty",),
    "backpack": ("dry",),
    "umbrella": ("folded", "closed"),
    "candle": ("unlit",),
    "kettle": ("cool",),
    "perfume": ("dry",),
    "sneaker": ("dry",),
    "camera": ("with its lens closed",),
    "toaster": ("empty",),
}

MOTION_WORDS: dict[str, tuple[str, ...]] = {
    "orbit": ("slow orbit", "the camera orbits"),
    "dolly": ("slow dolly in", "the camera moves in"),
    "still": ("still camera", "the camera rests"),
}
EFFECT_WORDS: dict[str, str] = {
    "rain": "rain falling",
    "snow": "snow falling",
    "steaming": "steam rising",
    "flame": "light flickering",
}

BENEFITS: dict[str, tuple[str, ...]] = {
    "lantern": ("brings warm company to the evening", "keeps the dark at a distance"),
    "bottle": ("keeps every sip fresh", "goes wherever thirst does"),
    "mug": ("makes the first sip count", "keeps both hands happy"),
    "headphones": ("turn noise into music", "keep the world outside"),
    "speaker": ("fills the moment with sound", "plays well with every mood"),
    "watch": ("keeps you on time", "makes every second look good"),
    "lamp": ("helps you see the next idea", "makes long pages short"),
    "vase": ("makes a corner feel cared for", "gives beauty a home"),
    "backpack": ("carries the whole day", "keeps your things in order"),
    "umbrella": ("keeps you ready for any cloud", "makes bad weather good style"),
    "candle": ("sets a gentle mood", "slows the evening down"),
    "kettle": ("makes time for tea", "turns waiting into a ritual"),
    "perfume": ("leaves a quiet signature", "says more than words"),
    "sneaker": ("makes every step lighter", "is ready when you are"),
    "camera": ("keeps what you love to see", "never misses the moment"),
    "toaster": ("gives the morning its crunch", "makes breakfast worth waking for"),
}

RESISTS: dict[str, tuple[str, ...]] = {
    "rain": ("shrugs off the rain", "is waterproof by design"),
    "snow": ("laughs at the snow", "does not mind falling snow"),
    "fog": ("finds its way through fog", "stands out in the fog"),
}

AUDIENCES = (
    "weekend explorers",
    "busy professionals",
    "young families",
    "design lovers",
    "students",
    "early risers",
)
