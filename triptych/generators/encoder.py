"""CLIP through open_clip: a folder in open_clip's own format, or a name that a profile allows."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from huggingface_hub import snapshot_download
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from triptych.domain import ModelIdentity
from triptych.errors import ModelError
from triptych.generators.fitting import Fitting, fitting_of
from triptych.generators.loading import LOADING
from triptych.generators.weights import fingerprint
from triptych.protocols import Pixels

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
_FILES = [CONFIG, WEIGHTS, "tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt"]
"""What is read of a repository."""


class OpenClipEncoder:
    """φT and φI: texts and images as unit vectors of one space.

    Args:
        model: an open_clip model.
        tokenizer: texts to (B, L) ids, padded and cut at the context length; it need not be safe
            for threads.
        count: tokens of a text, start and end included, before any cut; nor need this.
        fitting: how its image tower wants pictures.
        identity: for calibrations and traces.
        device: where it computes.
        dtype: what it computes in; embeddings are float32 always.
    """

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Callable[[Sequence[str]], Tensor],
        count: Callable[[str], int],
        fitting: Fitting,
        identity: ModelIdentity,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.model: Any = model.eval().to(device=device, dtype=dtype)
        # A fast tokenizer keeps padding and cutting as state, which counting and reading each set
        # as they need it: between threads a text would be counted as padded, or read uncut.
        self._tokenizer, self._count, self._reading = tokenizer, count, threading.Lock()
        self._fitting = fitting
        self._identity = identity
        self._device, self._dtype = device, dtype
        self.max_tokens = int(self.model.context_length)
        self.image_size = fitting.side

    @property
    def identity(self) -> ModelIdentity:
        """Name and weights' hash."""
        return self._identity

    @property
    def preprocessing(self) -> str:
        """How pictures are prepared, in words: a calibration holds for one way alone."""
        return str(self._fitting)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, start and end included."""
        with self._reading:
            return self._count(text)

    def tokenizer(self, texts: Sequence[str]) -> Tensor:
        """Texts to (B, L) ids, padded and cut at the context length."""
        with self._reading:
            return self._tokenizer(list(texts))

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, D) unit vectors. Raises `ModelError` for a text that would have to be cut."""
        for text in texts:
            if (count := self.count_tokens(text)) > self.max_tokens:
                raise ModelError(
                    f"A text of {count} tokens does not fit this CLIP ({self.max_tokens}).",
                    "Split it into claims first (triptych.alignment.claims).",
                )
        vectors = []
        for start in range(0, len(texts), 64):
            ids = self.tokenizer(list(texts[start : start + 64])).to(self._device)
            vectors.append(self.model.encode_text(ids, normalize=True))
        return torch.cat(vectors).float().cpu().numpy()

    @torch.no_grad()
    def encode_images(self, images: Sequence[Pixels]) -> NDArray[np.float32]:
        """(B, D) unit vectors of images (H, W, 3)."""
        vectors = []
        for start in range(0, len(images), 64):
            chunk = [torch.from_numpy(np.array(image)) for image in images[start : start + 64]]
            pixels = torch.cat([self._fitting.fit(one.permute(2, 0, 1)[None]) for one in chunk])
            vectors.append(self.embed_pixels(pixels))
        return torch.cat(vectors).float().cpu().numpy()

    def embed_pixels(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, S, S) in 0..1 to unit vectors (B, D), with gradients."""
        features = self.model.encode_image(self.normalised(pixels)).float()
        return functional.normalize(features, dim=-1)

    def normalised(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, S, S) in 0..1 as the image tower expects them."""
        return self._fitting.normalise(pixels.to(self._device)).to(self._dtype)


def save_clip(
    model: nn.Module,
    config: dict[str, Any],
    tokenizer: PreTrainedTokenizerBase,
    folder: Path,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    dtype: torch.dtype | None = None,
) -> None:
    """Write a CLIP that `load_clip` and open_clip's `local-dir:` read.

    Args:
        model: an `open_clip` CLIP.
        config: its model configuration.
        tokenizer: the text tower's, saved beside it.
        folder: where to.
        mean: of the red, green and blue channel in 0..1.
        std: the channels' standard deviations.
        dtype: what to store the weights in; by default as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    preprocessing = {"mean": list(mean), "std": list(std)}
    # open_clip looks for a tokenizer in the folder only where the configuration names one.
    config = {**config, "text_cfg": {**config["text_cfg"], "hf_tokenizer_name": "."}}
    state = {
        name: t.detach().to(dtype if t.is_floating_point() else None).contiguous().cpu()
        for name, t in model.state_dict().items()
    }
    temporary = folder / f".{WEIGHTS}.part"
    save_file(state, temporary)
    temporary.replace(folder / WEIGHTS)
    tokenizer.save_pretrained(str(folder))
    content = {"model_cfg": config, "preprocess_cfg": preprocessing}
    (folder / CONFIG).write_text(json.dumps(content, indent=2) + "\n")


def load_clip(
    name_or_folder: str | Path,
    pretrained: str | None = None,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    name: str | None = None,
) -> OpenClipEncoder:
    """A CLIP from a folder, or by open_clip's name with a `pretrained` tag (may need the network).

    Whichever way it comes, the same weights of the same repository have the same identity.

    Args:
        name_or_folder: folder (`local-dir:` before it is allowed), open_clip model name, or
            `hf-hub:owner/name`.
        pretrained: tag of published weights, for a model name.
        device: where it computes.
        dtype: what it computes in.
        name: of the repository that a folder is a copy of; by default the folder's own.

    Raises:
        ModelError: if it is missing, torn or of another shape.
    """
    given = str(name_or_folder).removeprefix("local-dir:")
    try:
        with LOADING:
            if Path(given).is_dir():
                return _from_folder(Path(given), name or Path(given).name, device, dtype)
            return _from_hub(given, pretrained, device, dtype)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"The CLIP model {given} cannot be loaded: {error}",
            "Check the name and tag in the profile, or the folder's files.",
        ) from error


def _from_hub(
    name: str, pretrained: str | None, device: str, dtype: torch.dtype
) -> OpenClipEncoder:
    if pretrained is None and not name.startswith("hf-hub:"):
        raise ValueError("no such folder, and a published model needs a tag of its weights")
    repository = name.removeprefix("hf-hub:")
    if pretrained is not None:
        published = open_clip.get_pretrained_cfg(name, pretrained)
        repository = str(published.get("hf_hub", "")).rstrip("/")
    if repository.count("/") == 1:
        folder = Path(snapshot_download(repository, allow_patterns=_FILES))
        if (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file():
            return _from_folder(folder, repository, device, dtype)
    model = open_clip.create_model(name, pretrained=pretrained, require_pretrained=True)
    shown = name.removeprefix("hf-hub:") + (f"/{pretrained}" if pretrained else "")
    return OpenClipEncoder(
        model,
        *_reading(open_clip.get_tokenizer(name)),
        fitting_of(_side(model), open_clip.get_model_preprocess_cfg(model)),
        ModelIdentity(name=f"open_clip/{shown}", revision=_state_hash(model)),
        device,
        dtype,
    )


def _state_hash(model: nn.Module) -> str:
    """Short SHA-256 of the weights, wherever they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


def _from_folder(folder: Path, name: str, device: str, dtype: torch.dtype) -> OpenClipEncoder:
    content = json.loads((folder / CONFIG).read_text())
    config = dict(content["model_cfg"])
    custom = config.pop("custom_text", False)
    kind = open_clip.CustomTextCLIP if custom else open_clip.CLIP
    model = kind(**config)
    model.load_state_dict({name: t.float() for name, t in load_file(folder / WEIGHTS).items()})
    return OpenClipEncoder(
        model,
        *_tokenizer_in(folder, config["text_cfg"]),
        fitting_of(_side(model), content.get("preprocess_cfg", {})),
        ModelIdentity(name=f"open_clip/{name}", revision=fingerprint(folder, WEIGHTS)),
        device,
        dtype,
    )


def _side(model: Any) -> int:
    size = model.visual.image_size
    return int(size[0] if isinstance(size, Sequence) else size)


Tokenize = Callable[[Sequence[str]], Tensor]
Count = Callable[[str], int]


def _tokenizer_in(folder: Path, text: dict[str, Any]) -> tuple[Tokenize, Count]:
    """The text tower's reading; by open_clip's own where a configuration asks for more than ids."""
    if text.get("tokenizer_kwargs"):
        return _reading(open_clip.get_tokenizer(f"local-dir:{folder}"))
    words = PreTrainedTokenizerFast.from_pretrained(str(folder))
    length = int(text["context_length"])

    def tokenize(texts: Sequence[str]) -> Tensor:
        encoding = words(
            list(texts),
            max_length=length,
            truncation=True,
            padding="max_length",
            return_tensors="pt",
        )
        return torch.as_tensor(encoding["input_ids"])

    return tokenize, lambda one: len(words(one)["input_ids"])


def _reading(tokenizer: Any) -> tuple[Tokenize, Count]:
    """One of open_clip's tokenizers, and the tokens of a text as it reads it, before any cut."""
    words, clean = getattr(tokenizer, "tokenizer", None), tokenizer.clean_fn

    def count(text: str) -> int:
        if words is None:
            return len(tokenizer.encode(text)) + 2
        return len(words(clean(text))["input_ids"])

    return lambda texts: tokenizer(list(texts)), count
