"""The page on which people label in Label Studio: what it asks, what a task on it holds, and what an answer on it means.

Label Studio builds the page from XML, and reads `$` in a class name as a variable of the task. So classes stand under aliases
that are ours, and no name comes back as an answer. Sound and pictures travel inside the tasks: uploaded as files they would
need a page with one of them alone.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from utils.annotation.names import checked_class
from utils.annotation.number import written_number
from utils.annotation.questions import Question, Questions
from utils.annotation.refused import Refused
from utils.annotation.shown import Shown

SAMPLE, RUN = "sample_id", "run_key"
"""In the data of a task: which sample it is, and of which run."""
NO_ANSWER = ""
GUESS = "the model's guess"
"""What Label Studio calls the version of the model."""
_ANSWER, _NEW, _UNUSABLE, _OBJECT = "answer", "new_class", "unusable", "sample"
_ANOTHER = "another class"
_KEYS = 9
_LARGEST_RECORDING = 2_000_000
"""Bytes. A longer recording stays out: a task carries a copy of it for each of its samples."""
_AUDIO = "audio/wav;for=?sig=1"
"""Label Studio appends `?lsref=1` to where a sound is, which would spoil the data, unless there is a parameter `sig`."""
_IMAGE = "image/png"


@dataclass(frozen=True)
class LabellingPage:
    """The page of one run; classes may be added at the end as the run goes on."""

    kind: str
    """Of the samples, as in `Shown`."""
    classes: tuple[str, ...]
    numbers: bool
    may_add: bool
    recording: bool
    """Whether the page has room for the whole recording of a sample."""

    @classmethod
    def of(cls, questions: Questions, kind: str, *, recording: bool) -> LabellingPage:
        """The page for `questions` about samples of this kind."""
        return cls(kind, questions.classes, questions.numbers, questions.may_add, recording)

    def xml(self) -> str:
        """What Label Studio calls a labelling configuration."""
        view = Element("View")
        SubElement(view, "Header", value="$name", size="5")
        SubElement(view, "Header", value="$note", size="6")
        self._add_sample(view)
        if self.numbers:
            SubElement(view, "Number", name=_ANSWER, toName=_OBJECT)
            choices = SubElement(view, "Choices", name=_UNUSABLE, toName=_OBJECT, choice="single")
        else:
            choices = SubElement(
                view, "Choices", name=_ANSWER, toName=_OBJECT, choice="single", showInline="true", required="true"
            )
            self._add_classes(choices)
        SubElement(choices, "Choice", value=_UNUSABLE, alias=_UNUSABLE, hotkey="x")
        if self.may_add and not self.numbers:
            SubElement(choices, "Choice", value=_ANOTHER, alias=_ANOTHER, hotkey="n")
            _add_new_class(view)
        return tostring(view, encoding="unicode")

    def _add_sample(self, view: Element) -> None:
        if self.kind == "audio":
            SubElement(view, "Audio", name=_OBJECT, value="$audio", hotkey="space")
            SubElement(view, "Image", name="spectrogram", value="$spectrogram", zoom="false", zoomControl="false")
            if self.recording:
                SubElement(view, "Header", value="the whole recording", size="6")
                SubElement(view, "Audio", name="recording", value="$recording")
        elif self.kind == "image":
            SubElement(view, "Image", name=_OBJECT, value="$image")
        elif self.kind == "table":
            SubElement(view, "Table", name=_OBJECT, value="$row")
        else:
            lines = SubElement(view, "View", style="white-space: pre-wrap")
            SubElement(lines, "Text", name=_OBJECT, value="$text")

    def _add_classes(self, choices: Element) -> None:
        for index, name in enumerate(self.classes):
            choice = SubElement(choices, "Choice", value=_shown(name), alias=_alias(index, name))
            if index < _KEYS:
                choice.set("hotkey", str(index + 1))

    def task(self, question: Question, shown: Shown, run_key: str, *, show_guess: bool) -> dict[str, Any]:
        """A sample as Label Studio imports it, with the model's guess as a prediction if it is to be shown."""
        data = {
            SAMPLE: question.id,
            RUN: run_key,
            "name": _plain(question.name),
            "note": _plain(shown.note),
            **self._data(shown),
        }
        guess = self._guess(question) if show_guess else None
        if guess is None:
            return {"data": data}
        prediction = {"model_version": GUESS, "result": [guess]}
        return {"data": data, "predictions": [prediction | {"score": question.certainty}]}

    def _data(self, shown: Shown) -> dict[str, Any]:
        if self.kind == "audio":
            sound, whole = shown.sound or b"", shown.recording or b""
            fits = 0 < len(whole) <= _LARGEST_RECORDING
            recording = {"recording": _inline(_AUDIO, whole if fits else sound)} if self.recording else {}
            return {"audio": _inline(_AUDIO, sound), "spectrogram": _inline(_IMAGE, shown.picture or b"")} | recording
        if self.kind == "image":
            return {"image": _inline(_IMAGE, shown.picture or b"")}
        if self.kind == "table":
            return {"row": {_plain(column): _plain(value) for column, value in shown.cells.items()}}
        return {"text": _plain(shown.text)}

    def _guess(self, question: Question) -> dict[str, Any] | None:
        """The guess as Label Studio writes an answer; None: there is none, or it is none of the classes."""
        place = {"from_name": _ANSWER, "to_name": _OBJECT}
        if question.guess is None:
            return None
        if self.numbers:
            return place | {"type": "number", "value": {"number": float(question.guess)}}
        if question.guess not in self.classes:
            return None
        alias = _alias(self.classes.index(question.guess), question.guess)
        return place | {"type": "choices", "value": {"choices": [alias]}}

    def label(self, result: Sequence[Mapping[str, Any]]) -> str | None:
        """The label that an annotation's `result` gives: name of a class or number, None for unusable, or `NO_ANSWER`."""
        said = {part.get("from_name"): part.get("value", {}) for part in result}
        answer = said.get(_ANSWER, {})
        chosen = [*answer.get("choices", ()), *said.get(_UNUSABLE, {}).get("choices", ())]
        if _UNUSABLE in chosen:
            return None
        if self.numbers:
            return _number(answer.get("number"))
        if _ANOTHER in chosen:
            return _new_class(said.get(_NEW, {}).get("text", ""), self.classes)
        names = {_alias(index, name): name for index, name in enumerate(self.classes)}
        return next((names[alias] for alias in chosen if alias in names), NO_ANSWER)


def _number(value: object) -> str:
    """The number that was given; `NO_ANSWER` where it is none that a model could learn."""
    is_number = type(value) in {int, float} and not math.isnan(written_number(str(value)))
    return str(value) if is_number else NO_ANSWER


def _add_new_class(view: Element) -> None:
    hidden = SubElement(view, "View", visibleWhen="choice-selected", whenTagName=_ANSWER, whenChoiceValue=_ANOTHER)
    SubElement(
        hidden, "TextArea", name=_NEW, toName=_OBJECT, maxSubmissions="1", rows="1", editable="true", required="true",
        placeholder="name of the class, then Enter",
    )  # fmt: skip


def _new_class(text: str | Sequence[str], known: Sequence[str]) -> str:
    """The name that was typed; `NO_ANSWER` where it is none."""
    try:
        return checked_class(" ".join((text if isinstance(text, str) else " ".join(text)).split()), known)
    except Refused:
        return NO_ANSWER


def _alias(index: int, name: str) -> str:
    """Unique, whatever the classes are called, and still readable in what Label Studio exports."""
    return f"{index + 1}. {_shown(name)}"


def _shown(name: str) -> str:
    """`name` with what neither XML nor Label Studio leaves alone replaced by its likeness."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(name.split())).replace("$", "＄")


def _plain(text: str) -> str:
    """`text` without what no database takes: halves of characters, as in undecodable file names, and NUL."""
    return text.encode(errors="replace").decode().replace("\0", "�")


def _inline(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
