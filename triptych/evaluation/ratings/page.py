"""The rating page: one HTML file that tells raters nothing of how a campaign was made.

Which item is whose stands in `key.json`, which stays with whoever runs the study.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TypedDict

from jinja2 import Environment
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, ValidationError

from triptych.errors import StoreError
from triptych.evaluation.items import ITEM, Item
from triptych.evaluation.ratings.questions import QUESTIONS, SCALE
from triptych.store import write_whole

KEY, PAGE = "key.json", "rate.html"
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
          ".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm"}  # fmt: skip


class StudyKey(BaseModel):
    """What each item of a study is: kept from raters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    study: str
    items: dict[str, tuple[str, str]]
    """Item to method and case."""


def build_study(
    out: Path, briefs: Mapping[str, str], methods: Sequence[str], count: int, seed: int = 0
) -> tuple[Path, StudyKey]:
    """Write `ratings/rate.html` and `ratings/key.json` into an evaluation's folder.

    Args:
        out: the evaluation's folder, with its items.
        briefs: what each case asks for, by case.
        methods: whose campaigns are shown.
        count: cases, those first that every method has and that have clips.
        seed: of the choice and of the items' names.

    Returns:
        The page and the key.

    Raises:
        StoreError: if there is nothing to rate.
    """
    by_method = {method: _items(out, method) for method in methods}
    cases = _cases(by_method, count, Random(seed))
    if not cases:
        raise StoreError(f"{out} has no finished items to rate.", "Run `triptych eval` first.")
    chance = Random(f"{seed}:{','.join(methods)}:{','.join(cases)}")
    shown, key = [], {}
    for case in cases:
        for method in methods:
            item = by_method[method].get(case)
            if item is None:
                continue
            name = f"{chance.getrandbits(48):012x}"
            key[name] = (method, case)
            shown.append(_shown(name, item, out, briefs.get(case, "")))
    chance.shuffle(shown)
    study = hashlib.sha256(json.dumps(sorted(key)).encode()).hexdigest()[:16]
    folder = out / "ratings"
    write_whole(folder / PAGE, render_page(study, shown).encode())
    record = StudyKey(study=study, items=key)
    write_whole(folder / KEY, record.model_dump_json(indent=1).encode())
    return folder / PAGE, record


class Shown(TypedDict):
    """An item as raters see it."""

    id: str
    brief: str
    copy: str
    image: str | None
    """As a data: address."""
    clip: str | None
    """As a data: address."""


def render_page(study: str, items: Sequence[Shown]) -> str:
    """The page for given items."""
    here = Path(__file__).parent
    style, script = ((here / name).read_text("utf-8") for name in ("page.css", "page.js"))
    data = {
        "id": study,
        "scale": SCALE,
        "questions": [asdict(question) for question in QUESTIONS],
        "items": list(items),
    }
    # In a data block only "</script" and "<!--" could end it: no "<" is left.
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    template = Environment(autoescape=True).from_string((here / "page.html").read_text("utf-8"))
    return template.render(
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=Markup(text),
        count=len(items),
    )


def read_key(path: Path) -> StudyKey:
    """The key of a study. Raises `StoreError` if it is missing or torn."""
    try:
        return StudyKey.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read: {error.strerror}.", "`triptych rate DIR` makes it."
        ) from error
    except ValidationError as error:
        raise StoreError(f"{path} is no key of a study.", "Make the study again.") from error


def _shown(name: str, item: Item, out: Path, brief: str) -> Shown:
    place = out / "items" / item.method / item.case
    return {
        "id": name,
        "brief": brief,
        "copy": item.text,
        "image": _data(place / item.image) if item.image else None,
        "clip": _data(place / item.clip) if item.clip else None,
    }


def _data(path: Path) -> str | None:
    """A media file as a data: address; None for a kind that browsers do not show."""
    kind = _TYPES.get(path.suffix.lower())
    if kind is None or not path.is_file():
        return None
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _items(out: Path, method: str) -> dict[str, Item]:
    items = {}
    for path in sorted((out / "items" / method).glob(f"*/{ITEM}")):
        item = Item.model_validate_json(path.read_bytes())
        if item.status != "error":
            items[item.case] = item
    return items


def _cases(by_method: Mapping[str, Mapping[str, Item]], count: int, chance: Random) -> list[str]:
    everywhere = {case for items in by_method.values() for case in items}
    order = sorted(everywhere)
    chance.shuffle(order)

    def worth(case: str) -> tuple[int, bool]:
        having = [items[case] for items in by_method.values() if case in items]
        return -len(having), not any(item.clip for item in having)

    return sorted(order, key=worth)[:count]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
