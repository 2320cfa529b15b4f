"""schema.org Products in JSON-LD as briefs."""

import json
from pathlib import Path

import pytest

from triptych.briefs.read import understand
from triptych.domain import Brief, Offer
from triptych.errors import BriefError

DATA = Path(__file__).parent / "data"


@pytest.fixture
def read(tmp_path):
    def read(value, name="product.jsonld", **choice):
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return understand(str(path), **choice)

    return read


def product(**fields):
    return {"@context": "https://schema.org/", "@type": "Product", "name": "Emberlite", **fields}


def test_a_product_as_shops_have_it():
    understood = understand(str(DATA / "product.jsonld"))
    assert understood.form == "schema.org Product data"
    assert understood.asked == Brief(
        description="A red steel camping lantern with 40 hours of light.",
        product="Emberlite",
        brand="Norvik",
        facts=("Color: red", "Material: steel"),
        offer=Offer(price="49.90", currency="USD", valid_until="2027-01-31"),
        sku="NV-0446",
        url="https://norvik.example/emberlite"
        "?utm_source=ig&utm_medium=social&utm_campaign=spring%20sale",
    )
    assert "Left out: image, mpn, gtin13, aggregateRating." in understood.notes


def test_the_least_product():
    understood = understand(str(DATA / "product-min.json"))
    assert understood.asked.product == "Emberlite"
    assert understood.notes == ("Used: name as product, description.",)


@pytest.mark.parametrize(
    "brand",
    ["Norvik", {"@type": "Brand", "name": "Norvik"}, [{"@type": "Organization", "name": "Norvik"}],
     {"@type": "Brand", "name": {"@value": "Norvik", "@language": "en"}}],
)  # fmt: skip
def test_brands(read, brand):
    assert read(product(brand=brand)).asked.brand == "Norvik"


@pytest.mark.parametrize(
    "around",
    [
        lambda p: {
            "@context": "https://schema.org",
            "@graph": [{"@type": "WebSite", "name": "x"}, p],
        },
        lambda p: [{"@type": "BreadcrumbList", "itemListElement": []}, p],
        lambda p: {"@type": "WebPage", "mainEntity": p},
        lambda p: {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": p}]},
        lambda p: p | {"@type": ["Product", "Vehicle"]},
        lambda p: p | {"@type": "https://schema.org/Product"},
        lambda p: p | {"@type": "schema:IndividualProduct"},
    ],
)
@pytest.mark.parametrize("name", ["p.json", "p.jsonld", "p", "p.txt"])
def test_wherever_a_product_stands(read, around, name):
    assert read(around(product(description="A lantern")), name).asked.product == "Emberlite"


@pytest.mark.parametrize(
    ("offers", "offer", "facts"),
    [
        ({"@type": "Offer", "price": 49.90}, Offer(price="49.9"), ()),
        ([{"price": "5.00", "priceCurrency": "EUR"}], Offer(price="5.00", currency="EUR"), ()),
        ([{"price": "5.00", "priceCurrency": "EUR"}, {"price": "6.00", "priceCurrency": "EUR"}],
         None, ()),
        ({"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "9", "priceCurrency": "EUR"},
         None, ("Price: from 5 to 9 EUR",)),
        ({"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "5", "priceCurrency": "EUR"},
         Offer(price="5", currency="EUR"), ()),
        ({"@type": "AggregateOffer", "offers": [{"price": "5"}, {"price": "5"}]},
         Offer(price="5"), ()),
        ({"priceSpecification": [
            {"price": "5.00", "priceCurrency": "EUR"},
            {"price": "7.00", "priceType": "https://schema.org/StrikethroughPrice"}]},
         Offer(price="5.00", was_price="7.00", currency="EUR"), ()),
        ({"price": "5", "validFrom": "2026-01-01", "priceValidUntil": "2026-02-01"},
         Offer(price="5", valid_from="2026-01-01", valid_until="2026-02-01"), ()),
        ({"availability": "https://schema.org/InStock"}, None, ()),
        ("https://x.example", None, ()),
    ],
)  # fmt: skip
def test_offers(read, offers, offer, facts):
    brief = read(product(offers=offers)).asked
    assert (brief.offer, brief.facts) == (offer, facts)


def test_a_price_keeps_its_last_digit(read):
    text = '{"@type": "Product", "name": "x", "offers": {"price": 49.90}}'
    assert read(text).asked.offer.price == "49.90"


def test_measures_and_further_properties(read):
    weight = {"@type": "QuantitativeValue", "value": 1.2, "unitCode": "KGM"}
    more = [{"@type": "PropertyValue", "name": "Light", "value": 40, "unitText": "hours"}]
    facts = read(product(weight=weight, additionalProperty=more, color=["red", "blue"])).asked.facts
    assert facts == ("Color: red", "Color: blue", "Weight: 1.2 kg", "Light: 40 hours")


def test_several_products_and_groups_of_variants(read):
    two = {"@graph": [product(sku="1"), product(name="Driftline", sku="2")]}
    with pytest.raises(BriefError, match=r"(?s)holds 2 products.*row 2: 2, Driftline"):
        read(two)
    assert read(two, sku="2").asked.product == "Driftline"
    group = {
        "@type": "ProductGroup", "name": "Emberlite", "description": "A lantern",
        "productGroupID": "g",
        "hasVariant": [{"@type": "Product", "sku": "R", "color": "red", "name": "Emberlite red"},
                       {"@type": "Product", "sku": "B", "color": "blue", "name": "Emberlite blue"}],
    }  # fmt: skip
    assert read(group, sku="B").asked.facts == ("Color: blue",)
    both = read(group)
    assert (both.asked.description, both.asked.product) == ("A lantern", None)
    assert "2 variants; product, sku, some facts differ" in " ".join(both.notes)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"@type": "Article", "name": "x"}, "of Article, without a Product"),
        ({"@context": "https://schema.org"}, "without a Product"),
        ({"@type": "Product"}, "neither name nor description"),
        ({"@type": 7, "@graph": "x"}, "without a Product"),
        ({"@graph": [[[[{"@type": "Thing"}]]]]}, "of Thing, without a Product"),
    ],
)
def test_other_data_is_told(read, value, said):
    with pytest.raises(BriefError, match=said) as told:
        read(value)
    assert told.value.hint
