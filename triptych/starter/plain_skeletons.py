"""Sentences for what the world does not know: they say nothing that the brief does not.

Notation as in `skeletons.py`. A skeleton is used only where all its slots can be filled:

    {title}  the name to head a piece with, or the kind of product where there is no name
    {the}    the product within a sentence: "the Norvik Emberlite", "Emberlite", "the widget"
    {what}   ", a widget" where `the` does not say it already; else nothing
    {kind_word}, {kind_line}  what a product with a name is: a word, a sentence
    {money}  the offer in one sentence; {fact}, {fact2} whole sentences of the brief
    {scene}  where the world's product is shown, as a sentence
"""

from __future__ import annotations

Sentences = tuple[tuple[str, ...], ...]

BRIEFS = (
    "{brand} launches {name}, {a} {kind}.",
    "the {name} by {brand}, {a} {kind}.",
    "{brand} {name}: {a} {kind}.",
    "{brand} launches {name}.",
    "{name} by {brand}.",
    "{name}, {a} {kind}.",
    "{name}: {a} {kind}.",
    "{a} {kind} by {brand}.",
    "{brand}: {a} {kind}.",
    "advertise {a} {kind}.",
    "{brand}.",
    "{name}.",
)
WORLD_BRIEFS = (
    "[advertise|show|we sell] {a} {colour} {material} {noun}, {state} {place} {time}{weather}.",
    "{a} {colour} {material} {noun} by {brand}, {state} {place} {time}{weather}.",
    "{brand} launches {a} {colour} {material} {noun}, {state} {place} {time}{weather}.",
    "{name}, {a} {colour} {material} {noun}, {state} {place} {time}{weather}.",
    "the {name}: {a} {colour} {material} {noun} {state} {place} {time}{weather}.",
)
"""Briefs of a product that the world knows, without brand or name or either."""
SCENES = (
    "show it {place} {time}{weather}.",
    "the picture has it {place} {time}{weather}.",
    "scene: {place} {time}{weather}.",
)
VISUAL = "{thing}, {place} {time}{weather}"

KEY_MESSAGES = ("[meet|discover|here {is}] {the}{what}.", "{the}{what}.")

OFFERS: tuple[str, ...] = (
    "[now|yours for|all for] {price}{instead}{less}{with_code}{dates}.",
    "{discount} off{with_code}{dates}.",
)
"""The offer, led by its price, or by its discount where no price is given."""
CODES: tuple[str, ...] = ("[use|your|enter] code {code}{dates}.",)
DATES: tuple[str, ...] = ("[valid|open|on]{dates}.",)

BODY: dict[str, Sentences] = {
    "playful": (
        (
            "[meet|greet|say hello to|make room for|here {is}|look who is here:] {the}{what}!",
            "[psst|hey there|guess what|ta-da|good news|surprise]! [this {is}|meet] {the}{what}.",
        ),
        ("{scene}",),
        ("{fact}",),
        ("{fact2}",),
        ("{money}",),
        (
            "[ready when you are|who could say no|shall we go|what are you waiting for]?",
            "[come and see|your turn|go on|see you there|let us begin]!",
            "[come along|join the fun|come and play] with {brand}!",
        ),
    ),
    "premium": (
        (
            "[discover|experience|consider|introducing|presenting|explore] {the}{what}.",
            "[allow us to present|with pleasure|at last]: {the}{what}.",
            "{the}{what}, [for those who choose well|chosen with care|for quiet moments].",
        ),
        ("{scene}",),
        ("{fact}",),
        ("{fact2}",),
        ("{money}",),
        (
            "[only|always|simply|entirely] by {brand}.",
            "[made for you|yours to keep|with kind regards|yours], by {brand}.",
            "[at your leisure|whenever you are ready|yours to discover|the choice is yours].",
        ),
    ),
    "technical": (
        (
            "[in brief|overview|at a glance|data sheet|product note|summary|key facts]: "
            "{the}{what}.",
            "{the}{what}: [the details|the facts|what to know].",
        ),
        ("{scene}",),
        ("{fact}",),
        ("{fact2}",),
        ("{money}",),
        (
            "[details|full data|all facts|more|documentation|answers] at {brand}.",
            "[ask for details|details on request|that is the summary|end of data sheet].",
        ),
    ),
    "minimal": (
        (
            "[just|simply|new:|now:|here:|only|this is] {the}{what}.",
            "{title}. {kind_line}",
            "{title}.",
        ),
        ("{scene}",),
        ("{fact}",),
        ("{fact2}",),
        ("{money}",),
        (
            "[that is all|nothing more|enough said|simple as that|no more to say].",
            "[see for yourself|take a look|your turn].",
            "by {brand}[|, for you|, as ever].",
        ),
    ),
}

SHORT: dict[str, dict[str, Sentences]] = {
    "headline": {
        "playful": (
            (
                "[hello|oh hi|look|hey there], {title}!",
                "[meet|say hi to|here {is}] {title}!",
                "{title}: [come and see|take a look|your turn|join us]!",
                "{title}, [yours for|now] {price}!",
                "{discount} off {title}!",
                "{title}! {fact}",
            ),
        ),
        "premium": (
            (
                "{title}, [quietly|simply|entirely] yours",
                "[discover|introducing|consider|presenting] {title}",
                "{title}, for {price}",
                "{title}: {discount} off",
                "{title}. {fact}",
            ),
        ),
        "technical": (
            (
                "{title}: [the facts|in brief|at a glance|overview]",
                "{title}: {kind_word}",
                "{title}: {price}{instead}",
                "{title}: {discount} off",
                "{title}: {fact}",
            ),
        ),
        "minimal": (
            (
                "{title}. [Simple|Enough|Yours|Here].",
                "{title}. {kind_word}.",
                "{title}. {price}.",
                "{title}. {discount} off.",
                "{title}. {fact}",
            ),
        ),
    },
    "call_to_action": {
        "playful": (
            (
                "[grab|snap up|go for|try] {title} [today|now|right away]!",
                "[go on|come on|well then], [get|try|pick] {title}!",
                "[grab|get] {title} for {price}{dates}!",
                "[save|take] {discount}{with_code}{dates}!",
                "[grab|get] {title} with code {code}!",
                "[off you go|come on over]: {link}",
                "[grab|get|try] {title}! {fact}",
            ),
        ),
        "premium": (
            (
                "[discover|experience|explore|choose] {title} [today|now].",
                "[discover|reserve|choose] {title} for {price}{dates}.",
                "[enjoy|receive] {discount} off{with_code}{dates}.",
                "[choose|reserve] {title} with code {code}.",
                "[discover|explore] {title} at {link}",
                "[discover|choose] {title}. {fact}",
            ),
        ),
        "technical": (
            (
                "[compare|see|check|review] {title} [now|today].",
                "[order|get] {title} for {price}{dates}.",
                "[order|get] {title}: {discount} off{with_code}{dates}.",
                "[order|get] {title} with code {code}.",
                "[see|check] the details at {link}",
                "[see|order] {title}. {fact}",
            ),
        ),
        "minimal": (
            (
                "[get|choose|find|see] {title}.",
                "{title}. [Now|Today|Yours].",
                "{title}. {price}{dates}.",
                "{discount} off{with_code}{dates}.",
                "[use|your] code {code}.",
                "{link}",
                "[get|see] {title}. {fact}",
            ),
        ),
    },
    "social_post": {
        "playful": (
            (
                "[spotted|guess who|look here|hey]: {the}{what}!",
                "{title} {is} here!",
            ),
            ("{fact}",),
            ("{money}",),
            ("{link}",),
            ("{tag}",),
        ),
        "premium": (
            ("[introducing|discover|consider|presenting] {the}{what}.", "{the}{what}."),
            ("{fact}",),
            ("{money}",),
            ("{link}",),
            ("{tag}",),
        ),
        "technical": (
            ("[at a glance|in brief|on view|overview]: {the}{what}.", "{the}{what}."),
            ("{fact}",),
            ("{money}",),
            ("{link}",),
            ("{tag}",),
        ),
        "minimal": (
            ("{title}. {kind_line}", "[new|now|here]: {title}.", "{title}."),
            ("{fact}",),
            ("{money}",),
            ("{link}",),
            ("{tag}",),
        ),
    },
    "email_subject": {
        "playful": (
            (
                "[psst|hey|guess what|look]: {title} {is} here!",
                "[say hi|say hello|wave] to {title}!",
                "{title}, now {price}!",
                "{discount} off {title}!",
                "[psst|hey]: code {code} for {title}",
                "{title}! {fact}",
            ),
        ),
        "premium": (
            (
                "[introducing|presenting|unveiling] {title}",
                "{title}, for {price}",
                "{title}: {discount} off",
                "{title}: your code {code}",
                "{title}. {fact}",
            ),
        ),
        "technical": (
            (
                "[new|in detail|on file]: {title}",
                "{title}: {kind_word}",
                "{title}: {price}{dates}",
                "{title}: {discount} off{dates}",
                "{title}: code {code}",
                "{title}: {fact}",
            ),
        ),
        "minimal": (
            (
                "{title}",
                "{title}. {kind_word}.",
                "{title}. {price}.",
                "{title}. {discount} off.",
                "{title}. code {code}.",
                "{title}. {fact}",
            ),
        ),
    },
}
