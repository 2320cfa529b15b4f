"""Feeds of Google Merchant and Shopify: one product, its columns as fields, and what was left."""

import json
from pathlib import Path

import pytest

from triptych.briefs.read import understand
from triptych.domain import Offer
from triptych.errors import BriefError

DATA = Path(__file__).parent / "data"
GOOGLE = (DATA / "feed.csv").read_text()
SHOPIFY = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price,Image Src,Status
emberlite,Emberlite,"<p>A <b>red</b> steel camping lantern.</p><ul><li>40 hours &amp; more</li></ul>",Norvik,Lantern,"camping, light",TRUE,Color,Red,EM-R,39.90,49.90,https://x.example/1.jpg,active
emberlite,,,,,,,,Blue,EM-B,34.90,49.90,,
emberlite,,,,,,,,,,,,https://x.example/2.jpg,
driftline,Driftline,A blue ceramic mug,Lumora,Mug,,TRUE,Title,Default Title,DR-1,14.90,,,active
"""  # noqa: E501


@pytest.fixture
def read(tmp_path):
    def read(name, content, **choice):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return understand(str(path), **choice)

    return read


def test_several_products_without_a_choice_are_listed():
    with pytest.raises(BriefError) as told:
        understand(str(DATA / "feed.csv"))
    assert told.value.message.endswith(
        "feed.csv holds 2 products; a campaign is of one:\n"
        "row 1: NV-0446, Emberlite, Norvik\nrow 2: LU-0010, Driftline, Lumora"
    )
    assert told.value.hint == "Choose one by --sku SKU or --row N."


@pytest.mark.parametrize(
    "choice", [{"sku": "NV-0446"}, {"sku": "nv-0446"}, {"sku": "4006381333931"}, {"row": 1}]
)
@pytest.mark.parametrize("name", ["feed.csv", "feed.tsv", "feed.txt", "feed", "semicolon.csv"])
def test_one_row_of_a_merchant_feed(read, name, choice):
    signs = {"feed.tsv": "\t", "feed.txt": "\t", "semicolon.csv": ";"}
    rows = [line.replace('"A red steel camping lantern, lit at night"', "A red lantern at night")
            for line in GOOGLE.splitlines()]  # fmt: skip
    understood = read(name, "\n".join(rows).replace(",", signs.get(name, ",")), **choice)
    brief = understood.asked
    assert (brief.product, brief.brand) == ("Emberlite", "Norvik")
    assert brief.description == "A red lantern at night"
    assert brief.facts == ("Color: red", "Material: steel")
    assert brief.offer == Offer(price="39.90", was_price="49.90", currency="USD")
    assert brief.url == "https://norvik.example/p/1?utm_source=google&utm_medium=cpc"
    assert brief.sku == "NV-0446"
    told = " ".join(understood.notes)
    assert "Row 1 of" in told
    assert "sale_price as offer.price, price as offer.was_price" in told
    assert "Left out: image_link, availability, gtin, condition, google_product_category." in told


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"sku": "NV-0447"}, "no product with the SKU NV-0447"),
        ({"row": 3}, "has no row 3"),
        ({"row": 1, "sku": "NV-0446"}, "two ways to choose"),
    ],
)
def test_a_choice_that_fits_nothing(choice, said):
    with pytest.raises(BriefError, match=said) as told:
        understand(str(DATA / "feed.csv"), **choice)
    assert told.value.hint


def test_a_choice_is_for_feeds(read):
    with pytest.raises(BriefError, match="plain text, which holds no list of products"):
        read("b.txt", "A lantern", row=1)


def test_the_first_twenty_of_many_are_listed(read):
    rows = "".join(f"S{n},Product {n}\n" for n in range(57))
    with pytest.raises(BriefError, match="holds 57 products") as told:
        read("feed.csv", f"id,title\n{rows}")
    assert "row 20: S19, Product 19\n… and 37 more" in told.value.message
    with pytest.raises(BriefError, match="more than 20000 products"):
        read("feed.csv", "id,title\n" + "1,a\n" * 20_001)


def test_an_rss_feed_of_one_product():
    understood = understand(str(DATA / "feed.xml"))
    assert understood.form == "a product feed in XML"
    assert understood.asked.product == "Emberlite"
    assert understood.asked.offer == Offer(price="49.90", currency="USD")


@pytest.mark.parametrize("name", ["feed.xml", "feed.atom", "feed", "feed.txt"])
def test_an_atom_feed_and_values_beside_each_other(read, name):
    content = """<?xml version="1.0" encoding="ISO-8859-1"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
    <entry><title>Shop: Emberlite</title><g:title>Emberlite &amp; Söhne</g:title><g:id>1</g:id>
    <link href="https://x.example/1"/><summary>A &lt;b&gt;red&lt;/b&gt; lantern</summary>
    <g:product_highlight>40 hours</g:product_highlight><g:price>10.00 EUR</g:price>
    <g:product_highlight>waterproof</g:product_highlight>
    <g:shipping><g:country>DE</g:country><g:price>5 EUR</g:price></g:shipping></entry></feed>"""
    understood = read(name, content)
    brief = understood.asked
    assert (brief.product, brief.description) == ("Emberlite & Söhne", "A red lantern")
    assert brief.facts == ("40 hours", "waterproof")
    assert brief.url == "https://x.example/1"
    assert brief.offer == Offer(price="10.00", currency="EUR")
    assert "shipping_country, shipping_price" in understood.notes[-1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<a><b></a>", "is not valid XML at line 1"),
        ("<?xml version='1.0'?>\n<a>\n<g:id>1</g:id></a>", "is not valid XML at line 3"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><item><title>x</title></item>', "document type"),
        ("<a>" * 600_000, "more than 500000 tags"),
        ("<a/>", "is XML, but no product feed"),
    ],
)
def test_xml_that_cannot_be_read(read, content, said):
    with pytest.raises(BriefError, match=said) as told:
        read("feed.xml", content)
    assert told.value.hint


def test_briefs_one_a_line():
    with pytest.raises(BriefError, match="holds 2 products"):
        understand(str(DATA / "lines.jsonl"))
    brief = understand(str(DATA / "lines.jsonl"), row=2).asked
    assert (brief.description, brief.brand) == ("A blue ceramic mug.", "Lumora")


@pytest.mark.parametrize("name", ["list.json", "list.jsonl", "list", "list.yaml"])
def test_lists_in_json_and_yaml(read, name):
    items = [{"description": "A red lantern.", "brand": "Norvik", "facts": ["40 hours"]},
             {"id": "X1", "title": "Driftline", "price": {"value": "14.90", "currency": "USD"},
              "salePrice": "9.90 USD", "imageLink": "https://x.example"}]  # fmt: skip
    text = "\n".join(map(json.dumps, items)) if name == "list.jsonl" else json.dumps(items)
    with pytest.raises(BriefError, match="holds 2 products"):
        read(name, text)
    assert read(name, text, row=1).asked.facts == ("40 hours",)
    other = read(name, text, sku="X1")
    assert other.asked.offer == Offer(price="9.90", was_price="14.90", currency="USD")
    assert other.asked.description == "Driftline"
    assert "its title is taken" in " ".join(other.notes)


def test_shopify_variants_are_one_product_and_inherit(read):
    with pytest.raises(BriefError, match="holds 2 products"):
        read("shopify.csv", SHOPIFY)
    blue = read("shopify.csv", SHOPIFY, sku="EM-B").asked
    assert (blue.product, blue.brand, blue.sku) == ("Emberlite", "Norvik", "EM-B")
    assert blue.description == "A red steel camping lantern.\n40 hours & more"
    assert blue.facts == ("Color: Blue",)
    assert blue.offer == Offer(price="34.90", was_price="49.90")
    only_emberlite = SHOPIFY[: SHOPIFY.index("driftline")]
    both = read("shopify.csv", only_emberlite)
    assert both.asked.offer == Offer(was_price="49.90")
    assert both.asked.facts == ()
    assert "2 variants; sku, some facts, offer.price differ" in " ".join(both.notes)
    mug = read("shopify.csv", SHOPIFY, row=4).asked
    assert (mug.product, mug.facts) == ("Driftline", ())


@pytest.mark.parametrize("wrapped", ["products", "product"])
def test_shopify_json(read, wrapped):
    product = {
        "id": 632910392, "title": "Emberlite", "body_html": "<p>A red lantern</p>",
        "vendor": "Norvik", "product_type": "Lantern", "tags": ["a"],
        "options": [{"name": "Color", "values": ["Red", "Blue"]}],
        "variants": [
            {"id": 1, "title": "Red", "option1": "Red", "sku": "EM-R", "price": "49.90"},
            {"id": 2, "title": "Blue", "option1": "Blue", "sku": "EM-B", "price": "44.90",
             "compare_at_price": "49.90"},
        ],
    }  # fmt: skip
    content = json.dumps({wrapped: [product] if wrapped == "products" else product})
    blue = read("products.json", content, sku="EM-B").asked
    assert (blue.product, blue.facts) == ("Emberlite", ("Color: Blue",))
    assert blue.offer == Offer(price="44.90", was_price="49.90")
    assert read("products.json", content).asked.offer is None


def test_a_shop_s_own_table_with_the_fields_of_a_brief(read):
    understood = read(
        "own.csv",
        "Product Name;Description;Brand;Facts;Price;Currency;Code;Valid until;Must say\n"
        "Emberlite;A lantern;NO;40 hours|waterproof;49,90 €;;SAVE;Sunday;the #1|now\n",
    )
    brief = understood.asked
    assert brief.brand == "NO"
    assert brief.facts == ("40 hours", "waterproof")
    assert brief.must_say == ("the #1", "now")
    assert brief.offer == Offer(price="49,90 €", code="SAVE", valid_until="Sunday")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b,c\n1,2,3\n", "none of its columns is a title or description: a, b, c"),
        ("id,title\n1,a,b\n", "Row 1 of .* has 3 cells under 2 columns"),
        ('id,title\n1,"a\n', "is not a whole table near line"),
        ("id,title\n", "holds no product"),
        ("id,title,price\n1,,2\n1,,3\n", "none of its columns is a title"),
        ('[{"title": " ", "price": "1", "sku": "2"}]', "title and description are empty"),
        ("," * 2000, "more than 1000 columns"),
    ],
)
def test_tables_that_cannot_be_read(read, content, said):
    with pytest.raises(BriefError, match=said) as told:
        read("feed.json" if content.startswith("[") else "feed.csv", content)
    assert told.value.hint


def test_two_rows_of_one_sku_are_told(read):
    with pytest.raises(BriefError, match=r"(?s)has 1 more than once:\nrow 1.*row 2") as told:
        read("feed.csv", "id,title\n1,a\n1,b\n", sku="1")
    assert "--row" in told.value.hint


def test_variants_that_are_described_differently_need_a_choice(read):
    content = "id,title,item_group_id,description\n1,a,g,x\n2,b,g,y\n"
    with pytest.raises(BriefError, match="each variant in other words"):
        read("feed.csv", content)
    assert read("feed.csv", content, row=2).asked.description == "y"


def test_prose_with_commas_is_no_table(read):
    prose = "Title, price and description matter.\nNorvik, a brand, sells lanterns."
    assert read("b.txt", prose).asked.description == prose
