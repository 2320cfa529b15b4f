import pytest

from triptych.channels import catalogue, find_placement
from triptych.channels.placement import Placement
from triptych.channels.reading import SHIPPED, read_placements
from triptych.domain import TEXT_KINDS
from triptych.errors import ChannelError

NONE = ()


def field_of(placement, name):
    return next(one for one in placement.fields if one.name == name)


def test_every_shipped_figure_has_a_source_with_its_date():
    for placement in catalogue(NONE).values():
        if any(field.limit or field.shown for field in placement.fields) or placement.formats:
            assert placement.sources
        for source in placement.sources:
            assert source.read.year >= 2026
            assert "http" not in source.page


def test_the_places_where_marketers_publish_are_there():
    platforms = {placement.platform for placement in catalogue(NONE).values()}
    assert platforms >= {
        "Instagram", "Facebook", "TikTok", "YouTube", "LinkedIn", "X", "Google Ads", "E-mail",
        "Web", "IAB display",
    }  # fmt: skip
    assert {kind.replace("_", "-") for kind in TEXT_KINDS} <= set(catalogue(NONE))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("instagram", "instagram-feed"),
        ("Instagram Feed", "instagram-feed"),
        ("email", "newsletter"),
        ("E-Mail", "newsletter"),
        ("social", "social-post"),
        ("social-post", "social-post"),
        ("social_post", "social-post"),
        ("call to action", "call-to-action"),
        ("Twitter", "x-post"),
        ("pmax", "performance-max"),
        ("LinkedIn", "linkedin-post"),
    ],
)
def test_a_placement_is_found_however_it_is_spelt(said, name):
    assert find_placement(said, catalogue(NONE)).name == name


def test_an_unknown_placement_is_answered_with_near_ones():
    with pytest.raises(ChannelError, match="instagram-feed"):
        find_placement("instagarm", catalogue(NONE))
    with pytest.raises(ChannelError, match="triptych channels"):
        find_placement("", catalogue(NONE))


def test_known_figures():
    """Against shared facts, not against the files themselves."""
    places = catalogue(NONE)
    assert field_of(places["google-display"], "headline").limit == 30
    assert field_of(places["performance-max"], "description").short == 60
    assert (field_of(places["x-post"], "post").limit, places["x-post"].counting) == (280, "x")
    assert field_of(places["tiktok-feed"], "text").limit == 100
    reel = next(one for one in places["instagram-reel"].formats if one.name == "reel")
    assert (reel.width, reel.height, reel.safe.bottom) == (1080, 1920, 0.35)
    assert {one.media for one in places["tiktok-feed"].formats} == {"clip"}


def own(folder, text, name="own.yaml"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


OWN = """
platform: Pub
placements:
  - name: beer-mat
    title: Beer mat
    aliases: [mat]
    fields: [{name: line, writes: headline, limit: 40}]
    formats: [{name: round, media: image, width: 900, height: 900}]
    sources: [{about: all, page: the sheet, read: 2026-11-01, primary: true}]
"""


def test_users_add_placements_of_their_own(tmp_path):
    places = catalogue([own(tmp_path, OWN)])
    assert field_of(find_placement("Mat", places), "line").limit == 40
    assert set(catalogue(NONE)) < set(places)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("limit: 40", "limit: forty"), "limit"),
        (("limit: 40", "limit: 0"), "limit"),
        (("name: beer-mat", "name: instagram-feed"), "instagram"),
        (("aliases: [mat]", "aliases: [e mail]"), "newsletter"),
        (("writes: headline", "writes: poem"), "writes"),
        (
            (
                "sources: [{about: all, page: the sheet, read: 2026-11-01, primary: true}]",
                "",
            ),
            "source",
        ),
        (("width: 900", "width: -1"), "width"),
        (("platform: Pub", "platform: Pub\nplatform: Bar"), "platform"),
        (("title: Beer mat", "title: Beer mat\n    colour: red"), "colour"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path, change, word):
    with pytest.raises(ChannelError) as caught:
        catalogue([own(tmp_path, OWN.replace(*change))])
    assert "own.yaml" in str(caught.value)
    assert word in str(caught.value)


def test_a_shipped_file_can_be_read_alone():
    for path in SHIPPED.glob("*.yaml"):
        assert all(isinstance(one, Placement) for one in read_placements(path))
