"""A contact sheet: pictures of cases in a grid, each with its caption, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from triptych.cases.format import Case
from triptych.cases.media import FPS, MAX_SECONDS, sampled_frames
from triptych.files.media import MediaError, inside, open_image, open_video

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

THUMB, GAP, LINES, LINE_HEIGHT = 160, 12, 4, 14
PAPER, INK, FAINT = (250, 250, 248), (30, 30, 30), (120, 120, 120)


def contact_sheet(folder: Path, cases: Sequence[Case], columns: int = 8) -> Image.Image:
    """Draw the cases' pictures in reading order, with id and caption below each.

    A picture that cannot be opened is drawn as an empty box that says why.

    Args:
        folder: the case folder.
        cases: at least one.
        columns: pictures in a row.
    """
    columns = min(columns, len(cases))
    rows = -(-len(cases) // columns)
    cell = THUMB + GAP, THUMB + GAP + (LINES + 1) * LINE_HEIGHT
    sheet = Image.new("RGB", (columns * cell[0] + GAP, rows * cell[1] + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(11)
    for place, case in enumerate(cases):
        left = GAP + place % columns * cell[0]
        top = GAP + place // columns * cell[1]
        sheet.paste(_thumb(folder, case, font), (left, top))
        notes = ["clip"] * bool(case.clip) + ["unseen"] * case.unseen_combination
        below = top + THUMB + 4
        draw.text((left, below), " · ".join([case.id, *notes]), FAINT, font)
        for number, line in enumerate(wrapped(case.caption, font, THUMB, LINES)):
            draw.text((left, below + (number + 1) * LINE_HEIGHT), line, INK, font)
    return sheet


def film_strip(folder: Path, cases: Sequence[Case], frames: int = 8) -> Image.Image:
    """Draw some frames of each case's clip side by side, one clip a row, captioned.

    Args:
        folder: the case folder.
        cases: at least one, all with a clip.
        frames: drawn of each clip.

    Raises:
        MediaError: if a clip cannot be opened.
    """
    row = THUMB + GAP + LINE_HEIGHT
    sheet = Image.new("RGB", (frames * (THUMB + 4) + 2 * GAP, len(cases) * row + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(11)
    for number, case in enumerate(cases):
        top = GAP + number * row
        for place, picture in enumerate(clip_frames(folder, case, frames)):
            sheet.paste(_fitted(picture), (GAP + place * (THUMB + 4), top))
        motion = (case.plan or {}).get("motion")
        text = f"{case.id} · {case.caption}" + (f" · {motion}" if motion else "")
        draw.text((GAP, top + THUMB + 2), text, INK, font)
    return sheet


def clip_frames(folder: Path, case: Case, count: int) -> list[Image.Image]:
    """`count` frames, even over the part of a case's clip that is used. Raises `MediaError`."""
    path = inside(folder, str(case.clip))
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if not file.name.startswith("."))
        pictures = []
        for index in sampled_frames(len(files), FPS, count):
            with open_image(files[index]) as image:
                pictures.append(image.convert("RGB"))
        return pictures
    with open_video(path) as container:
        rate = float(container.streams.video[0].average_rate or FPS)
        frames = []
        for frame in container.decode(video=0):
            frames.append(frame.to_image())
            if len(frames) >= MAX_SECONDS * rate:
                break
    return [frames[index] for index in sampled_frames(len(frames), rate, count)]


def wrapped(text: str, font: Font, width: int, most: int) -> list[str]:
    """A text in at most `most` lines of `width` pixels; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return lines


def _thumb(folder: Path, case: Case, font: Font) -> Image.Image:
    try:
        with open_image(inside(folder, case.image)) as image:
            return _fitted(image.convert("RGB"))
    except MediaError as error:
        box = Image.new("RGB", (THUMB, THUMB), (225, 225, 222))
        text = "\n".join(wrapped(f"{case.image} {error}", font, THUMB - 12, 8))
        ImageDraw.Draw(box).multiline_text((6, 6), text, INK, font)
        return box


def _fitted(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return square.resize((THUMB, THUMB), Image.Resampling.LANCZOS)
