"""The briefs of `briefs.yaml`, and what of a reading is right."""

from pathlib import Path

import yaml

from triptych.domain import Brief
from triptych.generators.starter import stand_ins

CASES = yaml.safe_load((Path(__file__).parent / "briefs.yaml").read_text(encoding="utf-8"))
KINDS = {"kind": stand_ins.KIND, "kinds": stand_ins.KINDS, "stuff": stand_ins.STUFF}
FIELDS = ("brand", "product", "kind", "offer", "link", "facts", "reads", "not", "left_out")


def brief_of(case):
    return Brief(description=case["text"], **case.get("fields", {}))


def wrong_of(case, slots):
    """Field to (what was read, what is right), for each field that is wrong."""
    own = slots.own
    facts = [own[word] for word in stand_ins.FACTS if word in own]
    left = " | ".join(slots.left_out)
    model = slots.show(slots.text)
    told = [*facts, slots.text]
    read = {
        "brand": own.get(stand_ins.BRAND),
        "product": own.get(stand_ins.PRODUCT),
        "kind": {name: own[word] for name, word in KINDS.items() if word in own},
        "offer": {name: own[word] for name, word in stand_ins.OFFER.items() if word in own},
        "link": own.get(stand_ins.LINK),
        "facts": [fact.removesuffix(".") for fact in facts],
        "reads": [one for one in case.get("reads", []) if one.lower() in model.lower()],
        "not": [one for one in case.get("not", []) if any(one.lower() in t.lower() for t in told)],
        "left_out": [one for one in case.get("left_out", []) if one.lower() in left.lower()],
    }
    right = {
        "brand": case.get("brand"),
        "product": case.get("product"),
        "kind": {name: case[name] for name in KINDS if name in case},
        "offer": case.get("offer", {}),
        "link": case.get("link"),
        "facts": [str(fact).removesuffix(".") for fact in case.get("facts", [])],
        "reads": case.get("reads", []),
        "not": [],
        "left_out": case.get("left_out", []),
    }
    return {name: (read[name], right[name]) for name in FIELDS if read[name] != right[name]}
