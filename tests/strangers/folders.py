"""Run folders as someone may make them who wants more than their campaign to be looked at."""

import hashlib
import json
import os
import re
import shutil
import socket
from pathlib import Path

ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"


class Outside:
    """What lies beside the folders, and no command may touch: it is looked at again afterwards."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "assets").mkdir()
        (folder / "secret.png").write_bytes(b"a secret")
        (folder / "secret.json").write_text('{"secret": 1}')
        (folder / "evilmodule.py").write_text("raise SystemExit('imported')")
        kinds = "".join(f"{part}: {{kind: starter}}\n" for part in ("image", "video", "encoder"))
        about = "".join(f"{key}: none\n" for key in ("title", "licence", "disk", "memory", "time"))
        (folder / "evil.yaml").write_text(f"{about}text: {{kind: 'evilmodule:Text'}}\n{kinds}")
        self.before = self.look()

    def look(self):
        return {
            str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.folder.rglob("*"))
        }


def settings(run, **changes):
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def link(run, name, target):
    path = run / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def hard_link(run, name, target):
    (run / name).unlink(missing_ok=True)
    os.link(target, run / name)


def pipe(run, name):
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)


def unix_socket(run, name):
    (run / name).unlink(missing_ok=True)
    here = Path.cwd()
    os.chdir((run / name).parent)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(Path(name).name)
    finally:
        os.chdir(here)


def sparse(run, name, size):
    with open(run / name, "wb") as file:
        file.truncate(size)


def renamed_assets(run, ending, path, digest=None):
    """Let trace and manifest tell another path, and digest, of every asset with an ending."""
    for name in ("trace.jsonl", "campaign.json"):
        text = (run / name).read_text()
        text = re.sub(rf"assets/[0-9a-f]{{64}}\.{ending}", lambda _: json.dumps(path)[1:-1], text)
        if digest is not None:
            for old in {p.stem for p in (run / "assets").glob(f"*.{ending}")}:
                text = text.replace(old, digest)
        (run / name).write_text(text)


def asset(run, ending):
    return next((run / "assets").glob(f"*.{ending}")).relative_to(run).as_posix()


def hostile_words(run):
    """Escapes wherever a file holds words: keys, names, paths, messages."""
    for name in ("trace.jsonl", "campaign.json"):
        text = (run / name).read_text()
        text = text.replace("social-post", json.dumps(f"social-post{ESCAPE}")[1:-1])
        text = re.sub(r'"key_message": ?"', lambda m: m[0] + json.dumps(ESCAPE)[1:-1], text)
        (run / name).write_text(text)
    renamed_assets(run, "png", f"assets/{ESCAPE}.png")


def evil_settings(outside):
    """By name: what a stranger's `run.json` says, and what of it must be told."""
    there = str(outside.folder)
    server = "text={kind: chat, model: 'openai:x', options: {base_url: 'http://127.0.0.1:9/v1'}}"
    return {
        "code in an override": ({"overrides": ["image.kind=evilmodule:Image"]}, "evilmodule"),
        "code in a whole part": ({"overrides": ["text={kind: evilmodule:Text}"]}, "evilmodule"),
        "code in a local profile": ({"profile": f"{there}/evil.yaml"}, "evil.yaml"),
        "code in a method's profile": ({"profile": f"stepwise@{there}/evil.yaml"}, "evil.yaml"),
        "a server": ({"overrides": [server]}, "http://127.0.0.1:9/v1"),
        "a shipped profile with a server": ({"profile": "api"}, "profile api, which calls"),
        "a profile of the user's own": ({"profile": "house"}, "profile house"),
        "weights from elsewhere": ({"overrides": [f"image.folder={there}"]}, there),
        "a download": ({"overrides": ["fetch=true"]}, "fetch=true"),
        "settings that clear the screen": ({"profile": f"{ESCAPE}.yaml"}, "⟨U+001B⟩"),
    }


def evil_files(outside):
    """By name: what is done to a folder's files."""
    there = outside.folder
    secret = hashlib.sha256(b"a secret").hexdigest()
    return {
        "a linked trace": lambda run: link(run, "trace.jsonl", there / "secret.json"),
        "a trace linked to what is not": lambda run: link(run, "trace.jsonl", there / "new"),
        "linked checkpoints": lambda run: link(run, "checkpoint.sqlite", there / "new.sqlite"),
        "a linked log of checkpoints": lambda run: link(run, "checkpoint.sqlite-wal", there / "w"),
        "linked assets": lambda run: link(run, "assets", there / "assets"),
        "a linked index": lambda run: link(run, "assets/index", there / "assets"),
        "linked settings": lambda run: link(run, "run.json", there / "secret.json"),
        "a linked manifest": lambda run: link(run, "campaign.json", there / "secret.json"),
        "linked vectors": lambda run: link(run, "embeddings.safetensors", there / "secret.png"),
        "linked pages": lambda run: [
            link(run, name, there / f"new-{name}") for name in ("report.html", "trace.html")
        ],
        "a linked asset": lambda run: link(run, asset(run, "png"), there / "secret.png"),
        "a linked plan of a step": lambda run: link(run, asset(run, "json"), there / "secret.json"),
        "a linked leftover": lambda run: link(run, ".part-x", there / "assets"),
        "a hard-linked asset": lambda run: hard_link(run, asset(run, "png"), there / "secret.png"),
        "a hard-linked plan": lambda run: hard_link(run, "plan.yaml", there / "secret.json"),
        "a pipe for a brief": lambda run: pipe(run, "brief.yaml"),
        "a pipe for a trace": lambda run: pipe(run, "trace.jsonl"),
        "a pipe for models": lambda run: pipe(run, "models.json"),
        "a pipe for what is kept": lambda run: pipe(run, "kept.json"),
        "a pipe for an asset": lambda run: pipe(run, asset(run, "mp4")),
        "a pipe for a signature": lambda run: pipe(run, "run.sig"),
        "a socket for checkpoints": lambda run: unix_socket(run, "checkpoint.sqlite"),
        "a device's name": lambda run: renamed_assets(run, "png", "/dev/zero"),
        "a name outside": lambda run: renamed_assets(
            run, "png", "../../outside/secret.png", secret
        ),
        "a trace of 10 GB": lambda run: sparse(run, "trace.jsonl", 10**10),
        "an asset of 10 GB": lambda run: sparse(run, asset(run, "mp4"), 10**10),
        "hostile words": hostile_words,
    }
