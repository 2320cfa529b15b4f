"""Who signs: the user's certificate, or one for tests that is made here and trusted by nobody."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs

from triptych.errors import CreativeError

_NAME = "Triptych test certificate, trusted by nobody"
_CHAIN, _KEY = "test-chain.pem", "test-key.pem"


@dataclass(frozen=True)
class Signatory:
    """A certificate chain, the leaf first, and its private key, both PEM.

    Attributes:
        chain: certificates.
        key: of the leaf, PKCS #8.
        is_test: whether it was made here, and proves no identity.
    """

    chain: bytes
    key: bytes
    is_test: bool = False


def own_signatory(chain: Path, key: Path) -> Signatory:
    """The user's own certificate. Raises `CreativeError` if a file cannot be read."""
    try:
        return Signatory(chain.read_bytes(), key.read_bytes())
    except OSError as error:
        raise CreativeError(
            f"{error.filename} cannot be read: {error.strerror}.",
            "Give the certificate chain (leaf first) and its key (PKCS #8), both as PEM files.",
        ) from error


def signing_folder() -> Path:
    """Where the test certificate is kept."""
    return Path(platformdirs.user_data_dir("triptych", appauthor=False)) / "signing"


def local_signatory(folder: Path | None = None) -> Signatory:
    """A certificate that proves no identity: made at its first use, and kept for its user alone.

    Raises `CreativeError` if it can neither be read nor made.
    """
    place = folder or signing_folder()
    chain, key = place / _CHAIN, place / _KEY
    try:
        if not (chain.is_file() and key.is_file()):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = _made()
            for path, data in ((key, made.key), (chain, made.chain)):
                temporary = path.with_suffix(f".{os.getpid()}")
                with open(temporary, "wb", opener=_private) as file:
                    file.write(data)
                os.replace(temporary, path)
        return Signatory(chain.read_bytes(), key.read_bytes(), is_test=True)
    except OSError as error:
        raise CreativeError(
            f"The test certificate in {place} cannot be used: {error.strerror}.",
            "Give one of your own, or export with --no-sign.",
        ) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _made() -> Signatory:
    """A root and a leaf on P-256 as C2PA wants them, valid for ten years."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise CreativeError("Signing needs c2pa-python.", "Install `triptych[design]`.") from error

    def name(text: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Triptych"),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, text),
            ]
        )

    begin = datetime.now(UTC) - timedelta(days=1)
    end = begin + timedelta(days=3650)
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )

    def begun(subject: str) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(f"{_NAME} (root)"))
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), False
            )
        )

    root = (
        begun(f"{_NAME} (root)")
        .public_key(root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(usage(signs_certificates=True), True)
        .add_extension(root_id, False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        begun(_NAME)
        .public_key(leaf_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(usage(signs_certificates=False), True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = leaf_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signatory(leaf.public_bytes(pem) + root.public_bytes(pem), key, is_test=True)
