"""Reading a mark back: is the file as it was signed, who signed, what is said of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from triptych.domain import Record
from triptych.errors import CreativeError
from triptych.marking.claim import RUN_LABEL, Claim
from triptych.marking.sign import MEDIA_TYPES
from triptych.marking.xmp import source_type

MOST_BYTES = 512_000_000
State = Literal["trusted", "valid", "changed", "unsigned", "damaged"]
"""`trusted`: signed by one that the machine's trust list knows; `valid`: as it was signed, by one
that it does not know; `changed`: not as it was signed; `damaged`: its manifest cannot be read."""
_STATES: dict[str, State] = {"Trusted": "trusted", "Valid": "valid", "Invalid": "changed"}
_UNTRUSTED = "signingCredential.untrusted"


class Mark(Record):
    """What was found in a file."""

    state: State
    signed_by: str = ""
    claim: Claim | None = None
    """Of ours; None in files that others marked."""
    source_type: str | None = None
    """The digital source type of its C2PA manifest."""
    xmp_source_type: str | None = None
    problems: tuple[str, ...] = ()
    """C2PA's codes of what does not hold."""


def verify_file(path: Path) -> Mark:
    """Read the marks of a JPEG, PNG or MP4 file; it is data, and nothing it names is fetched.

    Raises `CreativeError` if it cannot be read, or c2pa-python is not installed.
    """
    try:
        import c2pa
    except ImportError as error:
        raise CreativeError(
            "Verifying needs c2pa-python.", "Install `triptych[design]`."
        ) from error
    media_type = MEDIA_TYPES.get(path.suffix.lower().lstrip(".").replace("jpeg", "jpg"))
    if media_type is None:
        raise CreativeError(f"{path} is no JPEG, PNG or MP4 file.")
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CreativeError(
            f"{path} cannot be read: {error.strerror}.", "Check the name."
        ) from error
    if len(data) > MOST_BYTES:
        raise CreativeError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB.")
    xmp = source_type(data)
    settings = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    try:
        context = c2pa.Context.from_dict(settings)
        with c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader:
            content = json.loads(reader.json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ or "ManifestNotFound" in str(error):
            return Mark(state="unsigned", xmp_source_type=xmp)
        return Mark(state="damaged", xmp_source_type=xmp, problems=(str(error),))
    return _mark(content, xmp)


def _mark(content: dict[str, object], xmp: str | None) -> Mark:
    manifests, active = content.get("manifests"), content.get("active_manifest")
    manifest = manifests.get(active) if isinstance(manifests, dict) else None
    if not isinstance(manifest, dict):
        return Mark(state="damaged", xmp_source_type=xmp)
    claim, kind = None, None
    for assertion in manifest.get("assertions") or ():
        label, data = str(assertion.get("label", "")), assertion.get("data")
        if label.startswith(RUN_LABEL):
            try:
                claim = Claim.model_validate(data)
            except ValidationError:
                claim = None
        elif label.startswith("c2pa.actions") and isinstance(data, dict):
            for action in data.get("actions") or ():
                if action.get("digitalSourceType"):
                    kind = str(action["digitalSourceType"]).rpartition("/")[2]
    signature = manifest.get("signature_info") or {}
    who = " ".join(str(signature[key]) for key in ("common_name", "issuer") if signature.get(key))
    return Mark(
        state=_STATES.get(str(content.get("validation_state")), "changed"),
        signed_by=who,
        claim=claim,
        source_type=kind,
        xmp_source_type=xmp,
        problems=tuple(_problems(content)),
    )


def _problems(content: dict[str, object]) -> list[str]:
    results = content.get("validation_results")
    active = results.get("activeManifest") if isinstance(results, dict) else None
    failures = active.get("failure") if isinstance(active, dict) else None
    codes = [str(one.get("code")) for one in failures or () if isinstance(one, dict)]
    return [code for code in dict.fromkeys(codes) if code != _UNTRUSTED]
