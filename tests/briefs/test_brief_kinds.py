"""Each kind of file that people have for a brief goes to its own reader."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.briefs.hostile import outcome
from triptych.briefs.check import parse
from triptych.briefs.content import _LIKE_JSON
from triptych.briefs.read import read_mapping, understand
from triptych.domain import Brief, CampaignPlan, Offer
from triptych.errors import BriefError
from triptych.files.yaml import to_yaml

DATA = Path(__file__).parent / "data"
SENTENCE = "Norvik launches the Emberlite, a red steel camping lantern."
ANY_FILE = settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return understand(str(path))


@pytest.mark.parametrize(
    "name", ["hash.txt", "colon.txt", "prose.txt", "prose2.txt", "vtab.txt", "longmid.txt"]
)
def test_plain_text_is_the_description_as_it_stands(name):
    understood = understand(str(DATA / name))
    assert understood.asked == Brief(description=(DATA / name).read_text().strip())
    assert understood.form == "plain text"
    assert understood.notes == ()


@pytest.mark.parametrize("ending", ["txt", "md", "", "brief"])
@pytest.mark.parametrize(
    "text",
    [
        "# A heading\n\nNorvik: the #1 lantern.\n- lit\n- at night",
        '"Light for every camp", says Norvik.',
        "'Tis the season: Norvik's lantern",
        "@norvik launches *the* Emberlite",
        "- red\n- steel\n- a lantern",
        "Price: 49.90\nBrand: Norvik\nA lantern",
        "\tindented by a tab\n\tand again",
        "> quoted\n> lines | with %signs & more",
        "? what is it\n! a lantern",
        "NO",
        "--- \na lantern\n---\nfrom Norvik",
        "[Norvik] launches a lantern, {red} or not: 1, 2, 3".replace("{red}", "(red)"),
        "Emberlite, a lantern, red, steel\nDriftline, a mug, blue, ceramic",
        "a line\r\nand another\rand a third".replace("\r", "\n"),
    ],
)
def test_plain_words_never_pass_a_parser(tmp_path, ending, text):
    path = tmp_path / (f"brief.{ending}" if ending else "brief")
    assert read(path, text).asked == Brief(description=text.strip())


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=300))
@ANY_FILE
def test_any_text_reaches_the_description_unchanged(tmp_path, text):
    assume(any(map(str.isalpha, text)))
    assume(not _LIKE_JSON.match(text))
    understood, error = outcome(read, tmp_path / "brief.txt", text)
    if error:  # the only reason: a placeholder by chance
        assert "nobody filled in" in error.message
        return
    asked = understood.asked
    assert asked.description == Brief(description=text.strip()).description
    assert parse(Brief, read_mapping(_written(tmp_path, asked)), "it") == asked


def _written(folder, asked):
    path = folder / "again.yaml"
    path.write_text(to_yaml(asked), encoding="utf-8")
    return path


LINE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: text.strip() and not text.isspace() and any(map(str.isalnum, text))
)
WORD = st.sampled_from(
    ["NO", "3008", "1.10", "12:30", "2026-12-24", "null", "~", "0x1F", "- a", "#1"]
)


@given(
    st.builds(
        Brief,
        description=LINE,
        product=WORD | LINE,
        brand=WORD | LINE,
        facts=st.lists(WORD | LINE, max_size=4).map(tuple),
        must_say=st.lists(WORD, max_size=2).map(tuple),
        offer=st.builds(Offer, price=WORD, code=WORD | LINE, valid_until=WORD),
        language=st.just("en"),
        channels=st.just(("body",)),
    )
)
@ANY_FILE
def test_what_is_written_as_yaml_or_json_reads_back_the_same(tmp_path, brief):
    assert parse(Brief, read_mapping(_written(tmp_path, brief)), "it") == brief
    path = tmp_path / "again.json"
    path.write_text(json.dumps(brief.model_dump(mode="json", exclude_defaults=True)))
    assert parse(Brief, read_mapping(path), "it") == brief


def test_a_plan_in_yaml_and_in_json_is_a_plan(tmp_path):
    plan = {
        "version": 1,
        "brief": {"description": SENTENCE},
        "key_message": "Light",
        "visual": "a lantern",
        "motion": "slow",
        "deliverables": [{"id": "body", "channel": "body", "tone": "playful"}],
        "false_rejection_rate": 0.1,
    }
    from_json = read(tmp_path / "plan.json", json.dumps(plan)).asked
    assert isinstance(from_json, CampaignPlan)
    assert read(tmp_path / "plan.yaml", to_yaml(from_json) + "version: 1\n").asked == from_json
    assert from_json.false_rejection_rate == 0.1


@pytest.mark.parametrize("name", ["brief", "brief.in", "brief.txt"])
def test_json_is_read_as_json_whatever_it_is_called(tmp_path, name):
    content = '{\n\t"description": "A lantern \\ud83d\\udd25",\n\t"product": 3008\n}'
    understood = read(tmp_path / name, content)
    assert understood.asked == Brief(description="A lantern 🔥", product="3008")
    assert understood.form == "JSON"


def test_fields_are_read_of_a_file_without_an_ending(tmp_path):
    understood = read(tmp_path / "brief", "# mine\ndescription: a lantern\nbrand: NO\n")
    assert understood.asked == Brief(description="a lantern", brand="NO")
    assert understood.form == "YAML"
    with pytest.raises(BriefError, match="`colour` is not a field"):
        read(tmp_path / "brief", "description: a lantern\nbrand: NO\ncolour: red\n")
    with pytest.raises(BriefError, match="`brand` twice"):
        read(tmp_path / "brief", "description: a lantern\nbrand: a\nbrand: b\n")


def test_a_yaml_file_of_plain_words_is_plain_text(tmp_path):
    understood = read(tmp_path / "brief.yaml", "Norvik launches the #1 lantern.\n\n# lit\n")
    assert understood.asked.description == "Norvik launches the #1 lantern.\n\n# lit"
    assert "as it stands" in understood.notes[0]


def test_torn_json_is_never_taken_for_words(tmp_path):
    for name in ("brief", "brief.txt", "brief.json"):
        with pytest.raises(BriefError, match="not valid JSON at line 1"):
            read(tmp_path / name, '{"description": "A lantern", "brand": "Nor')


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("b.html", "<p>A lantern</p>", "an HTML page"),
        ("b.txt", "<!-- x -->\n<!DOCTYPE html>\n<html><body>", "an HTML page"),
        ("b", "  <HTML lang=en>", "an HTML page"),
        ("b.svg", "<svg/>", "a picture"),
        ("b.txt", "<?xml version='1.0'?><svg xmlns='x'/>", "a picture"),
        ("b.txt", b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        ("b.pdf", "A lantern", "a PDF"),
        ("b.docx", b"PK\x03\x04\x14", "a text document"),
        ("b.txt", b"PK\x03\x04\x14", "an archive or an office document"),
        ("b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "an office document"),
        ("b.rtf", "{\\rtf1 A lantern}", "a text document"),
        ("b", "{\\rtf1 A lantern}", "a text document"),
        ("b.xlsx", b"PK\x03\x04", "a spreadsheet"),
        ("b.txt", b"\x89PNG\r\n\x1a\n\x00", "a picture"),
        ("b.jpg", b"\xff\xd8\xff\xe0", "a picture"),
        ("b", b"\xff\xd8\xff\xe0", "a picture"),
        ("b", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a picture"),
        ("b.mp4", b"\x00\x00\x00\x18ftypmp42", "a film"),
        ("b", b"\x00\x00\x00\x18ftypmp42", "a film"),
        ("b", b"ID3\x04\x00", "a sound"),
        ("b.zip", b"PK\x05\x06", "an archive"),
        ("b.csv.gz", b"\x1f\x8b\x08", "an archive"),
        ("b", b"7z\xbc\xaf\x27\x1c", "an archive"),
        ("b.toml", "brand = 'Norvik'", "a settings file"),
        ("b", b"SQLite format 3\x00", "a data file"),
        ("b.ipynb", "{}", "a program"),
        ("b.eml", "From: a@b.example", "an e-mail"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path, name, content, what):
    with pytest.raises(BriefError, match=what) as told:
        read(tmp_path / name, content)
    assert told.value.hint


@pytest.mark.parametrize("name", ["b.xml", "b", "b.txt"])
def test_xml_that_is_no_feed_is_refused(tmp_path, name):
    with pytest.raises(BriefError, match="is XML, but no product feed"):
        read(tmp_path / name, "<?xml version='1.0'?><note><to>you</to></note>")
    news = (
        "<rss><channel><item><title>News</title><description>x</description></item></channel></rss>"
    )
    with pytest.raises(BriefError, match="is XML, but no product feed"):
        read(tmp_path / "news.xml", news)


def test_every_wrong_field_is_named_with_its_line_and_what_to_write(tmp_path):
    content = (
        "description: a lantern\ncolour: red\nbudget:\n  attempts: 0\n  steps: 3\n"
        "tone: angry\nchannels: [radio, body]\nfacts: waterproof\nbrandd: Norvik\n"
    )
    with pytest.raises(BriefError) as told:
        read(tmp_path / "brief.yaml", content)
    said = told.value.message
    assert "6 things are wrong" in said
    for words in (
        "`colour` is not a field (line 2)",
        "`budget.attempts` cannot be '0'",
        "`budget.steps` is not a field (line 5)",
        "`channels.0`: There is no placement 'radio' (line 7)",
        "`facts` cannot be 'waterproof': it takes a list (line 8)",
        "`brandd` is not a field (line 9)",
    ):
        assert words in said
    assert "For `colour` write `facts`. " in told.value.hint
    assert "For `brandd` write `brand`. " in told.value.hint


def test_text_of_a_brief_without_offers_is_as_it_was():
    brief = Brief(
        description=SENTENCE, product="Emberlite", brand="Norvik", facts=("40 hours",),
        audience="campers", tone="playful", channels=("call_to_action",),
    )  # fmt: skip
    assert brief.text() == (
        f"{SENTENCE} 40 hours. Audience: campers. Tone: playful. Channels: call to action."
    )
    offer = Offer(price="49.90", was_price="59.90", currency="EUR", discount="20 %", code="NO",
                  valid_from="today", valid_until="Sunday", shipping="free")  # fmt: skip
    brief = Brief(description="x", offer=offer, must_say=("the #1",), must_not_say=("cheap",))
    assert brief.text() == (
        "x Price: 49.90 EUR instead of 59.90 EUR. Discount: 20 %. Code: NO. "
        'Valid from today until Sunday. Shipping: free. Say: "the #1".'
    )


def test_an_offer_that_ends_before_it_begins_is_refused(tmp_path):
    offer = "description: x\noffer: {valid_from: 2026-12-24, valid_until: 2026-12-01T00:00}"
    with pytest.raises(BriefError, match=r"`offer`: it ends .* before it begins"):
        read(tmp_path / "brief.yaml", offer)
