"""The one YAML reader: scalars as written, each key once, no tags, bounded time and memory.

Built on PyYAML's events. Its loader would make `NO` a truth value, `12:30` a number and an alias
a bomb (YAML 1.1); here text stays text, or is typed by YAML 1.2's core rules where asked.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from triptych.errors import BriefError
from triptych.files.json import KeyTwiceError
from triptych.files.text import joined_surrogates
from triptych.records import Record
from triptych.safe_text import visible

MAX_CHARACTERS = 400_000
MAX_VALUES = 10_000
"""Scalars, lists and mappings, those that aliases repeat included."""
MAX_DEPTH = 20
MAX_DIGITS = 300

Place = tuple[str | int, ...]

_INT = re.compile(r"[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?", re.ASCII)
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NULLS = ("", "~", "null", "Null", "NULL")
_TEXT_TAG = "tag:yaml.org,2002:str"
_COMMENT = re.compile(r"[ \t]+#([^\n]*)|[ \t]*\n[ \t\n]*#([^\n]*)")
_QUOTES = "Put a text with `: `, ` #` or leading signs in quotes, or below `>-`, indented."
_WORDS = (
    ("mapping values are not allowed", "a `: ` stands inside a text without quotes"),
    ("could not find expected ':'", "this is neither `field: value` nor indented under one"),
    ("'\\t'", "a tab stands where YAML has spaces"),
    ("that cannot start any token", "a text begins with a sign that needs quotes"),
    ("unexpected end of stream", "a quote is not closed"),
    ("expected ',' or", "a bracket is not closed"),
    ("unexpected character", "a `|` or `>` is followed by text on its line"),
    ("unknown escape character", "a backslash in double quotes begins no known escape"),
    ("expected escape sequence", "a backslash in double quotes begins no known escape"),
    ("expected <block end>", "a line is indented as nothing above it, or a quote ends too early"),
    ("duplicate anchor", "an anchor is set twice"),
)
"""PyYAML's words, by a piece of them, and ours."""


@dataclass(frozen=True)
class YamlDocument:
    """What a YAML text says, and where."""

    value: JsonValue
    lines: dict[Place, int]
    """Line of every key and list item, from 1."""
    notes: tuple[str, ...] = ()
    """Comments that may have cut a value."""
    plain: bool = False
    """The whole document is one scalar without quotes."""


def parse_yaml(text: str, where: str, *, typed: bool = False) -> YamlDocument:
    """One YAML document.

    Args:
        text: to read, at most 400,000 characters.
        where: it comes from, for messages.
        typed: scalars without quotes are null, truth values and numbers by YAML 1.2's core rules.
            Otherwise they stay text as written; only nothing, `~` and `null` are None.

    Raises:
        BriefError: naming the line, if it is not YAML, gives a key twice, or is too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise BriefError(
            f"{where} is longer than {MAX_CHARACTERS} characters.",
            "YAML of that length is no brief, plan or profile.",
        )
    reader = _Reader(text, where, typed)
    try:
        value, plain = reader.document()
    except yaml.YAMLError as error:
        line, words = _explained(error, text)
        hint = "Indent with spaces." if "tab" in words else _QUOTES
        raise BriefError(f"{where} is not valid YAML at line {line}: {words}.", hint) from error
    except (ValueError, OverflowError, ArithmeticError, LookupError, AttributeError) as error:
        # PyYAML lets them out for escapes beyond Unicode, endless version numbers and the like.
        line = reader.line
        raise BriefError(
            f"{where} is not valid YAML at line {line}: a number or escape is out of range.",
            _QUOTES,
        ) from error
    return YamlDocument(value, reader.lines, tuple(reader.notes[:10]), plain)


def to_yaml(record: Record) -> str:
    """A record as YAML that people can edit and that reads back the same."""
    content = record.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    if visible(text, lines=True) == text:
        return text
    # Something in it would steer or hide when it is shown: all but ASCII is written as escapes.
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=False, width=100)


@dataclass
class _Reader:
    """Makes values of PyYAML's events, and remembers where they stood."""

    text: str
    where: str
    typed: bool
    lines: dict[Place, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    anchors: dict[str, tuple[JsonValue, int]] = field(default_factory=dict)
    count: int = 0
    line: int = 1

    def document(self) -> tuple[JsonValue, bool]:
        """The value of the only document, and whether it is one scalar without quotes."""
        events = self._events()
        value: JsonValue = None
        plain = False
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error("begins a second document", "A file holds one.")
                first = next(events)
                plain = isinstance(first, yaml.ScalarEvent) and first.style is None
                value = self._value(events, first, (), -1)
        return value, plain

    def _events(self) -> Iterator[yaml.Event]:
        depth = 0
        for event in yaml.parse(self.text, Loader=yaml.SafeLoader):
            self.line = event.start_mark.line + 1
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self._error(
                    f"is nested deeper than {MAX_DEPTH} levels", "See docs/briefs.md."
                )
            yield event

    def _value(
        self, events: Iterator[yaml.Event], event: yaml.Event, path: Place, column: int
    ) -> JsonValue:
        """The value that begins with `event`; `column` is that of the mapping or list around."""
        before = self.count
        self._counted(1)
        if path:
            self.lines[path] = self.line
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        name, tag = event.anchor, event.tag
        if tag is not None and not (tag == _TEXT_TAG and isinstance(event, yaml.ScalarEvent)):
            raise self._error(f"holds the tag `{tag}`"[:90], "Tags are not read: leave it out.")
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, column)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(events, event, path)
        else:
            value = self._mapping(events, event, path)
        if name is not None:
            self.anchors[name] = (value, self.count - before)
        return value

    def _list(
        self, events: Iterator[yaml.Event], start: yaml.CollectionStartEvent, path: Place
    ) -> list[JsonValue]:
        items: list[JsonValue] = []
        column = -1 if start.flow_style else start.start_mark.column
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(events, event, (*path, len(items)), column))
        return items

    def _mapping(
        self, events: Iterator[yaml.Event], start: yaml.CollectionStartEvent, path: Place
    ) -> dict[str, JsonValue]:
        mapping: dict[str, JsonValue] = {}
        column = -1 if start.flow_style else start.start_mark.column
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or not event.value or event.tag:
                raise self._error("has a key that is no word", _QUOTES)
            key = self._whole(event.value)
            if key == "<<" and event.style is None:
                raise self._error("merges with `<<`", "Write the keys out: merges are not read.")
            if key in mapping:
                raise KeyTwiceError(
                    f"{self.where} gives `{key[:80]}` twice, again at line {self.line}.",
                    "Leave one of them.",
                )
            self._counted(1)
            line = self.line
            mapping[key] = self._value(events, next(events), (*path, key), column)
            self.lines[(*path, key)] = line
        return mapping

    def _alias(self, name: str) -> JsonValue:
        if name not in self.anchors:  # unknown, or that of a value which this one stands in
            raise self._error(f"uses `*{name}`"[:90] + " before it is set", "Write it out.")
        value, size = self.anchors[name]
        self._counted(size)
        return copy.deepcopy(value)

    def _scalar(self, event: yaml.ScalarEvent, column: int) -> JsonValue:
        text: str = event.value
        if event.style is not None or event.tag is not None:
            return self._whole(text)
        if text:
            self._note_comment(text, event.end_mark.index, column)
        if not self.typed:
            return None if text in ("", "~", "null") else text
        if text in _NULLS:
            return None
        if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return text[0] in "tT"
        if _INT.fullmatch(text):
            if len(text) > MAX_DIGITS:
                raise self._error(f"has a number of {len(text)} digits", "Put it in quotes.")
            return int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if _FLOAT.fullmatch(text):
            return float(text)
        if sign := _INFINITE.fullmatch(text):
            return -math.inf if sign[1] == "-" else math.inf
        return math.nan if text in (".nan", ".NaN", ".NAN") else text

    def _note_comment(self, value: str, end: int, column: int) -> None:
        """Tell of a comment right after a value without quotes: it may have been meant as text.

        On a line of its own it is one only if it is indented deeper than the keys around.
        """
        match = _COMMENT.match(self.text, end)
        if not match:
            return
        if match[2] is not None:
            hash_at = match.start(2) - 1
            if hash_at - (self.text.rfind("\n", 0, hash_at) + 1) <= max(column, 0):
                return
        line = self.text.count("\n", 0, match.end()) + 1 if len(self.notes) < 10 else 0
        comment = (match[1] if match[1] is not None else match[2]).strip()
        self.notes.append(
            f"At line {line} a comment follows `{_end(value)}` and was left out: "
            f"`#{comment[:80]}`. If it belongs to the text, put the text in quotes."
        )

    def _whole(self, text: str) -> str:
        try:
            return joined_surrogates(text)
        except ValueError as error:
            raise self._error("holds half of a character", "Such escapes come in pairs.") from error

    def _counted(self, more: int) -> None:
        self.count += more
        if self.count > MAX_VALUES:
            raise self._error(f"holds more than {MAX_VALUES} values", "See docs/briefs.md.")

    def _error(self, what: str, hint: str) -> BriefError:
        return BriefError(f"{self.where} {what}, at line {self.line}.", hint)


def _end(value: str) -> str:
    return value if len(value) <= 40 else f"…{value[-40:]}"


def _explained(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line, from 1, and what is wrong there in plain words."""
    if isinstance(error, yaml.reader.ReaderError):
        character = error.character
        code = character if isinstance(character, int) else ord(str(character)[:1] or "\0")
        line = text.count("\n", 0, error.position) + 1
        return line, f"it holds the character U+{code:04X}, which YAML does not allow"
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "it cannot be read")
    words = next((ours for theirs, ours in _WORDS if theirs in problem), problem)
    return (mark.line + 1 if mark else 1), words[:200]
