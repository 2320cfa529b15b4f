"""What a campaign's creatives are made with: its picture, fonts, logos and colours, opened once."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from triptych.brands.kit import BrandKit, ending_of
from triptych.creatives.boxes import Share
from triptych.creatives.design import Design, FontChoice
from triptych.creatives.fonts import BODY_FAMILY, BY_TONE, Face, find_face, own_face
from triptych.creatives.logos import read_logo
from triptych.creatives.palette import Palette, from_brand, from_picture
from triptych.creatives.picture import subject_box
from triptych.creatives.render import Sources
from triptych.creatives.stack import Fonts
from triptych.domain import Asset, AssetRef, Brief
from triptych.errors import CreativeError, StoreError
from triptych.run_files import read_file
from triptych.store import Store

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Picture:
    """A picture, where its subject is, and whether a camera took it.

    Attributes:
        image: RGB.
        digest: of its file.
        subject: as shares of its sides.
        palette: that goes with it.
        photo: whether the brief brought it.
        alt: what it shows, where its owner said so.
    """

    image: Image
    digest: str
    subject: Share
    palette: Palette
    photo: bool = False
    alt: str = ""


@dataclass
class Material:
    """Opens a run's pictures, fonts and logos, each once.

    Args:
        store: of the run.
        brief: with brand kit and assets.
        tone: that fonts are chosen by, where the brand has none.
    """

    store: Store
    brief: Brief
    tone: str
    notes: list[str] = field(default_factory=list[str])
    _pictures: dict[str, Picture] = field(default_factory=dict[str, Picture])

    def picture(self, ref: AssetRef | None) -> Picture | None:
        """The product's own picture where the brief brings one, else the generated one.

        No model saw the product's own: what they made is another thing that looks like it.
        """
        for asset in self.brief.assets:
            if asset.kind in ("product", "packshot"):
                return self._asset(asset)
        return None if ref is None else self._opened(ref.digest, self.store.get(ref), "")

    def by_digest(self, digest: str) -> Picture:
        """A picture that a design names. Raises `StoreError` if the run does not have it."""
        if digest in self._pictures:
            return self._pictures[digest]
        for asset in self.brief.assets:
            if digest in asset.file:
                return self._asset(asset)
        name = f"assets/{digest}.png"
        data = kept(self.store, name)
        return self._opened(digest, data, "")

    def _asset(self, asset: Asset) -> Picture:
        data = kept(self.store, asset.file)
        digest = hashlib.sha256(data).hexdigest()
        return self._opened(digest, data, asset.alt or "", photo=True)

    def _opened(self, digest: str, data: bytes, alt: str, photo: bool = False) -> Picture:
        from PIL import Image, ImageOps

        if digest not in self._pictures:
            with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as file:
                upright = ImageOps.exif_transpose(file).convert("RGBA")
            ground = Image.new("RGB", upright.size, (255, 255, 255))
            ground.paste(upright, mask=upright.getchannel("A"))
            pixels = np.asarray(ground)
            subject = subject_box(pixels)
            derived = from_picture(pixels, subject)
            palette = from_brand(self.colours, derived)
            self._pictures[digest] = Picture(ground, digest, subject, palette, photo, alt)
        return self._pictures[digest]

    @property
    def colours(self) -> dict[str, str]:
        """The brand's colours by role."""
        kit = self.brief.brand_kit
        if kit is None:
            return {}
        return {role: str(one) for role, one in kit.colours if one is not None}

    def palette(self, picture: Picture | None) -> Palette:
        """The colours of a creative."""
        if picture is not None:
            return picture.palette
        return from_brand(self.colours, from_picture(np.full((32, 32, 3), 235, np.uint8)))

    def choices(self) -> tuple[FontChoice, FontChoice]:
        """The fonts of headings and of the rest: the brand's, or those that suit the tone."""
        kit = self.brief.brand_kit or BrandKit(name="-")
        family, weight = BY_TONE.get(self.tone, BY_TONE["minimal"])
        heading = FontChoice(family=family, weight=weight, file=kit.fonts.heading)
        body = FontChoice(family=BODY_FAMILY, weight=500, file=kit.fonts.body)
        return heading, body

    def sources(self, design: Design) -> Sources:
        """All that a design is rendered with. Raises `CreativeError` or `StoreError`."""
        picture = None if design.picture is None else self.by_digest(design.picture).image
        fonts = Fonts(
            self._face(design.heading, design.language),
            self._face(design.body, design.language),
            design.language,
        )
        return Sources(picture, fonts, self.logos())

    def _face(self, choice: FontChoice, language: str) -> Face:
        if choice.file is None:
            return find_face(choice.family, choice.weight, language)
        kept(self.store, choice.file)
        return own_face(self.store.folder / choice.file, choice.weight)

    def logos(self) -> dict[str, Image]:
        """The brand's logos by the ground that they are for; a faulty one is noted."""
        found: dict[str, Image] = {}
        kit = self.brief.brand_kit
        for logo in kit.logos if kit else ():
            if logo.background in found and logo.shape == "mark":
                continue
            try:
                data = kept(self.store, logo.file)
                found[logo.background] = read_logo(data, ending_of(logo.file))
            except CreativeError as error:
                self.notes.append(str(error))
        return found


def kept(store: Store, name: str) -> bytes:
    """The bytes of a file that a run keeps by its content.

    Raises `StoreError` if they are missing, not in the run, or not the ones that were kept.
    """
    folder, _, base = name.rpartition("/")
    digest = base.partition(".")[0]
    try:
        if folder != "assets":
            raise ValueError("it is no asset of the run")
        data = read_file(store.folder, name)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError("its bytes have changed")
    except (OSError, ValueError) as error:
        raise StoreError(f"{name} cannot be used: {error}.", "Restore it.") from error
    return data
