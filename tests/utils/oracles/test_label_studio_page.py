"""The page in Label Studio: what its XML says, what travels in a task, and what comes back from an answer."""

import base64
import math
from xml.etree import ElementTree

import pytest

from utils.annotation.questions import Question, Questions
from utils.annotation.shown import Shown
from utils.oracles.label_studio_page import NO_ANSWER, LabellingPage

HOSTILE = (
    '<b>"cat" & dog',
    "$audio",
    " lead, a/b\n",
    "unusable",
    "another class",
    "日本語\x01",
    "x" * 200,
    "a\udcff",
    "1. dog",
)
SOUND = Shown("audio", sound=b"RIFF\x00", picture=b"PNG", note="0–2 s")


def page(kind="text", classes=("dog", "cat"), numbers=False, may_add=False, recording=False):
    return LabellingPage(kind, classes, numbers, may_add, recording)


def parsed(page):
    return ElementTree.fromstring(page.xml())  # noqa: S314 (our own)


def choices(page):
    return [dict(choice.attrib) for choice in parsed(page).iter("Choice")]


def answer(alias, name="answer"):
    return [{"from_name": name, "to_name": "sample", "type": "choices", "value": {"choices": [alias]}}]


def test_the_first_nine_classes_have_their_number_as_key_and_unusable_has_x():
    shown = choices(page(classes=tuple(f"class {number}" for number in range(12))))
    assert [choice.get("hotkey") for choice in shown] == [*"123456789", None, None, None, "x"]
    assert shown[-1]["value"] == "unusable"


def test_no_class_name_reaches_label_studio_as_markup_or_as_a_variable():
    text = page(classes=HOSTILE).xml()
    text.encode()
    assert "<b>" not in text
    assert "$" not in "".join(choice["value"] + choice["alias"] for choice in choices(page(classes=HOSTILE)))


def test_whatever_classes_are_called_their_aliases_differ_and_lead_back_to_them():
    ours = page(classes=HOSTILE, may_add=True)
    aliases = [choice["alias"] for choice in choices(ours)]
    assert len(set(aliases)) == len(HOSTILE) + 2
    assert [ours.label(answer(alias)) for alias in aliases[: len(HOSTILE)]] == list(HOSTILE)


def test_unusable_is_no_class_and_counts_more_than_one():
    assert page(classes=("unusable",)).label(answer("unusable")) is None
    assert page(numbers=True).label([*answer("unusable", "unusable"), number(3)]) is None


def number(value):
    return {"from_name": "answer", "type": "number", "value": {"number": value}}


@pytest.mark.parametrize("value", [3, -0.1, 1e38, 0])
def test_a_number_comes_back_exactly(value):
    assert float(page(numbers=True).label([number(value)])) == value


@pytest.mark.parametrize(
    "result",
    [
        [],
        [{}],
        answer("7. parrot"),
        [number(1e300)],
        [number(-(10**400))],
        [number("many")],
        [number(True)],
        [{"from_name": "other", "value": {}}],
    ],
)
@pytest.mark.parametrize("numbers", [False, True])
def test_what_holds_no_answer_is_none(result, numbers):
    assert page(numbers=numbers).label(result) == NO_ANSWER


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        (["  grey\n heron "], "grey heron"),
        ("heron", "heron"),
        (["dog"], "dog"),
        ([" "], NO_ANSWER),
        (["a\x00b"], NO_ANSWER),
        (["x" * 101], NO_ANSWER),
    ],
)
def test_a_new_class_is_what_was_typed_if_it_can_be_a_name(typed, label):
    new = {"from_name": "new_class", "type": "textarea", "value": {"text": typed}}
    assert page(may_add=True).label([*answer("another class"), new]) == label
    assert page(may_add=True).label(answer("another class")) == NO_ANSWER


def test_a_name_can_be_typed_only_where_classes_may_be_added():
    assert parsed(page(may_add=True)).find(".//TextArea") is not None
    assert parsed(page()).find(".//TextArea") is None
    assert parsed(page(may_add=True, numbers=True)).find(".//TextArea") is None


@pytest.mark.parametrize("kind", ["audio", "image", "text", "table"])
@pytest.mark.parametrize("recording", [False, True])
def test_a_task_holds_every_variable_of_the_page(kind, recording):
    shown = Shown(kind, text="t", cells={"a": "b"}, sound=b"s", picture=b"p", note="n")
    ours = page(kind, recording=recording)
    data = ours.task(Question(4, "name"), shown, "key", show_guess=False)["data"]
    wanted = {value[1:] for element in parsed(ours).iter() for value in element.attrib.values() if value.startswith("$")}
    assert wanted <= data.keys()
    assert (data["sample_id"], data["run_key"], data["name"], data["note"]) == (4, "key", "name", "n")


def test_sound_and_pictures_travel_inside_the_task():
    data = page("audio").task(Question(4, "name"), SOUND, "key", show_guess=False)["data"]
    assert base64.b64decode(data["audio"].partition(";base64,")[2]) == b"RIFF\x00"
    assert data["audio"].startswith("data:audio/wav")
    assert base64.b64decode(data["spectrogram"].removeprefix("data:image/png;base64,")) == b"PNG"


@pytest.mark.parametrize(("whole", "carried"), [(b"whole", b"whole"), (None, b"RIFF\x00"), (bytes(2_000_001), b"RIFF\x00")])
def test_a_recording_that_is_missing_or_too_long_is_replaced_by_the_sample(whole, carried):
    shown = Shown("audio", sound=SOUND.sound, picture=b"PNG", recording=whole)
    data = page("audio", recording=True).task(Question(4, "name"), shown, "key", show_guess=False)["data"]
    assert base64.b64decode(data["recording"].partition(";base64,")[2]) == carried


def test_what_no_database_takes_is_replaced():
    shown = Shown("table", cells={"a\0": "b\udcff <i>"})
    data = page("table").task(Question(4, "n\udcff"), shown, "key", show_guess=False)["data"]
    assert (data["name"], data["row"]) == ("n?", {"a�": "b? <i>"})


def test_the_guess_travels_only_where_it_is_to_be_seen():
    question, ours = Question(4, "name", "cat", 0.7), page()
    task = ours.task(question, Shown("text"), "key", show_guess=True)
    assert task["predictions"][0]["score"] == 0.7
    assert ours.label(task["predictions"][0]["result"]) == "cat"
    assert "predictions" not in ours.task(question, Shown("text"), "key", show_guess=False)
    assert "predictions" not in ours.task(Question(4, "name"), Shown("text"), "key", show_guess=True)
    assert "predictions" not in ours.task(Question(4, "name", "gone"), Shown("text"), "key", show_guess=True)


def test_a_guessed_number_is_a_number():
    task = page(numbers=True).task(Question(4, "name", "3.25"), Shown("table"), "key", show_guess=True)
    assert math.isclose(float(page(numbers=True).label(task["predictions"][0]["result"])), 3.25)


def test_the_page_of_questions():
    questions = Questions("run", 0, 3, "labelling", classes=("a",), numbers=False, may_add=True)
    assert LabellingPage.of(questions, "image", recording=False) == page("image", ("a",), may_add=True)
