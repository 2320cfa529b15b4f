"""Ten briefs × every layout × eight sizes: are the creatives right, by one who only sees pixels?

    python benchmarks/creatives.py make OUT      # renders, and writes what was intended beside
    python benchmarks/creatives.py check OUT     # reads the files back, by OCR and by their pixels
    python benchmarks/creatives.py scripts OUT   # one sheet of Arabic, Hebrew, Japanese, Thai, …

The checker shares no code with the renderer: it knows the words that were wanted, the catalogue's
sizes, limits and safe zones, and the pixels. Text is found by RapidOCR (`rapidocr-onnxruntime`).
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

BRIEFS = (
    (
        "Norvik",
        "Hello, Emberlite: the red camping lantern!",
        "Lit all night in the fog.",
        "Get yours",
        "playful",
    ),
    (
        "Verano",
        "Mornings taste better from a yellow mug",
        "Glazed by hand in small kilns.",
        "Order the Solis",
        "minimal",
    ),
    (
        "Halden",
        "A chair that keeps quiet about its age",
        "Oak, oiled, and built for decades.",
        "See the chair",
        "premium",
    ),
    (
        "Voltra",
        "42 km on one charge",
        "The light bike for steep towns.",
        "Book a test ride",
        "technical",
    ),
    (
        "Piccolina",
        "Three lemons, one summer",
        "Sparkling, with nothing added.",
        "Taste it now",
        "playful",
    ),
    (
        "Arden & Sons",
        "Shoes resoled, never replaced",
        "Leave them at any of our shops.",
        "Find a shop",
        "premium",
    ),
    (
        "Klarsicht",
        "Windows that clean themselves while it rains",
        "A coat of glass, thin as light.",
        "Get a quote",
        "technical",
    ),
    (
        "Mossgarden",
        "Grow herbs where the sun forgets to shine",
        "A lamp, a pot and some patience.",
        "Start growing",
        "minimal",
    ),
    (
        "Tindra",
        "Wool socks for very cold floors",
        "Knitted in one piece.",
        "Warm my feet",
        "playful",
    ),
    (
        "Oreo Bay",
        "Sleep by the sea, wake up to nothing",
        "Eleven rooms and no television.",
        "Check dates",
        "premium",
    ),
)
"""Brand, headline, body, button and tone."""
SIZES = (
    ("instagram-feed", "portrait"),
    ("instagram-feed", "square"),
    ("instagram-story", "story"),
    ("google-display", "landscape"),
    ("newsletter", "hero"),
    ("iab-display", "leaderboard"),
    ("iab-display", "rectangle"),
    ("iab-display", "skyscraper"),
)
OFFERS = ({"price": "49.90 €", "was_price": "64.90 €", "discount": "−23 %"}, {})


def picture(number: int) -> Image.Image:
    """A made-up product picture: light, dark, busy and plain grounds in turn."""
    random = np.random.default_rng(number)
    side = (128, 512)[number % 2]
    y, x = np.mgrid[0:side, 0:side] / side
    low, high = sorted(random.uniform(20, 235, 2))
    ground = (low + (high - low) * y)[..., None] + random.uniform(-20, 20, 3)
    busy = random.normal(0, (2, 30, 12)[number % 3], (side // 8, side // 8, 3))
    noise = np.asarray(
        Image.fromarray(np.clip(busy + 128, 0, 255).astype(np.uint8)).resize((side, side), 3)
    )
    values = np.clip(ground + noise.astype(float) - 128 + 10 * np.sin(9 * x)[..., None], 0, 255)
    image = Image.fromarray(values.astype(np.uint8))
    colour = tuple(int(one) for one in random.integers(0, 256, 3))
    left, top = random.uniform(0.25, 0.4, 2) * side
    box = (left, top, left + 0.32 * side, top + 0.4 * side)
    draw = ImageDraw.Draw(image)
    if number % 2:
        draw.rounded_rectangle(box, 0.05 * side, fill=colour)
    else:
        draw.ellipse(box, fill=colour)
    return image.filter(ImageFilter.GaussianBlur(side / 300))


def make(out: Path, most: int | None) -> None:
    """Render and encode everything; what a check refuses is written down with its reason."""
    from triptych.channels import find_placement
    from triptych.creatives.checks import judge
    from triptych.creatives.design import Design, density_of
    from triptych.creatives.files import encode
    from triptych.creatives.fonts import BY_TONE, find_face
    from triptych.creatives.layouts import layouts, shape_of
    from triptych.creatives.palette import from_picture
    from triptych.creatives.picture import subject_box
    from triptych.creatives.render import Sources, render
    from triptych.creatives.stack import Fonts

    out.mkdir(parents=True, exist_ok=True)
    entries, refused, seconds = [], [], 0.0
    for number, (brand, headline, body, button, tone) in enumerate(BRIEFS[:most]):
        image = picture(number)
        pixels = np.asarray(image)
        subject = subject_box(pixels)
        palette = from_picture(pixels, subject)
        family, weight = BY_TONE[tone]
        fonts = Fonts(find_face(family, weight), find_face("Manrope", 500), "en")
        texts = {"brand": brand, "eyebrow": brand, "headline": headline, "body": body}
        texts |= {"button": button} | OFFERS[number % 2]
        for layout in layouts([]).values():
            for placement_name, format_name in SIZES:
                placement = find_placement(placement_name)
                size = next(one for one in placement.formats if one.name == format_name)
                arrangement = layout.arrangement(shape_of(size.width, size.height))
                design = Design(
                    layout=layout.name,
                    placement=placement.name,
                    format=size.name,
                    width=size.width,
                    height=size.height,
                    safe=size.safe,
                    density=density_of(placement, size),
                    ground=arrangement.ground,
                    regions=arrangement.regions,
                    may_cover_subject=layout.may_cover_subject,
                    texts=texts,
                    palette=palette,
                    subject=subject,
                )
                began = time.process_time()
                rendered = render(design, Sources(image, fonts))
                faults = judge(design, rendered)
                seconds += time.process_time() - began
                name = f"{number}-{layout.name}-{placement.name}-{size.name}"
                if faults:
                    refused.append({"name": name, "why": [one.reason for one in faults]})
                    continue
                data, ending = encode(rendered.image, size.types, size.kilobytes)
                (out / f"{name}.{ending}").write_bytes(data)
                safe = size.safe
                entries.append(
                    {
                        "file": f"{name}.{ending}",
                        "layout": layout.name,
                        "size": [size.width, size.height],
                        "limit": size.kilobytes,
                        "safe": [safe.left, safe.top, safe.right, safe.bottom],
                        "density": design.density,
                        "headline": headline,
                        "words": [t.text for t in rendered.texts],
                    }
                )
    (out / "intended.json").write_text(json.dumps({"made": entries, "refused": refused}, indent=1))
    whole = len(entries) + len(refused)
    print(f"{whole} designs: {len(entries)} made, {len(refused)} refused")
    print(f"{seconds / whole:.2f} s of one processor each, to render and judge")
    for one in refused:
        print(one["name"], *one["why"])


def check(out: Path, most: int | None) -> None:
    """Hold every file to what was intended, by OCR and its pixels."""
    from rapidocr_onnxruntime import RapidOCR

    read = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    intended = json.loads((out / "intended.json").read_text())
    faults: list[dict[str, object]] = []
    totals: Counter[str] = Counter()
    entries = intended["made"]
    if most is not None:
        entries = [one for one in entries if int(one["file"].split("-")[0]) < most]
    for entry in entries:
        found = list(_faults_of(out / entry["file"], entry, read))
        totals.update(kind for kind, _ in found)
        faults += [{"file": entry["file"], "fault": kind, "why": why} for kind, why in found]
    made = len(entries)
    result = {
        "creatives": made,
        "refused": len(intended["refused"]),
        "headline_found": made - totals["headline"],
        "outside_safe_zone": totals["safe zone"],
        "below_contrast": totals["contrast"],
        "cut": totals["cut"],
        "over_limit": totals["limit"],
        "wrong_size": totals["size"],
        "faults": faults,
    }
    (out / "checked.json").write_text(json.dumps(result, indent=1))
    print(json.dumps({key: one for key, one in result.items() if key != "faults"}, indent=1))
    for fault in faults:
        print(fault["file"], fault["fault"], fault["why"])


def _faults_of(path: Path, entry: dict, read) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    height, width = pixels.shape[:2]
    if [width, height] != entry["size"]:
        faults.append(("size", f"{width}×{height}"))
    if entry["limit"] and path.stat().st_size > entry["limit"] * 1000:
        faults.append(("limit", f"{path.stat().st_size} bytes"))
    grow = max(1, round(900 / max(width, height))) if min(width, height) < 320 else 1
    larger = Image.fromarray(pixels).resize((width * grow, height * grow), 3)
    lines, _ = read(np.asarray(larger)[..., ::-1])
    wanted = _plain(" ".join(entry["words"]))
    boxes, said = [], []
    for corners, text, _ in lines or ():
        if len(_plain(text)) < 3 or not _within(_plain(text), wanted):
            continue  # the picture, not a text of ours
        points = np.array(corners) / grow
        boxes.append((*points.min(axis=0), *points.max(axis=0), text))
        said.append(text)
    headline = _plain(entry["headline"])
    if _share(headline, _plain(" ".join(said))) < 0.85:
        faults.append(("headline", f"read: {' | '.join(said)}"))
    left, top, right, bottom = entry["safe"]
    slack = 0.012 * max(width, height)  # OCR's boxes are wider than the ink
    for x0, y0, x1, y1, text in boxes:
        beside = x0 < left * width - slack or x1 > (1 - right) * width + slack
        if beside or y0 < top * height - slack or y1 > (1 - bottom) * height + slack:
            faults.append(("safe zone", text))
        ink = _ink_at_edge(pixels, x0, y0, x1, y1)
        if ink:
            faults.append(("cut", f"{text}: {ink}"))
        ratio = _contrast(pixels[max(int(y0), 0) : int(y1) + 1, max(int(x0), 0) : int(x1) + 1])
        css = 0.72 * (y1 - y0) / entry["density"]
        if ratio < (2.9 if css >= 18.66 else 4.3):  # anti-aliasing and JPEG take a little
            faults.append(("contrast", f"{text}: {ratio:.2f}:1 at about {css:.0f} px"))
    return faults


def _ink_at_edge(pixels: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> str:
    """Whether a text's box lies against an edge of the picture: then some of it is cut."""
    height, width = pixels.shape[:2]
    near = {"left": x0 < 1, "top": y0 < 1, "right": x1 > width - 1, "bottom": y1 > height - 1}
    return " and ".join(side for side, is_near in near.items() if is_near)


def _contrast(part: np.ndarray) -> float:
    """Contrast between the two kinds of pixels of a text's box, parted by Otsu's threshold."""
    share = part.reshape(-1, 3) / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    values = light @ np.array([0.2126, 0.7152, 0.0722])
    steps = np.linspace(values.min(), values.max(), 48)[1:-1]
    best, split = -1.0, float(values.mean())
    for step in steps:
        low, high = values[values <= step], values[values > step]
        if len(low) and len(high):
            between = len(low) * len(high) * (high.mean() - low.mean()) ** 2
            if between > best:
                best, split = between, float(step)
    low, high = values[values <= split], values[values > split]
    if not len(low) or not len(high):
        return 1.0
    dark, bright = np.median(low), np.median(high)
    return float((bright + 0.05) / (dark + 0.05))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _share(wanted: str, found: str) -> float:
    blocks = difflib.SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(wanted), 1)


def _within(line: str, wanted: str) -> bool:
    return _share(line, wanted) >= 0.7


SCRIPTS = (
    (
        "ar",
        "فانوس التخييم الأحمر Emberlite يضيء ليلك",
        "الآن بسعر 49.90 € فقط",
        "اطلبه اليوم",
    ),
    (
        "he",
        "הפנס האדום Emberlite מאיר כל לילה",
        "רק 49.90 ₪ עד יום ראשון",
        "לקנייה",
    ),
    (
        "ja",
        "赤いランタン「エンバーライト」が、夜の森をやさしく照らす。",
        "限定価格、49.90ユーロ。",
        "今すぐ見る",
    ),
    (
        "th",
        "โคมไฟแคมป์ปิ้งสีแดงส่องสว่างค่ำคืนของคุณ",
        "ราคาพิเศษ 49.90 ยูโร ถึงวันอาทิตย์",
        "สั่งซื้อเลย",
    ),
    (
        "de",
        "Feuchtigkeitsbeständige Campinglaternenbeleuchtung",
        "Bis Sonntag 20 % günstiger.",
        "Jetzt ansehen",
    ),
    (
        "en",
        "Light up the night 🔥 with friends 🏕️",
        "Fresh air included 🌲",
        "Get yours",
    ),
)


def scripts(out: Path) -> None:
    """One sheet with the same two layouts in six scripts, to be looked at."""
    from triptych.creatives.checks import judge
    from triptych.creatives.design import Design
    from triptych.creatives.fonts import BY_TONE, find_face
    from triptych.creatives.layouts import find_layout
    from triptych.creatives.palette import from_picture
    from triptych.creatives.picture import subject_box
    from triptych.creatives.render import Sources, render
    from triptych.creatives.stack import Fonts

    image = picture(1)
    pixels = np.asarray(image)
    subject = subject_box(pixels)
    tiles = []
    for language, headline, body, button in SCRIPTS:
        fonts = Fonts(
            find_face(*BY_TONE["minimal"], language), find_face("Manrope", 500, language), language
        )
        for name in ("full-bleed", "split"):
            layout = find_layout(name)
            arrangement = layout.arrangement("square")
            design = Design(
                layout=name,
                placement="instagram-feed",
                format="square",
                width=1080,
                height=1080,
                density=2.77,
                language=language,
                ground=arrangement.ground,
                regions=arrangement.regions,
                texts={"brand": "Norvik", "headline": headline, "body": body, "button": button},
                palette=from_picture(pixels, subject),
                subject=subject,
            )
            rendered = render(design, Sources(image, fonts))
            for fault in judge(design, rendered):
                print(language, name, fault.reason)
            tiles.append(rendered.image.resize((480, 480), 1))
    sheet = Image.new("RGB", (4 * 490 + 10, 3 * 490 + 10), "#888")
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (10 + number % 4 * 490, 10 + number // 4 * 490))
    out.mkdir(parents=True, exist_ok=True)
    sheet.save(out / "scripts.png")
    print(out / "scripts.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["make", "check", "scripts"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--briefs", type=int, help="how many of the ten")
    given = parser.parse_args()
    if given.what == "make":
        make(given.out, given.briefs)
    elif given.what == "check":
        check(given.out, given.briefs)
    else:
        scripts(given.out)
