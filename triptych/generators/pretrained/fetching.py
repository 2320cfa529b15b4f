"""Which files of a repository a model needs, and getting them; each failure in its own words."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from triptych.errors import ModelError
from triptych.generators.settings import Weights

CLIP_WEIGHTS = "open_clip_model.safetensors"
_SHARD = r"(?:-\d{5}-of-\d{5})?"
_WEIGHTS = re.compile(
    rf"(?:model|diffusion_pytorch_model)(?:\.(?P<variant>\w+))?{_SHARD}(?:\.(?P<old>\w+))?"
    r"\.safetensors"
)
"""Weights as `from_pretrained` looks for them; `old` is where a variant stood before shards."""
_BESIDE = (".json", ".txt", ".model", ".jinja", ".tiktoken")
"""Endings of configurations and of tokenizers' files. Code is not among them, nor pickles."""
_WAIT = "What is fetched already is kept: the same command goes on."


def files_of_model(files: Iterable[str], variant: str | None = None) -> list[str]:
    """What `from_pretrained` reads of a repository with one model in its root."""
    return _files_in("", list(files), variant)


def files_of_clip(files: Iterable[str]) -> list[str]:
    """What open_clip reads of a repository; the same weights often lie there in other formats."""
    return [
        name
        for name in files
        if "/" not in name and (name == CLIP_WEIGHTS or name.endswith(_BESIDE))
    ]


def files_of_pipeline(
    files: Iterable[str], components: Collection[str], variant: str | None = None
) -> list[str]:
    """What a pipeline with these components reads: their folders, in one variant each."""
    every = list(files)
    parts = [_files_in(f"{one}/", every, variant) for one in sorted(components)]
    return ["model_index.json", *(name for part in parts for name in part)]


def _files_in(folder: str, files: list[str], variant: str | None) -> list[str]:
    """Files directly in a folder: its weights in the variant, or the plain ones if it has none."""
    names = [
        name[len(folder) :]
        for name in files
        if name.startswith(folder) and "/" not in name[len(folder) :]
    ]
    weights: dict[str | None, list[str]] = {}
    for name in names:
        if found := _WEIGHTS.fullmatch(name):
            weights.setdefault(found["variant"] or found["old"], []).append(name)
    chosen = weights.get(variant) or weights.get(None, [])
    return [folder + name for name in (*chosen, *(n for n in names if n.endswith(_BESIDE)))]


def fetch(part: Weights, name_files: Callable[[list[str]], list[str]]) -> Path:
    """Download the files of a model that it needs, at its commit. Returns the snapshot's folder.

    Args:
        part: which model.
        name_files: from all files of the repository to those it needs; may fetch one to know.

    Raises `ModelError` that says what went wrong and what to do; what is fetched by then is kept.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.hf_api import RepoFile

    try:
        tree = HfApi().list_repo_tree(part.model, recursive=True, revision=part.revision)
        sizes = {one.path: one.size for one in tree if isinstance(one, RepoFile)}
        wanted = name_files(list(sizes))
        _check_room(part, sum(sizes.get(name, 0) for name in wanted), Path(HF_HUB_CACHE))
        path = snapshot_download(part.model, revision=part.revision, allow_patterns=wanted)
    except ModelError:
        raise
    except Exception as error:  # whatever the hub's client and what is below it trip over
        raise failure(part, error) from error
    return Path(path)


def fetch_one(part: Weights, name: str) -> Path:
    """Download one file of a model. Errors as those of `fetch`."""
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(part.model, name, revision=part.revision))
    except Exception as error:
        raise failure(part, error) from error


def snapshot_here(part: Weights, name: str) -> Path | None:
    """The folder of a model that was fetched, at least in part: where that file of it lies."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        path = try_to_load_from_cache(part.model, name, revision=part.revision or None)
    except HFValidationError as error:
        raise ModelError(
            f"{part.model!r} is no folder here and no name on the hub.",
            "Write a hub name as owner/name.",
        ) from error
    return Path(path).parent if isinstance(path, str) else None


def failure(part: Weights, error: BaseException) -> ModelError:
    """What went wrong with a download, for people."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    model, page = part.model, f"{constants.ENDPOINT}/{part.model}"
    for one in _chain(error):
        names = {kind.__name__ for kind in type(one).__mro__}
        if isinstance(one, GatedRepoError):
            return ModelError(
                f"{model} is fetched only by those who have accepted its licence.",
                f"Accept it at {page}, then log in with `hf auth login`.",
            )
        if isinstance(one, RevisionNotFoundError):
            return ModelError(
                f"{model} has no commit {part.revision}.",
                f"Set `revision` to a commit that {page} has.",
            )
        if isinstance(one, RepositoryNotFoundError):
            return _unknown(model)
        if isinstance(one, HfHubHTTPError):
            return _refused(model, one.response.status_code, one.response.headers)
        if "OfflineModeIsEnabled" in names:
            return ModelError(
                f"{model} cannot be fetched: HF_HUB_OFFLINE is set.",
                "Unset it, or fetch the model on a machine with network.",
            )
        if "ProxyError" in names:
            return ModelError(
                f"{model} cannot be fetched: the proxy does not let it through"
                f" ({_first_line(one)}).",
                "Check HTTPS_PROXY and NO_PROXY.",
            )
        if names & {"ConnectError", "TimeoutException", "ConnectionError", "Timeout"}:
            return ModelError(
                f"{model} cannot be fetched: {constants.ENDPOINT} does not answer.",
                f"Check the network. {_WAIT}",
            )
        if isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT):
            return _no_room(model, Path(one.filename or constants.HF_HUB_CACHE))
        if isinstance(one, PermissionError) or getattr(one, "errno", None) == errno.EROFS:
            return ModelError(
                f"{model} cannot be stored in {constants.HF_HUB_CACHE}: {_first_line(one)}",
                "Set HF_HOME to a folder that you may write.",
            )
        if names & {"RemoteProtocolError", "ReadError", "IncompleteRead", "ChunkedEncodingError"}:
            return _torn(model)
        if isinstance(one, OSError) and "onsistency check failed" in str(one):
            return _torn(model)
    return ModelError(
        f"{model} cannot be fetched: {type(error).__name__}: {_first_line(error)}",
        f"Try again, or fetch it by hand from {page}.",
    )


def _unknown(model: str) -> ModelError:
    return ModelError(
        f"The hub has no {model}, or it is private.",
        "Check the name; for a private model log in with `hf auth login`.",
    )


def _refused(model: str, status: int, headers: Mapping[str, str]) -> ModelError:
    from huggingface_hub import get_token

    if status == 401 and get_token() is None:
        return _unknown(model)
    if status in (401, 403):
        return ModelError(
            f"The hub refuses {model} to the access token in use ({status}).",
            "Log in anew with `hf auth login`, or unset HF_TOKEN if the model is public.",
        )
    if status == 429:
        wait = headers.get("Retry-After")
        return ModelError(
            f"The hub asks to fetch {model} later: too many requests (429).",
            f"Wait {f'{wait} seconds' if wait else 'some minutes'}; with `hf auth login` the hub"
            f" allows more. {_WAIT}",
        )
    if status >= 500:
        return ModelError(
            f"The hub is out of order while {model} is fetched ({status}).", f"Try later. {_WAIT}"
        )
    return ModelError(f"The hub answers {status} for {model}.", "Check its name and revision.")


def _torn(model: str) -> ModelError:
    return ModelError(
        f"A file of {model} arrived torn, and was not kept.",
        f"Run it again. {_WAIT}",
    )


def _no_room(model: str, where: Path, need: str = "") -> ModelError:
    return ModelError(
        f"There is no room for {model} in {where}{need}.",
        "Free some, or set HF_HOME to a folder on a larger disk.",
    )


def _check_room(part: Weights, size: int, cache: Path) -> None:
    """Raise `ModelError` before anything is fetched that could not be finished."""
    folder = cache
    while not folder.exists():
        folder = folder.parent
    here = cache / f"models--{part.model.replace('/', '--')}" / "blobs"
    had = sum(path.stat().st_size for path in here.glob("*")) if here.is_dir() else 0
    free = shutil.disk_usage(folder).free
    if size - had > free:
        need = f": it takes {size / 1e9:.1f} GB, and {free / 1e9:.1f} are free"
        raise _no_room(part.model, cache, need)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, the outermost first."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
