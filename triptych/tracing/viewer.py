"""The viewer: one offline HTML file that explains a run.

The page holds its data as JSON that no browser runs, and draws it with its own script; a strict
content-security policy lets in nothing else, not even from the run itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from triptych.run_folder import TRACE_PAGE
from triptych.safe_text import visible
from triptych.store import write_whole
from triptych.tracing.runs import Run
from triptych.tracing.viewer_data import page_data

SCRIPTS = ("trace_lib.js", "trace_story.js", "trace_figures.js", "trace_tree.js", "trace.js")
"""In the order in which they go into the page's one script."""


def write_viewer(run_folder: Path, out: Path | None = None) -> Path:
    """Write the viewer of a run, finished or not.

    Args:
        run_folder: with its `trace.jsonl`; all else that is missing is left out.
        out: the file; `trace.html` in the run folder where it is None.

    Returns:
        The file written, whole or not at all.

    Raises:
        StoreError: if there is no trace, or the file cannot be written.
    """
    path = out or run_folder / TRACE_PAGE
    write_whole(path, render_viewer(Run.read(run_folder)).encode())
    return path


def render_viewer(run: Run) -> str:
    """The page of a run, as text."""
    return render_page(page_data(run), visible(run.name))


def render_page(data: Mapping[str, object], title: str) -> str:
    """The page of data as `page_data` gives it, and what its window is called."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("triptych"), autoescape=True, undefined=StrictUndefined
    )

    def source(name: str) -> str:
        assert environment.loader is not None
        return environment.loader.get_source(environment, name)[0]

    style = source("trace.css")
    script = "(() => {\n'use strict';\n" + "".join(map(source, SCRIPTS)) + "})();\n"
    return environment.get_template(TRACE_PAGE).render(
        title=title,
        style=Markup(style),
        style_hash=_hash(style),
        script=Markup(script),
        script_hash=_hash(script),
        data=Markup(as_data_block(data)),
    )


def as_data_block(data: object) -> str:
    """JSON for a data block: nothing in it can end the block or begin a comment."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
