"""Signing a file by C2PA: a manifest that says how it was made, bound to its bytes."""

from __future__ import annotations

import io
import json

from triptych.errors import CreativeError
from triptych.marking.certificates import Signatory
from triptych.marking.claim import RUN_LABEL, SOURCE_TYPES, TOOL, Claim
from triptych.marking.xmp import packet, with_xmp

_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}
"""A thumbnail would double the weight of a small banner."""
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4"}


def mark(data: bytes, ending: str, claim: Claim, signatory: Signatory | None) -> bytes:
    """A file with XMP and, where somebody signs, with a C2PA manifest.

    Args:
        data: of a JPEG, PNG or MP4 file.
        ending: of its name: jpg, png or mp4.
        claim: what is said of it.
        signatory: whose certificate signs; None for XMP alone.

    Raises `CreativeError` if the certificate does not do, or the file is none of these.
    """
    told = with_xmp(data, packet(claim))
    return told if signatory is None else _signed(told, MEDIA_TYPES[ending], claim, signatory)


def _signed(data: bytes, media_type: str, claim: Claim, signatory: Signatory) -> bytes:
    try:
        import c2pa
    except ImportError as error:
        raise CreativeError("Signing needs c2pa-python.", "Install `triptych[design]`.") from error
    try:
        info = c2pa.C2paSignerInfo(_algorithm(signatory), signatory.chain, signatory.key, None)
        signed = io.BytesIO()
        manifest = _manifest(claim, media_type)
        with (
            c2pa.Context.from_dict(_SETTINGS) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(manifest, context=context) as builder,
        ):
            builder.sign(signer, media_type, io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        raise CreativeError(
            f"{claim.title} cannot be signed: {error}.",
            "See that the certificate is one for C2PA, and its key the leaf's.",
        ) from error
    return signed.getvalue()


def _manifest(claim: Claim, media_type: str) -> str:
    created = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPES + claim.source,
        "softwareAgent": {"name": TOOL, "version": claim.version},
    }
    return json.dumps(
        {
            "claim_generator_info": [{"name": TOOL, "version": claim.version}],
            "title": claim.title,
            "format": media_type,
            "assertions": [
                {"label": "c2pa.actions", "data": {"actions": [created]}},
                {"label": RUN_LABEL, "data": claim.model_dump(mode="json")},
            ],
        }
    )


def _algorithm(signatory: Signatory) -> bytes:
    """C2PA's name of the key's algorithm. Raises `CreativeError` for a kind that it lacks."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    try:
        key = serialization.load_pem_private_key(signatory.key, password=None)
    except (ValueError, TypeError) as error:
        raise CreativeError("The key is no PEM file without a password.") from error
    if isinstance(key, ec.EllipticCurvePrivateKey):
        sizes = {256: b"es256", 384: b"es384", 521: b"es512"}
        return sizes[key.curve.key_size]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return b"ps256"
    raise CreativeError("The key is of no kind that C2PA takes: ECDSA, Ed25519 or RSA.")
