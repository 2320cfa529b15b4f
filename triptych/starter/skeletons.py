"""The sentences of the starter's writer: few skeletons a channel and tone, with slots to fill.

`{slot}` is filled from the scene, `[a|b]` is a free choice, `{a}` becomes the right article, and
`{it}`, `{them}`, `{is}` and the verb ending `{s}` agree with the product. The first choice is the
usual one: it is taken half of the time. A text is one skeleton of each tuple of its channel, in
order. No skeleton states a fact of its own.
"""

from __future__ import annotations

BRIEF_OPENINGS = (
    "{brand} launches the {name}, {a} {colour} {material} {noun}.",
    "The {name} by {brand} {is} {a} {colour} {material} {noun}.",
    "We present the {brand} {name}: {a} {colour} {noun} made of {material}.",
    "Please advertise our {colour} {material} {noun}, the {brand} {name}.",
    "{brand} {name}: {a} {colour} {material} {noun}.",
)
BRIEF_SCENES = (
    "show {them} {state} {place} {time}{weather}.",
    "picture {them} {state} {place} {time}{weather}.",
    "the picture has {them} {state} {place} {time}{weather}.",
    "scene: {state} {place} {time}{weather}.",
)
BRIEF_MOTIONS = ("the film: {motion}.", "video: {motion}.", "for the clip: {motion}.")
BRIEF_AUDIENCES = ("audience: {audience}.", "{it} {is} for {audience}.", "made for {audience}.")
BRIEF_TONES = ("tone: {tone}.", "the tone is {tone}.", "keep it {tone}.", "{tone} in tone.")
BRIEF_LISTS = ("channels: {channels}.", "wanted: {channels}.")
BRIEF_REQUESTS = ("we need {channels}.", "please write {channels}.")

SKETCHES = (
    "{brand} launches the {name}, {a} {colour} {material} {noun}, {state} {place} {time}{weather}.",
    "the {name} by {brand}: {a} {colour} {material} {noun} {state} {place} {time}{weather}.",
    "[advertise|show|we sell] {a} {colour} {material} {noun}, {state} {place} {time}{weather}, "
    "the {brand} {name}.",
    "{a} {colour} {material} {noun}, {state} {place} {time}{weather}. Product: {name}. "
    "Brand: {brand}.",
    "{name} by {brand}, {a} {colour} {material} {noun}. {place} {time}{weather}, {state}.",
)
"""Briefs of one sentence, in which any fact but the product and its names may be left out."""

CAPTIONS = (
    "{a} {colour} {material} {noun}, {state}, {place} {time}{weather}",
    "{a} {colour} {noun} of {material}, {state}, {place}, {time}{weather}",
    "{state} {place} {time}{weather}: {a} {colour} {material} {noun}",
)

MESSAGES = ("The {brand} {name} {benefit}.", "The {colour} {noun} by {brand} {benefit}.")

COPY: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "headline": {
        "playful": (
            (
                "[hello|hey|oh hi], {name}: the {colour} {noun}!",
                "[meet|say hi to|play with] {name}, your {colour} {noun}!",
                "{name} {place}: [come along|join us]!",
            ),
        ),
        "premium": (
            (
                "{name} by {brand}, [quietly|simply|entirely] {colour}",
                "{name}, [at home|at rest|at ease] {place}",
            ),
        ),
        "technical": (
            (
                "{name}: {colour} {material} {noun}",
                "{name} by {brand}: [made|built|engineered] in {colour} {material}",
            ),
        ),
        "minimal": (
            (
                "{name}. {colour}. {noun}. [Simple|Enough|Yours].",
                "{name}. {place}.",
                "{brand} {name}. {colour} {noun}.",
            ),
        ),
    },
    "body": {
        "playful": (
            (
                "[meet|greet|here come{s}|make room for|say hello to] "
                "the {brand} {name}, {a} {colour} {material} {noun} "
                "[full of heart|that love{s} company|full of fun].",
                "[psst|hey there|guess what|ta-da|good news]! The {brand} {name} {is} "
                "{a} {colour} {material} {noun} "
                "[that love{s} to play|that love{s} company|full of heart].",
            ),
            (
                "{state} {place} {time}{weather}, {it} {benefit}[| every time| for you]!",
                "[see|catch|spot] {them} {state} {place} {time}{weather}: {it} {benefit}!",
            ),
            (
                "[come and play|take {them} along|join the fun|see you there] with {brand}!",
                "[ready when you are|who could say no|shall we go|what are you waiting for]?",
            ),
        ),
        "premium": (
            (
                "the {brand} {name} {is} {a} {colour} {material} {noun} of "
                "[quiet|rare|calm|timeless] elegance.",
                "[discover|experience|consider|introducing|presenting|explore|at last:] "
                "the {brand} {name}, {a} {colour} {material} {noun} "
                "made with [care|patience|devotion].",
            ),
            (
                "{state} {place} {time}{weather}, {it} {benefit} with [grace|ease|poise].",
                "[see|find|admire] {them} {state} {place} {time}{weather}, where {it} {benefit}.",
            ),
            (
                "[only|always|simply|entirely] by {brand}.",
                "[made to be kept|made to be cherished|made for you|yours to keep], by {brand}.",
            ),
        ),
        "technical": (
            (
                "the {brand} {name} {is} {a} {colour} {noun} [made|built|engineered] "
                "from {material}.",
                "[specification|data sheet|in brief|overview|at a glance|product note|key facts]: "
                "{brand} {name}, {a} {colour} {noun} in {material}.",
            ),
            (
                "shown {state} {place} {time}{weather}, {it} {benefit} "
                "[by design|every time|as specified].",
                "[pictured|recorded|on view] {state} {place} {time}{weather}: {it} {benefit}.",
            ),
            (
                "[full data|details|all facts|documentation|answers] at {brand}.",
                "[designed|engineered|developed] by {brand}.",
            ),
        ),
        "minimal": (
            (
                "{brand} {name}. {a} {colour} {material} {noun}.",
                "the {brand} {name}: {a} {colour} {material} {noun}.",
                "[just|simply|new:|now:|here:|this is] the {brand} {name}. "
                "{a} {colour} {material} {noun}.",
            ),
            (
                "{state} {place} {time}{weather}. {it} {benefit}.",
                "{state}, {place}, {time}{weather}. {it} {benefit}.",
            ),
            (
                "[that is all|nothing more|enough said|simple as that|no more to say].",
                "by {brand}[|, for you|, as ever].",
            ),
        ),
    },
    "call_to_action": {
        "playful": (
            (
                "[grab|bag|snap up] your {name} [today|now|right away]!",
                "[go on|come on|well then], [get|try|pick] the {name}!",
            ),
        ),
        "premium": (
            (
                "[discover|experience|explore] the {name} [today|now|at {brand}].",
                "[reserve|choose|request] your {name} [today|now|at {brand}].",
            ),
        ),
        "technical": (
            (
                "[compare|see|check] the {name} [specs|data|details] [now|today].",
                "[configure|order|specify] your {name} [today|now|right away].",
            ),
        ),
        "minimal": (
            (
                "[get|choose|find] [the|your] {name}.",
                "{name}. [Now|Today|Yours].",
            ),
        ),
    },
    "social_post": {
        "playful": (
            (
                "[spotted|guess who|look here]: our {colour} {noun} {name}, "
                "{state} {place} {time}! #{brand}",
                "{name} {place} {time}: {a} {colour} {noun}, {state}! #{brand}",
            ),
        ),
        "premium": (
            (
                "{name}, {a} {colour} {material} {noun}. {state} {place} {time}. #{brand}",
                "{a} {colour} {noun}, {state} {place} {time}: [the|our] {name}. #{brand}",
            ),
        ),
        "technical": (
            (
                "{name}: {colour} {material} {noun}, [shown|pictured] {state} {place} {time}. "
                "#{brand}",
                "[on view|at a glance]: {name}, {colour} {noun}, {state} {place} {time}. #{brand}",
            ),
        ),
        "minimal": (
            (
                "{name}. {colour} {noun}, {state} {place} {time}. #{brand}",
                "{colour} {noun}, {state}, {place}, {time}. {name}. #{brand}",
            ),
        ),
    },
    "email_subject": {
        "playful": (
            (
                "[psst|hey|guess what]: {name} {is} here, in {colour}!",
                "[say hi|say hello|wave] to {name}, your {colour} {noun}!",
            ),
        ),
        "premium": (
            (
                "[introducing|presenting|unveiling] {name}, in {colour}[| {material}]",
                "{name} by {brand}: the {colour} {noun}",
            ),
        ),
        "technical": (
            (
                "{name}: the {colour} {material} {noun}",
                "[new|in detail|on file]: {name} in {colour} {material}",
            ),
        ),
        "minimal": (
            (
                "{name}, in {colour}[| {material}]",
                "{brand} {name}. {colour}[| {noun}].",
            ),
        ),
    },
}
"""COPY[channel][tone]: for each sentence in turn, its skeletons."""
