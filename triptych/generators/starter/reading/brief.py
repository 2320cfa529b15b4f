"""Reads a brief: what is its own, what the model may read of it, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from triptych.domain import CHANNELS, TONES, Brief, Offer
from triptych.generators.starter import stand_ins
from triptych.generators.starter.exchange import article_of, closed, exchanged, show
from triptych.generators.starter.reading import claims
from triptych.generators.starter.reading.kinds import Introduction, Kind, introduction_of, kind_from
from triptych.generators.starter.reading.known import (
    known_part,
    scenes_of,
    singular,
    unknown_words,
)
from triptych.generators.starter.reading.lexicon import FORM, STATES
from triptych.generators.starter.reading.names import names_of, parted
from triptych.generators.starter.reading.offers import offer_in
from triptych.generators.starter.reading.sentences import Line, lines_of
from triptych.generators.starter.reading.tails import is_predicate, tails_of, without_names
from triptych.generators.starter.world import World

_KINDS = (stand_ins.KIND, stand_ins.KINDS, stand_ins.STUFF)
_OTHER_NOUNS = re.compile(r"(?:rucksack|wristwatch|running shoe|flacon|perfume)(?:e?s)?$", re.I)
"""What the world's products are also called."""
_LINK = re.compile(
    r"\bhttps?://[^\s<>\"”]+|\bwww\.[^\s<>\"”]+"
    r"|(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|app|shop|store|example|de|ch|at|uk|eu|fr"
    r"|it|es|nl"
    r"|se|no|dk|fi|us|ca|au|dev|info|biz|me)(?:/[^\s<>\"”]*)?(?![\w@])",
)
_BESIDE_LINK = re.compile(
    r"\b(?:visit|see|more|at|on|go|to|find|us|our|website|site|book|order|shop|buy|learn|details"
    r"|info"
    r"|information|online|here|link|donate|join|register|sign|up|tickets?|now|today|get|it|yours"
    r"|the"
    r"|for|via|under|read|all|url|page|landing|web|and|is|use|please|homepage)\b|[\s.,:;!()→>–—-]+",
    re.IGNORECASE,
)
_NAMES_ALONE = re.compile(
    rf"(?:{stand_ins.BRAND}|{stand_ins.PRODUCT})(?:[’']s\b)?|\W"
    r"|\b(?:the|by|from|call|it|them|this|launches|presents|introduces|meet|promote|advertise)\b",
    re.IGNORECASE,
)
_TONE = re.compile(rf"\b(?P<tone>{'|'.join(TONES)})\b", re.IGNORECASE)
_CHANNEL_WORDS = {
    "headline": r"headlines?",
    "body": r"body(?: copy| text)?",
    "call_to_action": r"calls? to action|CTA",
    "social_post": r"social(?: media)? posts?|(?:instagram|facebook|linkedin) posts?",
    "email_subject": r"e-?mail subjects?(?: lines?)?|subject lines?",
}
_LEAD_IN = re.compile(
    r"(?:\b(?:from|on|in|at|with|for|to|not|no|without|of|the|my|a|an|any|by|you)\s+)+$", re.I
)
_SEASON = re.compile(
    r"(?:for|in|this|at) (?:the )?(?:Christmas|Easter|Halloween|Black Friday|Valentine|Mother"
    r"|Father|summer"
    r"|winter|spring|autumn|new|coming|holiday|Instagram|TikTok|LinkedIn|Facebook)",
    re.IGNORECASE,
)
"""When a campaign runs, which is no word on the product."""
_TOKEN = re.compile(r"\#?[^\W_][\w’'.@+-]*[\w%€$£]|\#?[^\W_]%?")


@dataclass
class Reading:
    """What is read of a brief.

    Attributes:
        own: stand-in to the brief's own words, letter for letter.
        of_the_world: whether the model knows what is sold.
        sentences: that the model reads, with stand-ins, if it does.
        scenes: where else the product is shown, in words of the model.
        motion: sentences of what the clip does, likewise.
        audience: in words of the model; may be empty.
        tone: empty if the brief names none.
        channels: in their usual order; empty if it names none.
        left_out: what is neither read nor kept, in the brief's own words.
    """

    own: dict[str, str] = field(default_factory=dict)
    of_the_world: bool = False
    sentences: list[str] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    motion: list[str] = field(default_factory=list)
    audience: str = ""
    tone: str = ""
    channels: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(brief: Brief, world: World) -> Reading:
    """Read a brief in English.

    Args:
        brief: of whatever is sold.
        world: what the model knows.
    """
    return _Reader(brief, world).read()


class _Reader:
    """Reads one brief; what it finds is gathered in `found`, `offer` and `claims`."""

    def __init__(self, brief: Brief, world: World) -> None:
        self.brief, self.world = brief, world
        self.found = Reading()
        self.offer: dict[str, str] = _told(brief.offer) if brief.offer else {}
        self.claims: list[str] = []
        self.kind: Kind | None = None
        self.link = brief.url or ""

    def read(self) -> Reading:
        brief, found = self.brief, self.found
        lines = lines_of(brief.description)
        self._take_names(lines)
        free = [line for line in lines if line.role == ""]
        introduction, place = self._introduction(lines, free)
        found.of_the_world = self._is_of_the_world(free)
        if found.of_the_world and introduction is None:
            self._introduce_by_name()
        if self.kind is not None and not found.of_the_world:
            self._take_kind(self.kind)
        self._take_given()
        for line in lines:
            if introduction is not None and line is place:
                self._introduce(line, introduction)
            elif line.role:
                self._read_labelled(line)
            else:
                self._read_free(line)
        self._take_facts()
        found.own |= {stand_ins.OFFER[name]: words for name, words in self.offer.items()}
        if self.link:
            found.own[stand_ins.LINK] = self.link
        found.tone = brief.tone or found.tone
        found.channels = list(brief.channels) or [c for c in CHANNELS if c in found.channels]
        if brief.audience:
            self._take_audience(brief.audience)
        found.left_out = list(dict.fromkeys(filter(None, found.left_out)))
        return found

    def _take_names(self, lines: list[Line]) -> None:
        brief, own = self.brief, self.found.own
        told = {line.role: line.text for line in reversed(lines) if line.role}
        names = names_of([line.text for line in lines if line.role in ("", "kind", "scene")])
        brand = brief.brand or told.get("brand") or names[0]
        product = brief.product or told.get("product") or names[1]
        if product and self._is_kind(product, brief.description):
            self.kind = kind_from(product)
            product = names[1] if names[1].casefold() != product.casefold() else ""
        if product and not brand and not brief.product:
            brand, product = parted(product, self.world.knows)
        if product and brand.casefold() == product.casefold():
            brand = ""
        if brand:
            own[stand_ins.BRAND] = brand
        if product:
            own[stand_ins.PRODUCT] = product

    def _is_kind(self, product: str, text: str) -> bool:
        """Whether a product's field says what it is rather than its name."""
        if product != product.lower() or any(ch.isdigit() for ch in product):
            return False
        if self.world.names_product(product) or " " in product:
            return True
        some = rf"\b(?:an?|our|the|this|your|every|each)\s+(?:[\w-]+\s+)?{re.escape(product)}\b"
        return re.search(some, text, re.IGNORECASE) is not None

    def _introduction(
        self, lines: list[Line], free: list[Line]
    ) -> tuple[Introduction | None, Line | None]:
        """The sentence that says what is sold, and what it says; a label counts more."""
        labelled = next((line for line in lines if line.role == "kind"), None)
        chosen: tuple[Introduction | None, Line | None] = (None, None)
        early = [line for line in free if not claims.is_refusal(line.text)][:6]
        if labelled is not None:
            early = [labelled, *early]
        for bare in (False, True):
            for line in early:
                if line is not early[0] and re.match(r"(?:show|picture|film)\b", line.text, re.I):
                    continue
                if bare and line is not labelled and not _is_head(line, early):
                    continue
                hidden = self._quiet(self._hidden(line.text))
                hidden = claims.without_negations(self._without_offer(hidden))[0]
                if found := introduction_of(hidden, first=bare or line is labelled):
                    chosen = (self._without_state(found), line)
                    break
            if chosen[0] is not None:
                break
        if chosen[0] is not None and self.kind is None:
            self.kind = chosen[0].kind
        return chosen

    def _without_state(self, told: Introduction) -> Introduction:
        """ "A candle lit …" is a candle: how it is belongs to what follows."""
        words = told.kind.words.split()
        for place, word in enumerate(words[1:], start=1):
            if word in STATES and self._is_product(" ".join(words[:place])):
                kind = replace(told.kind, words=" ".join(words[:place]))
                return replace(told, kind=kind, rest=f", {' '.join(words[place:])}{told.rest}")
        return told

    def _is_of_the_world(self, free: list[Line]) -> bool:
        names = self.world.names_product
        if self.kind is not None:
            return self._is_product(self.kind.words)
        if any(names(line.text) for line in free if not claims.is_instruction(line.text)):
            return True
        return any(names(line.text) for line in free)

    def _is_product(self, words: str) -> bool:
        """Whether a phrase's last words are a product of the world: a camera, no camera bag."""
        head = words.split(" of ")[-1] if re.match(r"(?:pair|set) of ", words) else words
        last = " ".join(head.split()[-2:])
        return bool(
            self.world.names_product(head.split()[-1])
            or _OTHER_NOUNS.search(head)
            or (
                self.world.names_product(last)
                and len(last.split()) == 2
                and self.world.names_product(f"{last}s")
                and not self._only_first(last)
            )
        )

    def _only_first(self, words: str) -> bool:
        """Whether only the first of two words names a product: "camera bag"."""
        return self.world.names_product(words.split()[0])

    def _take_kind(self, kind: Kind) -> None:
        word = (
            stand_ins.KINDS if kind.many else stand_ins.KIND if kind.countable else stand_ins.STUFF
        )
        self.found.own[word] = show(kind.words, {})

    def _take_given(self) -> None:
        """Facts of the brief's fields; those that are an offer or a link are taken as such."""
        for fact in self.brief.facts:
            offered = offer_in(fact)
            if offered.alone and not self.offer.keys() & offered.fields.keys():
                self.offer |= offered.fields
            elif _LINK.fullmatch(fact) and not self.link:
                self.link = fact
            else:
                self.claims.append(fact)

    def _take_facts(self) -> None:
        refused = [words.casefold() for words in self.brief.must_not_say]
        said = [fact.strip() for fact in self.claims]
        fine = [one for one in said if not any(words in one.casefold() for words in refused)]
        self.found.left_out += [one for one in said if one not in fine]
        whole = list(dict.fromkeys([*self.brief.must_say, *fine]))
        self.found.own |= dict(zip(stand_ins.FACTS, whole, strict=False))
        self.found.left_out += whole[len(stand_ins.FACTS) :]

    def _take_audience(self, words: str) -> None:
        if unknown_words(words, self.world):
            self.found.left_out.append(words)
        else:
            self.found.audience = words.rstrip(".")

    def _hidden(self, text: str) -> str:
        return exchanged(text, self.found.own)

    def _shown(self, text: str) -> str:
        return show(text, self.found.own)

    def _quiet(self, hidden: str) -> str:
        """A sentence all in capitals as others are written; names stand aside."""
        letters = re.sub(rf"{stand_ins.BRAND}|{stand_ins.PRODUCT}|\W|\d", "", hidden)
        if len(letters) < 8 or letters != letters.upper():
            return hidden
        low = re.sub(
            r"[^\W\d_]+",
            lambda m: m[0] if m[0] in (stand_ins.BRAND, stand_ins.PRODUCT) else m[0].lower(),
            hidden,
        )
        return low[:1].upper() + low[1:]

    def _without_offer(self, hidden: str) -> str:
        offered = offer_in(hidden)
        if not offered.fields or offered.alone:
            return hidden
        return re.sub(r"^[\s:,.–—-]+", "", f"{offered.before.rstrip(' ,:(')}{offered.after}")

    # --- lines

    def _read_labelled(self, line: Line) -> None:
        text, role = line.text, line.role
        if role in ("brand", "product", "kind"):
            return
        if role in (*stand_ins.OFFER, "offer"):
            self._take_labelled_offer(line)
        elif role == "link":
            self.link = self.link or text
            if self.link != text:
                self.found.left_out.append(line.whole)
        elif role == "audience":
            self._take_audience(text)
        elif role in ("tone", "channels"):
            self._leave(line.whole, self._wanted(text))
        elif role == "fact":
            self._read_claim(line)
        elif role in ("scene", "motion", "look"):
            self._read_scene(line)
        else:
            self.found.left_out.append(line.whole)

    def _take_labelled_offer(self, line: Line) -> None:
        offered = offer_in(line.text)
        fields = offered.fields if offered.alone else {}
        if not fields and line.role != "offer" and len(line.text) <= 60:
            fields = {line.role: line.text}
        if fields and not self.offer.keys() & fields.keys():
            self.offer |= fields
        elif not fields and line.role == "offer" and claims.is_claim(line.text):
            self.claims.append(line.text)
        elif any(self.offer.get(name) != words for name, words in fields.items()) or not fields:
            self.found.left_out.append(line.whole)

    def _read_claim(self, line: Line) -> None:
        if self._take_offer_or_link(line):
            return
        if claims.is_claim(line.text) or len(re.findall(r"\w+", line.text)) == 1:
            self.claims.append(_capital(line.text, self.found.own))
        else:
            self.found.left_out.append(line.whole)

    def _read_scene(self, line: Line) -> None:
        hidden, refused = claims.without_negations(self._hidden(line.text))
        label = {"motion": "The film: ", "look": ""}.get(line.role, "Scene: ")
        if line.role == "motion":
            told = self.found.sentences if self.found.of_the_world else self.found.motion
            if unknown_words(hidden, self.world):
                self.found.left_out.append(line.whole)
            else:
                told.append(closed(f"{label}{hidden}"))
            return
        if line.role == "look":
            if not self.found.of_the_world or unknown_words(hidden, self.world):
                self.claims.append(line.whole)
            else:
                self.found.sentences.append(closed(hidden))
            return
        kept = known_part(hidden, self.world) if self.found.of_the_world else ""
        if kept:
            self.found.sentences.append(closed(f"{label}{kept[:1].lower()}{kept[1:]}"))
        elif scenes := scenes_of(hidden, self.world):
            self.found.scenes += scenes
            kept = " ".join(scenes)
        self._leave(line.whole, [self._shown(kept)], refused)

    def _read_free(self, line: Line) -> None:
        text = line.text
        if line.role == "heading":
            self.found.left_out.append(text)
            return
        if self._take_offer_or_link(line):
            return
        hidden, refused = claims.without_negations(self._quiet(self._hidden(text)))
        if self.found.of_the_world:
            hidden = singular(hidden, self.world)
        elif apart := re.match(rf"{stand_ins.PRODUCT}(?:,|:|\s[–—-])\s+(?=\S)", hidden):
            text = self._shown(hidden[apart.end() :])
        if self._is_only_name(self._hidden(text)):
            self._leave(text, ())
            return
        asks = claims.is_instruction(text) or claims.is_refusal(text)
        wanted = self._wanted(text) if asks or _TONE.fullmatch(text.strip(" .!")) else []
        if wanted:
            hidden = _without(hidden, wanted)
        if self.found.of_the_world and self._reads(hidden, asks=asks):
            kept = known_part(hidden, self.world)
            if kept:
                self.found.sentences.append(closed(kept))
                self._leave(text, [self._shown(kept), *wanted], refused)
                return
        if not asks and claims.is_claim(text):
            self.claims.append(_capital(text, self.found.own))
            return
        scenes = scenes_of(hidden, self.world) if asks and not claims.is_refusal(text) else []
        self.found.scenes += [one for one in scenes if one not in self.found.scenes]
        self._leave(text, [*scenes, *wanted], refused)

    def _reads(self, hidden: str, *, asks: bool) -> bool:
        """Whether a sentence on a product of the world is one that the model reads as it does."""
        unknown = unknown_words(hidden, self.world)
        if not unknown:
            return True
        words = re.findall(r"[^\W_]+", hidden)
        tells = re.match(
            r"(?:show|picture|scene|film|video|the picture|the film|for the clip|.{0,40}\b(?:is"
            r"|are|stands?|sits?)\b)",
            hidden,
            re.IGNORECASE,
        )
        return 3 * len(unknown) <= len(words) and bool(
            asks or tells or self.world.names_product(hidden)
        )

    def _is_only_name(self, hidden: str) -> bool:
        return not _NAMES_ALONE.sub("", hidden)

    def _take_offer_or_link(self, line: Line) -> bool:
        """Whether a sentence is an offer or a link and nothing else, and taken as that."""
        text = line.text
        if link := _LINK.search(text):
            words = link[0].rstrip(".,;:!?)")
            if not self.link or self.link == words:
                beside = text.replace(words, " ")
                self.link = words
                if not _BESIDE_LINK.sub("", beside):
                    return True
        offered = offer_in(self._hidden(text))
        if not offered.alone:
            return False
        if self.offer.keys() & offered.fields.keys():
            return all(self.offer.get(name) == words for name, words in offered.fields.items())
        self.offer |= offered.fields
        return True

    # --- the sentence that says what is sold

    def _introduce(self, line: Line, told: Introduction) -> None:
        hidden = self._quiet(self._hidden(line.text))
        offered, carried = offer_in(hidden), []
        if offered.fields and not self.offer.keys() & offered.fields.keys():
            self.offer |= offered.fields
            carried.append(offered.said)
        hidden, refused = claims.without_negations(self._without_offer(hidden))
        if is_predicate(told.rest) and claims.is_claim(line.text) and not told.dropped:
            carried.append(line.text)
            self.claims.append(_capital(line.text, self.found.own))
        if self.found.of_the_world:
            carried += self._introduce_known(hidden, told)
        else:
            carried += [told.kind.words, *self._tails(told)]
        wanted = self._wanted(line.text) if claims.is_instruction(line.text) else []
        self._leave(line.text, [*carried, *wanted], refused)

    def _introduce_known(self, hidden: str, told: Introduction) -> list[str]:
        """What the model reads of a sentence on a product of the world, and facts beside."""
        hidden = singular(hidden, self.world)
        if re.search(r"\b(?:an?|the|our)\s", hidden) and not unknown_words(hidden, self.world):
            self.found.sentences.insert(0, closed(hidden))
            return [self._shown(hidden)]
        whole = singular(told.kind.words, self.world)
        many = told.kind.many and whole == told.kind.words
        words = [w for w in whole.split() if self.world.knows(w)]
        noun = " ".join(words)
        article = "" if many else f"{article_of(noun)} "
        names = {w for w in (stand_ins.BRAND, stand_ins.PRODUCT) if w in self.found.own}
        opening = {
            (True, True): f"{stand_ins.BRAND} launches the {stand_ins.PRODUCT}, {article}{noun}",
            (True, False): f"{stand_ins.BRAND} launches {article}{noun}",
            (False, True): f"{stand_ins.PRODUCT}, {article}{noun}",
            (False, False): f"Advertise {article}{noun}",
        }[stand_ins.BRAND in names, stand_ins.PRODUCT in names]
        kept, carried = [opening], [noun, f"{noun}s"]
        rest = without_names(told.rest)
        known = known_part(rest, self.world)
        if known:
            kept.append(known[:1].lower() + known[1:].strip(" ,.:;"))
            carried.append(self._shown(known))
        self.found.sentences.insert(0, closed(", ".join(kept)))
        return carried + self._tails(told, spare=known)

    def _introduce_by_name(self) -> None:
        """Says what is sold where only the name does: "The Big Lamp by Ikea"."""
        words = (
            self.kind.words if self.kind else self.found.own.get(stand_ins.PRODUCT, "")
        ).lower()
        if self.world.names_product(words):
            told = Introduction(Kind(words, many=False, countable=True), "", "")
            self._introduce_known(words, told)

    def _tails(self, told: Introduction, spare: str = "") -> list[str]:
        """Takes what follows the kind of product as facts and scenes; what of it is carried."""
        carried: list[str] = []
        pronoun = "They" if told.kind.many else "It"
        for tail in tails_of(told.rest):
            words = tail.text.strip(" ,;:")
            if self._is_only_name(words):
                continue
            if spare and not unknown_words(words, self.world):
                continue
            shown = self._shown(words)
            if tail.sort == "clause":
                fact = closed(f"{pronoun} {shown}")
            elif tail.sort == "rest" or re.search(r"\b(?:my|i|me)\b", words, re.IGNORECASE):
                continue
            elif tail.sort == "scene" and (scenes := scenes_of(words, self.world)):
                self.found.scenes += scenes
                carried += scenes
                continue
            elif (tail.sort == "scene" and not re.search(r"[A-ZÀ-Þ]|\d", words)) or _SEASON.match(
                words
            ):
                continue
            else:
                fact = closed(_capital(shown, self.found.own))
            if spare and tail.sort in ("scene", "aside"):
                continue
            if not claims.is_claim(fact) or (tail.sort == "aside" and " " not in words):
                continue
            self.claims.append(fact)
            carried.append(shown)
        return carried

    # --- wishes, and what is left out

    def _wanted(self, text: str) -> list[str]:
        """Takes tone and channels that a sentence asks for; the words that do."""
        words: list[str] = []
        if not self.found.tone and (tone := _TONE.search(text)):
            self.found.tone = tone["tone"].lower()
            words.append(tone[0])
        for channel, pattern in _CHANNEL_WORDS.items():
            if match := re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
                self.found.channels.append(channel)
                words.append(match[0])
        return words

    def _leave(self, text: str, carried: Iterable[str], refused: Iterable[str] = ()) -> None:
        """Notes the words of a sentence that nothing carries, in runs."""
        refused = [self._shown(words).strip(" ,") for words in refused]
        names = [self.found.own.get(w, "") for w in (stand_ins.BRAND, stand_ins.PRODUCT)]
        held = {_bare(t) for words in [*carried, *names] for t in _TOKEN.findall(words)}
        self.found.left_out += _not_held(text, held, refused)


def _is_head(line: Line, lines: list[Line]) -> bool:
    """Whether a line is the first that asks for nothing and greets nobody."""
    return next((one for one in lines if not claims.is_instruction(one.text)), None) is line


def _not_held(text: str, held: set[str], refused: list[str]) -> list[str]:
    """Runs of words of a text that are neither held nor mere form."""
    tokens = list(_TOKEN.finditer(text))
    refused_words = {t.casefold() for words in refused for t in _TOKEN.findall(words)}
    loose = [
        (_bare(t[0]) not in held or t[0].casefold() in refused_words)
        and re.sub(r"[’'](?:re|m|ve|ll|s)$", "", t[0].casefold()) not in FORM
        for t in tokens
    ]
    if not any(loose):
        return []
    if not held & {_bare(t[0]) for t in tokens}:
        return [text.strip()]
    runs: list[tuple[int, int]] = []
    for place, is_loose in enumerate(loose):
        if not is_loose:
            continue
        between = range(runs[-1][1] + 1, place) if runs else range(0)
        if runs and all(tokens[n][0].casefold() in FORM for n in between):
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    found = []
    for first, last in runs:
        start, end = tokens[first].start(), tokens[last].end()
        if lead := _LEAD_IN.search(text, 0, start):
            start = lead.start()
        found.append(text[start:end])
    return found


def _bare(token: str) -> str:
    return re.sub(r"[’']s$|(?<=\w{3})s$", "", token.casefold())


def _told(offer: Offer) -> dict[str, str]:
    """The fields of an offer as copy says them."""
    fields = {name: value for name in stand_ins.OFFER if (value := getattr(offer, name))}
    for name in ("price", "was_price"):
        price = fields.get(name)
        if price and offer.currency and not re.search(r"[^\d.,\s]", price):
            sign = len(offer.currency) == 1
            fields[name] = f"{offer.currency}{price}" if sign else f"{price} {offer.currency}"
    if "shipping" in fields and not re.search(r"ship|deliver|post", fields["shipping"], re.I):
        fields["shipping"] = f"Shipping: {fields['shipping']}"
    return fields


def _capital(sentence: str, own: Mapping[str, str]) -> str:
    """A sentence with a capital, unless it begins with a name."""
    first = re.match(r"[^\W\d_]+(?![\w®™])", sentence)
    if first is None or not first[0].islower():
        return sentence
    if any(
        sentence.startswith(name)
        for word, name in own.items()
        if word in (stand_ins.BRAND, stand_ins.PRODUCT)
    ):
        return sentence
    return sentence[:1].upper() + sentence[1:]


def _without(text: str, words: list[str]) -> str:
    for one in words:
        text = re.sub(rf",?\s*\b{re.escape(one)}\b", "", text, count=1)
    return text.strip()
