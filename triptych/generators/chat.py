"""Chat models behind LangChain as planner and copywriter, checked and counted."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from pydantic import BaseModel, Field, ValidationError, field_validator

from triptych.domain import Brief, Feedback, ModelIdentity, PlanDraft, Record, Spend
from triptych.errors import ModelError, ProfileError
from triptych.generators.answers import objects_in, read_object, without_thoughts
from triptych.generators.calls import in_words, patiently, status_of
from triptych.generators.messages import COPY_RULES, PLAN_RULES, copy_request, plan_request
from triptych.generators.parts import Chat
from triptych.grounding.wrapping import unwrap
from triptych.protocols import Drafted, TextGenerator, TextRequest, Written

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

Schema = TypeVar("Schema", bound=BaseModel)

PROVIDERS = {
    "openai": ("langchain_openai", "ChatOpenAI"),
    "azure": ("langchain_openai", "AzureChatOpenAI"),
    "anthropic": ("langchain_anthropic", "ChatAnthropic"),
    "ollama": ("langchain_ollama", "ChatOllama"),
    "google": ("langchain_google_genai", "ChatGoogleGenerativeAI"),
    "mistral": ("langchain_mistralai", "ChatMistralAI"),
    "groq": ("langchain_groq", "ChatGroq"),
}


_CUT = ("length", "max_tokens")
_REFUSED = (400, 422)
Way = Literal["schema", "mode", "words"]
"""How an answer is asked for: by a schema that the server holds to, as any JSON, or in words."""
_WAYS: tuple[Way, ...] = ("schema", "mode", "words")


class CopyDraft(Record):
    """What a chat model answers when asked for copy; what it wrapped around it is cut."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]

    @field_validator("text", mode="before")
    @classmethod
    def _bare(cls, text: object) -> object:
        return unwrap(without_thoughts(text)) if isinstance(text, str) else text


def make_chat_model(part: Chat) -> BaseChatModel:
    """The LangChain chat model that a profile names. Raises `ProfileError` if it cannot be made."""
    left, colon, right = part.model.partition(":")
    if not colon or not right:
        raise ProfileError(
            f"{part.model!r} names no chat model.", "Write provider:model or package.module:Class."
        )
    options: dict[str, Any] = {**part.options}
    if left in PROVIDERS:
        module, name = PROVIDERS[left]
        options["model"] = right
    else:
        module, name = left, right
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ProfileError(
            f"The chat model {part.model} needs {module}.{name}, which is not here: {error}",
            f"Install the package with {module.partition('.')[0].replace('_', '-')}.",
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, BaseChatModel)):
        raise ProfileError(f"{module}.{name} is no LangChain chat model.")
    fields = kind.model_fields
    names = set(fields) | {field.alias for field in fields.values() if field.alias}
    if "max_retries" in names:  # tries are counted here, so that they are the profile's
        options.setdefault("max_retries", 0)
    if "timeout" in names:
        options.setdefault("timeout", part.timeout)
    if part.requests_per_second is not None:
        options["rate_limiter"] = InMemoryRateLimiter(
            requests_per_second=part.requests_per_second, max_bucket_size=1
        )
    try:
        return kind(**options)
    except Exception as error:  # each provider raises its own kind of complaint
        raise ProfileError(
            f"The chat model {part.model} cannot be set up: {in_words(error)}",
            "Check `options` in the profile, and the service's key in the environment.",
        ) from error


class ChatText:
    """Implements `Planner` and `TextGenerator` over a chat model.

    Args:
        part: the profile's settings.
        encoder: the local language model that gives copy its Z; None for no Z.
        model: the chat model, if it is made already.
    """

    def __init__(
        self, part: Chat, encoder: TextGenerator | None = None, model: BaseChatModel | None = None
    ) -> None:
        self._part, self._encoder = part, encoder
        self._model = make_chat_model(part) if model is None else model
        self._way: Way = "schema" if part.structured == "schema" else "words"

    @property
    def identity(self) -> ModelIdentity:
        """The profile's name of the model; services do not tell revisions."""
        return ModelIdentity(name=self._part.model)

    def draft(self, brief: Brief, feedback: Sequence[Feedback] = (), seed: int = 0) -> Drafted:
        """A plan draft. The service decides how far `seed` is obeyed: it is not passed on."""
        return Drafted(*self._ask(PLAN_RULES, plan_request(brief, feedback), PlanDraft))

    def write(self, requests: Sequence[TextRequest]) -> list[Written]:
        """Copy from the service, with Z from the local language model where there is one."""
        answers = [self._ask(COPY_RULES, copy_request(one), CopyDraft) for one in requests]
        written = self.encode(requests, [draft.text for draft, _ in answers])
        return [
            Written(one.text, one.latents, one.spend + spend, one.notes)
            for one, (_, spend) in zip(written, answers, strict=True)
        ]

    def encode(self, requests: Sequence[TextRequest], texts: Sequence[str]) -> list[Written]:
        """Z of copy by the local language model; None for every text if there is none."""
        if self._encoder is None:
            return [Written(text, None, Spend()) for text in texts]
        return self._encoder.encode(requests, texts)

    def to_clip(self, latents: torch.Tensor) -> NDArray[np.float32] | None:
        """As the local language model sees it; None if there is none."""
        return None if self._encoder is None else self._encoder.to_clip(latents)

    def _ask(self, rules: str, request: str, schema: type[Schema]) -> tuple[Schema, Spend]:
        """An answer that is valid by the schema, and what all calls for it cost."""
        started, spent = time.perf_counter(), [Spend()]
        try:
            answer = self._converse(rules, request, schema, spent)
        except ModelError as error:
            error.cost += sum(one.cost for one in spent)
            raise
        seconds = time.perf_counter() - started
        return answer, sum(spent, Spend()).model_copy(update={"seconds": seconds})

    def _converse(
        self, rules: str, request: str, schema: type[Schema], spent: list[Spend]
    ) -> Schema:
        """Ask until an answer is valid: invalid ones go back with what is wrong with them."""
        messages: list[BaseMessage] = [
            SystemMessage(
                f"{rules} Answer with one JSON object of this schema and nothing else: "
                f"{json.dumps(schema.model_json_schema())}"
            ),
            HumanMessage(request),
        ]
        complaint = ""
        for _ in range(self._part.repairs + 1):
            text, message = patiently(partial(self._call, messages, schema), self._part)
            spent.append(self._cost(message))
            if refusal := refusal_in(message):
                raise ModelError(
                    f"The chat model {self._part.model} declined: {refusal}",
                    "Say the brief in other words, or choose another model.",
                )
            try:
                return read_object(text, schema)
            except ValueError as error:  # pydantic's among them
                complaint = _complaint(error)
            if stopped_by(message) in _CUT:
                complaint = f"it was cut off at the limit of tokens, be shorter; {complaint}"
            messages = [
                *messages[:2],
                AIMessage(text[:4000] or "(nothing)"),
                HumanMessage(
                    f"That answer cannot be used: {complaint}. Answer again with one whole"
                    " JSON object of the schema and nothing else."
                ),
            ]
        raise ModelError(
            f"The chat model {self._part.model} gave no valid answer in "
            f"{self._part.repairs + 1} tries: {complaint}.",
            "Choose a model that follows schemas, set `structured: json`, or raise `max_tokens` in"
            " `options`.",
        )

    def _call(self, messages: list[BaseMessage], schema: type[BaseModel]) -> tuple[str, AIMessage]:
        """One call: the answer's text, and the message for its counts.

        A server that refuses the schema (400 or 422) is asked in JSON mode from then on, and one
        that refuses that too in words alone.
        """
        left = _WAYS[_WAYS.index(self._way) :]
        has_mode = _has_json_mode(self._model)
        ways: list[Way] = [way for way in left if way != "mode" or has_mode]
        for way in ways:
            try:
                answer = self._call_by(way, messages, schema)
            except Exception as error:
                if status_of(error) not in _REFUSED or way == ways[-1]:
                    raise
            else:
                self._way = way
                return answer
        raise AssertionError("unreachable: the last way answers or raises")

    def _call_by(
        self, way: Way, messages: list[BaseMessage], schema: type[BaseModel]
    ) -> tuple[str, AIMessage]:
        if way == "mode":
            message = self._model.invoke(messages, response_format={"type": "json_object"})
        elif way == "words":
            message = self._model.invoke(messages)
        else:
            chain = self._model.with_structured_output(
                {"title": schema.__name__, **schema.model_json_schema()}, include_raw=True
            )
            try:
                result = chain.invoke(messages)
            except Exception as error:  # some libraries raise what others hand out
                if (cut := unfinished(error)) is None:
                    raise
                return str(cut.text), cut
            assert isinstance(result, dict)  # as `include_raw` asks
            message = result["raw"]
            if result["parsed"] is not None and not objects_in(str(message.text)):
                return json.dumps(result["parsed"]), message  # of a tool call
        return str(message.text), message

    def _cost(self, message: AIMessage) -> Spend:
        usage = message.usage_metadata
        read, written = (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)
        cost = (read * self._part.price_in + written * self._part.price_out) / 1e6
        return Spend(tokens_in=read, tokens_out=written, cost=cost)


def _has_json_mode(model: BaseChatModel) -> bool:
    """Whether a chat model takes `response_format`: those behind OpenAI's interface do."""
    return any(kind.__name__ == "BaseChatOpenAI" for kind in type(model).__mro__)


def stopped_by(message: AIMessage) -> str:
    """Why the service ended an answer, in its own word."""
    metadata = message.response_metadata
    return str(metadata.get("finish_reason") or metadata.get("stop_reason") or "")


def refusal_in(message: AIMessage) -> str:
    """Why a model declined, or an empty string."""
    if stopped_by(message) == "content_filter":
        return "its content filter stopped the answer"
    return str(message.additional_kwargs.get("refusal") or "")[:300]


def unfinished(error: Exception) -> AIMessage | None:
    """The answer in an exception about its end: cut off, or stopped by a filter. None if none."""
    completion = getattr(error, "completion", None)
    choices = getattr(completion, "choices", None)
    if not choices:
        return None
    usage = getattr(completion, "usage", None)
    read, written = (getattr(usage, f"{what}_tokens", 0) for what in ("prompt", "completion"))
    return AIMessage(
        choices[0].message.content or "",
        response_metadata={"finish_reason": choices[0].finish_reason},
        usage_metadata={
            "input_tokens": read,
            "output_tokens": written,
            "total_tokens": read + written,
        },
    )


def _complaint(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in error.errors()
        )[:500]
    return str(error)[:300]
