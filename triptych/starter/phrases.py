"""The words of the starter's world: for each fact of a scene, the ways to say it truly.

Every phrase here is also what the truth parser looks for, so a phrase names one fact and no
other: no colour word outside COLOUR_WORDS, no place outside PLACES, and so on. The first phrase
of each list is the usual one. `{s}` and `{is}` agree with the product's number.
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
    "candle": ("candle", "pillar candle"),
    "kettle": ("kettle", "tea kettle"),
    "perfume": ("perfume bottle", "perfume flacon"),
    "sneaker": ("sneaker", "running shoe"),
    "camera": ("camera", "compact camera"),
    "toaster": ("toaster", "two-slot toaster"),
}
PLURAL = frozenset({"headphones"})

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "bright red", "cherry red"),
    "orange": ("orange", "bold orange", "tangerine orange"),
    "yellow": ("yellow", "sunny yellow", "lemon yellow"),
    "green": ("green", "leaf green", "emerald green"),
    "blue": ("blue", "deep blue", "royal blue"),
    "purple": ("purple", "rich purple", "violet purple"),
    "white": ("white", "pure white", "pearl white"),
    "black": ("black", "jet black", "ink black"),
}

MATERIALS: dict[str, tuple[str, ...]] = {
    "steel": ("steel", "brushed steel", "solid steel"),
    "plastic": ("plastic", "tough plastic", "smooth plastic"),
    "glass": ("glass", "moulded glass", "fine glass"),
    "ceramic": ("ceramic", "glazed ceramic", "fired ceramic"),
    "leather": ("leather", "soft leather", "fine leather"),
    "wood": ("wood", "natural wood", "solid wood"),
    "fabric": ("fabric", "woven fabric", "sturdy fabric"),
    "wax": ("wax", "natural wax", "poured wax"),
}

PLACES: dict[str, tuple[str, ...]] = {
    "campsite": ("at a campsite", "beside the tent", "at the camp"),
    "street": ("on a city street", "on the pavement downtown", "on a town street"),
    "kitchen": ("on a kitchen table", "in the kitchen", "on the kitchen counter"),
    "beach": ("on a beach", "on the seashore", "at the seaside"),
    "snowfield": ("in the snow", "on a snowy field", "on fresh snow"),
    "studio": ("in a studio", "on a studio backdrop", "in the photo studio"),
    "desk": ("on an office desk", "at the office", "on a tidy work desk"),
    "forest": ("in a forest", "among the trees", "in the woods"),
    "desert": ("in the desert", "among the dunes", "on desert sand"),
    "rooftop": ("on a rooftop", "on a roof terrace", "up on the roof"),
    "poolside": ("by a swimming pool", "at the poolside", "beside the pool"),
    "library": ("in a library", "between the bookshelves", "among library books"),
}

TIMES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "in daylight", "in daytime"),
    "dusk": ("at dusk", "at sunset", "at sundown"),
    "night": ("at night", "after dark", "by night"),
}

WEATHERS: dict[str, tuple[str, ...]] = {
    "clear": ("under a clear sky", "in clear weather", "in clear air"),
    "rain": ("in the rain", "while rain falls", "in steady rain"),
    "snow": ("in falling snow", "while snow falls", "in a snowfall"),
    "fog": ("in the fog", "in drifting fog", "in thick fog"),
    "indoors": ("indoors",),
}

STATES_ON: dict[str, tuple[str, ...]] = {
    "lantern": ("lit", "shining", "aglow"),
    "bottle": ("wet", "beaded with water", "covered in droplets"),
    "mug": ("steaming", "steaming hot", "full and steaming"),
    "headphones": ("glowing", "with glowing rings", "with their lights aglow"),
    "speaker": ("glowing", "with a glowing ring", "with its light ring aglow"),
    "watch": ("glowing", "with a glowing dial", "with its dial lit up"),
    "lamp": ("lit", "shining", "aglow"),
    "vase": ("filled with flowers", "full of fresh flowers", "holding flowers"),
    "backpack": ("wet", "beaded with water", "covered in droplets"),
    "umbrella": ("open", "fully open", "unfolded"),
    "candle": ("lit", "burning", "aglow"),
    "kettle": ("steaming", "steaming hot", "on the boil"),
    "perfume": ("wet", "beaded with water", "covered in droplets"),
    "sneaker": ("wet", "beaded with water", "covered in droplets"),
    "camera": ("with its lens out", "with the lens extended", "with an open lens"),
    "toaster": ("filled with toast", "loaded with toast", "holding toast"),
}
STATES_OFF: dict[str, tuple[str, ...]] = {
    "lantern": ("unlit", "switched off"),
    "bottle": ("dry", "perfectly dry"),
    "mug": ("cool", "no longer hot"),
    "headphones": ("unlit", "with no light on"),
    "speaker": ("unlit", "with no light on"),
    "watch": ("unlit", "with no light on"),
    "lamp": ("unlit", "switched off"),
    "vase": ("empty", "without flowers"),
    "backpack": ("dry", "perfectly dry"),
    "umbrella": ("folded", "closed"),
    "candle": ("unlit", "not yet lit"),
    "kettle": ("cool", "not yet hot"),
    "perfume": ("dry", "perfectly dry"),
    "sneaker": ("dry", "perfectly dry"),
    "camera": ("with its lens closed", "with the lens closed"),
    "toaster": ("empty", "without toast"),
}

MOTION_WORDS: dict[str, tuple[str, ...]] = {
    "orbit": ("slow orbit", "the camera orbits", "a slow circle around"),
    "dolly": ("slow dolly in", "the camera moves in", "a slow move closer"),
    "still": ("still camera", "the camera rests", "a fixed view"),
}
EFFECT_WORDS: dict[str, str] = {
    "rain": "rain falling",
    "snow": "snow falling",
    "steaming": "steam rising",
    "flame": "light flickering",
}

BENEFITS: dict[str, tuple[str, ...]] = {
    "lantern": ("keeps you company", "is made to guide you", "makes any spot home"),
    "bottle": ("keeps every sip close", "goes wherever thirst does", "makes water a pleasure"),
    "mug": ("makes every sip count", "keeps both hands happy", "gives a break its shape"),
    "headphones": ("turn noise into music", "keep the world outside", "bring every note closer"),
    "speaker": ("fills the moment with sound", "plays every mood", "makes any place a concert"),
    "watch": ("keeps you on time", "makes every second look good", "wears the hours lightly"),
    "lamp": ("helps good ideas along", "makes long pages short", "puts your work first"),
    "vase": ("brightens any corner", "gives beauty a home", "is a small still life"),
    "backpack": ("carries all you need", "keeps your things in order", "goes the whole way"),
    "umbrella": ("keeps you ready for any cloud", "is style on a stick", "keeps you covered"),
    "candle": ("sets a gentle mood", "slows the hours down", "makes room for calm"),
    "kettle": ("makes time for tea", "turns waiting into a ritual", "is the start of good talk"),
    "perfume": ("leaves a quiet signature", "says more than words", "stays in the memory"),
    "sneaker": ("makes every step lighter", "is ready when you are", "turns miles into smiles"),
    "camera": ("keeps what you love", "never misses the moment", "makes memories last"),
    "toaster": ("gives breakfast its crunch", "makes breakfast worth it", "browns to your taste"),
}

WATERPROOF = frozenset({"bottle", "backpack", "umbrella", "sneaker", "lantern"})
"""Kinds that the rain may make the writer call waterproof."""

RESISTS: dict[str, tuple[str, ...]] = {
    "rain": ("shrug{s} off the rain", "look{s} good in the rain"),
    "snow": ("laugh{s} at the snow", "stand{s} out in the snow"),
    "fog": ("stand{s} out in the fog", "look{s} good in the fog"),
}

AUDIENCES = (
    "weekend explorers",
    "busy professionals",
    "young families",
    "design lovers",
    "students",
    "early risers",
    "gift givers",
    "people who value good things",
)

CHANNEL_WORDS: dict[str, tuple[str, str]] = {
    "headline": ("headline", "a headline"),
    "body": ("body", "body copy"),
    "call_to_action": ("call to action", "a call to action"),
    "social_post": ("social post", "a social post"),
    "email_subject": ("email subject", "an e-mail subject line"),
}
"""How a brief asks for a channel: as a list has it, and within a sentence."""
