"""A picture with a subject, and designs of it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from triptych.channels import find_placement
from triptych.creatives.design import Design, density_of
from triptych.creatives.fonts import BY_TONE, find_face
from triptych.creatives.layouts import find_layout, shape_of
from triptych.creatives.palette import from_picture
from triptych.creatives.picture import subject_box
from triptych.creatives.render import Sources
from triptych.creatives.stack import Fonts

TEXTS = {
    "headline": "Hello, Emberlite: the red camping lantern!",
    "body": "Lit at a campsite at night in the fog, it keeps you company.",
    "button": "Get the Emberlite",
    "brand": "Norvik",
    "eyebrow": "Norvik",
    "price": "49.90 €",
    "was_price": "64.90 €",
    "discount": "−23 %",
}


@pytest.fixture(scope="session")
def picture():
    """A red disc a little right of the middle, before a soft grey-green ground."""
    rows = np.linspace(90, 150, 256)[:, None, None]
    ground = np.broadcast_to(rows + np.array([0, 18, 6]), (256, 256, 3)).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(ground))
    ImageDraw.Draw(image).ellipse((110, 80, 190, 190), fill=(200, 40, 40))
    return image


@pytest.fixture(scope="session")
def made(picture):
    """Makes a design of a layout for a format, and what it is rendered with."""

    def make(layout, placement, size, texts=TEXTS, tone="playful", language="en", **changes):
        place = find_placement(placement)
        form = next(one for one in place.formats if one.name == size)
        pixels = np.asarray(picture)
        subject = subject_box(pixels)
        chosen = find_layout(layout)
        arrangement = chosen.arrangement(shape_of(form.width, form.height))
        design = Design(
            layout=chosen.name,
            placement=place.name,
            format=form.name,
            width=form.width,
            height=form.height,
            safe=form.safe,
            density=density_of(place, form),
            language=language,
            ground=arrangement.ground,
            regions=arrangement.regions,
            texts=texts,
            palette=from_picture(pixels, subject),
            subject=subject,
            may_cover_subject=chosen.may_cover_subject,
            **changes,
        )
        family, weight = BY_TONE[tone]
        heading = find_face(family, weight, language)
        fonts = Fonts(heading, find_face("Manrope", 500, language), language)
        return design, Sources(picture, fonts)

    return make
