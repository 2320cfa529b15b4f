"""The designer: proposes layouts for each size of a placement, renders, judges, keeps the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from triptych.channels import Format, Placement, find_placement
from triptych.creatives.checks import judge
from triptych.creatives.design import Design, density_of
from triptych.creatives.files import encode
from triptych.creatives.layouts import Layout, Region, Role, StackRegion, layouts, shape_of
from triptych.creatives.picture import BEARS
from triptych.creatives.render import Rendered, render
from triptych.creatives.sources import Material, Picture
from triptych.creatives.texts import Copy, texts_for
from triptych.domain import (
    AssetRef,
    CampaignPlan,
    Creative,
    CreativeSet,
    DeliverableResult,
    ModelIdentity,
)
from triptych.errors import CreativeError
from triptych.protocols import Pixels
from triptych.store import Store

Agreement = Callable[[str, Pixels], float | None]
"""How well a picture (H, W, 3) agrees with words, for the encoder of the critic."""
USUAL = ("instagram-feed", "instagram-story", "google-display", "iab-display", "newsletter")
"""Placements that are designed for where the plan names none that shows pictures."""
_TRIED = 3
"""Layouts that are rendered for a placement's first size, to choose among."""


@dataclass(frozen=True)
class Wish:
    """What is asked of the designer.

    Attributes:
        placements: names; empty for those of the plan.
        layouts: names, tried in this order; empty for its own choice.
        reason: what was wrong before, or what is wanted, in words.
        refused: layouts not to be taken again.
        variants: of each placement's first size.
    """

    placements: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    reason: str = ""
    refused: tuple[str, ...] = ()
    variants: int = 2


@dataclass(frozen=True)
class _Made:
    design: Design
    rendered: Rendered
    data: bytes
    ending: str
    agreement: float | None
    score: float


class DesignerAgent:
    """Plan, copy and picture to finished creatives.

    Args:
        store: where creatives and their designs go.
        agreement: tells how well the whole agrees with the words; None leaves it out.
    """

    def __init__(self, store: Store, agreement: Agreement | None = None) -> None:
        self.store, self.agreement = store, agreement

    def __call__(
        self,
        plan: CampaignPlan,
        results: dict[str, DeliverableResult],
        wish: Wish | None = None,
    ) -> CreativeSet:
        """Make the creatives of all placements that show pictures.

        Copy that does not hold to the brief stands on none. What cannot be made is told, with its
        reason, in `unmet`; nothing that fails a check is kept.
        """
        wish = wish or Wish()
        copies = _accepted(plan, results)
        unmet = [
            f"{name}: its copy does not hold to the brief, so no creative says it."
            for name, result in results.items()
            if result.best is not None and result.best.parts["copy"].findings
        ]
        tone = next((d.tone for d in plan.deliverables), "minimal")
        try:
            material = Material(self.store, plan.brief, tone)
            made: list[Creative] = []
            for language in dict.fromkeys(d.language for d in plan.deliverables):
                for placement in _placements(plan, wish):
                    made += self._placement(
                        plan, results, copies, placement, language, material, wish, unmet
                    )
            unmet += material.notes
        except CreativeError as error:
            return CreativeSet(unmet=(*unmet, str(error)))
        return CreativeSet(creatives=tuple(made), unmet=tuple(dict.fromkeys(unmet)))

    def again(self, plan: CampaignPlan, design: Design) -> tuple[Design, Rendered]:
        """Render a design that a person edited. Raises `CreativeError` if it fails a check."""
        material = Material(self.store, plan.brief, "minimal")
        rendered = render(design, material.sources(design))
        faults = judge(design, rendered, material.colours)
        if faults:
            raise CreativeError(" ".join(fault.reason for fault in faults), "Change the design.")
        return design, rendered

    def keep(
        self,
        plan: CampaignPlan,
        design: Design,
        rendered: Rendered,
        picture: Picture | None,
        models: tuple[ModelIdentity, ...],
        made: tuple[bytes, str, float | None],
        differs: str = "",
    ) -> Creative:
        """Store a creative and its design."""
        data, ending, agreement = made
        media_type = "image/png" if ending == "png" else "image/jpeg"
        said: dict[Role, str] = {
            text.role: text.text.replace("\u00a0", " ") for text in rendered.texts
        }
        return Creative(
            placement=design.placement,
            format=design.format,
            language=design.language,
            variant=design.variant,
            layout=design.layout,
            width=design.width,
            height=design.height,
            file=self.store.put(data, media_type),
            design=self.store.put(design.model_dump_json(indent=1).encode(), "application/json"),
            texts={str(role): text for role, text in said.items()},
            dropped=rendered.dropped,
            alt=_alt(plan, said, picture),
            differs=differs,
            from_photo=picture is not None and picture.photo,
            models=models,
            agreement=agreement,
        )

    def _placement(
        self,
        plan: CampaignPlan,
        results: dict[str, DeliverableResult],
        copies: Sequence[Copy],
        placement: Placement,
        language: str,
        material: Material,
        wish: Wish,
        unmet: list[str],
    ) -> list[Creative]:
        texts = texts_for(plan, copies, placement, language)
        where = f"{placement.title} ({language})"
        if "headline" not in texts:
            unmet.append(f"{where}: there is no headline in this language to set.")
            return []
        ref, models = _picture_of(plan, results, placement, language)
        picture = material.picture(ref)
        creatives: list[Creative] = []
        first: str | None = None
        sizes = sorted(
            (one for one in placement.formats if one.media == "image"),
            key=lambda one: not one.required,
        )
        for size in sizes:
            ranked = rank(plan, texts, placement, size, picture, wish)
            if first is not None and not wish.layouts:  # the sizes of a placement look alike
                ranked = sorted(ranked, key=lambda one: one.name != first)
            is_main = size is sizes[0]
            tried = self._tried(
                plan, texts, placement, size, language, picture, material, ranked, is_main, unmet
            )
            if not tried:
                continue
            best = tried[: wish.variants if is_main else 1]
            first = first or best[0].design.layout
            for number, one in enumerate(best):
                letter = chr(ord("a") + number)
                differs = "" if not number else f"layout {one.design.layout} instead of {first}"
                design = one.design.model_copy(update={"variant": letter})
                creatives.append(
                    self.keep(
                        plan,
                        design,
                        one.rendered,
                        picture,
                        models,
                        (one.data, one.ending, one.agreement),
                        differs,
                    )
                )
        return creatives

    def _tried(
        self,
        plan: CampaignPlan,
        texts: dict[Role, str],
        placement: Placement,
        size: Format,
        language: str,
        picture: Picture | None,
        material: Material,
        ranked: Sequence[Layout],
        is_main: bool,
        unmet: list[str],
    ) -> list[_Made]:
        """Creatives of a size that hold, the best first."""
        wanted, held, refused = (_TRIED if is_main else 1), list[_Made](), list[str]()
        for number, layout in enumerate(ranked):
            if len(held) == wanted or (held and number >= wanted + 2):
                break
            design = design_of(layout, texts, placement, size, language, picture, material)
            try:
                rendered = render(design, material.sources(design))
                faults = judge(design, rendered, material.colours)
                if faults:
                    refused.append(f"{layout.name}: {faults[0].reason}")
                    continue
                data, ending = encode(rendered.image, size.types, size.kilobytes)
            except CreativeError as error:
                refused.append(f"{layout.name}: {error.message}")
                continue
            agreement = None
            if self.agreement is not None and is_main:
                agreement = self.agreement(f"{texts['headline']} {plan.visual}", _small(rendered))
            score = -0.7 * number - 0.6 * len(rendered.dropped) + 8 * (agreement or 0)
            held.append(_Made(design, rendered, data, ending, agreement, score))
        if not held:
            why = " ".join(refused) if refused else "no layout is left."
            unmet.append(f"{placement.title}, {size.name}: no layout holds; {why}")
        return sorted(held, key=lambda one: -one.score)


def rank(
    plan: CampaignPlan,
    texts: dict[Role, str],
    placement: Placement,
    size: Format,
    picture: Picture | None,
    wish: Wish,
) -> list[Layout]:
    """Layouts for a size, the most suitable first.

    Tone, placement, offer and the words of a reason count for what a layout says that it suits; a
    picture that is too small to fill a size counts for layouts that show it small.
    """
    known = layouts()
    if wish.layouts:
        return [known[name] for name in wish.layouts if name in known]
    words = {word.strip(".,;:!?").casefold() for word in wish.reason.split()}
    tone = next((d.tone for d in plan.deliverables), "minimal").casefold()
    shape = shape_of(size.width, size.height)
    small = picture is None or picture.image.width * BEARS < 0.75 * max(size.width, size.height)

    def score(layout: Layout) -> float:
        suits = {one.casefold() for one in layout.suits}
        points = 2.0 * (tone in suits)
        points += 1.5 * (shape == "strip" and bool(suits & {"banner"}))
        points += 1.5 * (shape == "tall" and "story" in suits)
        points += 1.5 * (placement.platform == "E-mail" and "e-mail" in suits)
        points += 1.2 * ("discount" in texts and "offer" in suits)
        points -= 1.5 * ("discount" not in texts and "offer" in suits)
        points += 1.6 * (small and "small picture" in suits)
        points -= 1.4 * (small and bool(suits & {"photo", "mood"}))
        points += 3.0 * bool(words & {part for one in suits for part in one.split()})
        points += 3.0 * (layout.name in words)
        return points

    left = [one for one in known.values() if one.name not in wish.refused]
    fit = [one for one in left if all(role in texts for role in one.needs)]
    return sorted(fit, key=lambda one: (-score(one), one.name))


def design_of(
    layout: Layout,
    texts: dict[Role, str],
    placement: Placement,
    size: Format,
    language: str,
    picture: Picture | None,
    material: Material,
) -> Design:
    """The design that a layout makes of a campaign's texts and picture for one size."""
    arrangement = layout.arrangement(shape_of(size.width, size.height))
    heading, body = material.choices()
    has_logo = bool(material.brief.brand_kit and material.brief.brand_kit.logos)
    return Design(
        layout=layout.name,
        placement=placement.name,
        format=size.name,
        width=size.width,
        height=size.height,
        safe=size.safe,
        density=density_of(placement, size),
        language=language,
        ground=arrangement.ground,
        regions=_with_small_print(arrangement.regions, "disclaimer" in texts, has_logo),
        may_cover_subject=layout.may_cover_subject,
        texts=texts,
        palette=material.palette(picture),
        heading=heading,
        body=body,
        picture=None if picture is None else picture.digest,
        subject=None if picture is None else picture.subject,
    )


def _with_small_print(
    regions: tuple[Region, ...], has_print: bool, has_logo: bool
) -> tuple[Region, ...]:
    """Regions with the small print below the headline's texts, and the logo for the brand's name.

    Small print is never left out: where it has no room, the creative is refused.
    """
    done: list[Region] = []
    for region in regions:
        if isinstance(region, StackRegion):
            items = region.items
            if has_logo:
                items = tuple("brand" if role == "eyebrow" else role for role in items)
            if has_print and "headline" in items:
                items = (*items, "disclaimer")
            region = region.model_copy(update={"items": tuple(dict.fromkeys(items))})
        done.append(region)
    return tuple(done)


def _accepted(plan: CampaignPlan, results: dict[str, DeliverableResult]) -> list[Copy]:
    found: list[Copy] = []
    for deliverable in plan.deliverables:
        result = results.get(deliverable.id)
        best = result.best if result else None
        if best is not None and not best.parts["copy"].findings:
            found.append((deliverable, best.parts["copy"]))
    return found


def _placements(plan: CampaignPlan, wish: Wish) -> list[Placement]:
    """What is designed for: placements that show pictures, asked for or of the plan."""
    if wish.placements:
        return [find_placement(name) for name in wish.placements]
    named = [find_placement(name) for name in dict.fromkeys(d.channel for d in plan.deliverables)]
    shown = [one for one in named if any(size.media == "image" for size in one.formats)]
    return shown or [find_placement(name) for name in USUAL]


def _picture_of(
    plan: CampaignPlan, results: dict[str, DeliverableResult], placement: Placement, language: str
) -> tuple[AssetRef | None, tuple[ModelIdentity, ...]]:
    """The placement's own picture, else the campaign's first; and the models that made it."""
    ordered = sorted(
        plan.deliverables, key=lambda d: (d.channel != placement.name, d.language != language)
    )
    for deliverable in ordered:
        result = results.get(deliverable.id)
        best = result.best if result else None
        image = best.parts.get("image") if best else None
        if best is not None and image is not None:
            made = (image.model, best.parts["copy"].model)
            return image.asset, tuple(one for one in made if one is not None)
    return None, ()


def _small(rendered: Rendered) -> Pixels:
    """A creative at the size that encoders look at."""
    image = rendered.image.copy()
    image.thumbnail((320, 320))
    return np.asarray(image)


def _alt(plan: CampaignPlan, said: dict[Role, str], picture: Picture | None) -> str:
    """What a creative shows, in one line for those who do not see it."""
    shows = plan.visual if picture is None or not picture.alt else picture.alt
    words = said.get("headline", "")
    end = "" if words.endswith((".", "!", "?")) else "."
    button = f" Button: {said['button']}." if "button" in said else ""
    return f"{shows.rstrip('.')}. Text: {words}{end}{button}".strip()
