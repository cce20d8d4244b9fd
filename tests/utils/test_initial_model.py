"""The stored initial model: the same for the same key, refused when altered."""

import hashlib
import json
import re

import numpy as np
import pytest

from tests.utils.test_trainer import NumpyEngine
from utils.errors import DamagedRunError
from utils.initial_model import InitialModel
from utils.learning_engine import Epoch
from utils.outcome import Outcome

OUTCOMES = [
    Outcome(0, None, None, has_best=False),
    Outcome(50, 0.1 + 0.2, 0.7, has_best=True, curve=(Epoch(0.5, 0.7, 0.3, 0.4),), kept_epoch=0),
]


def engine_of(weight):
    engine = NumpyEngine()
    engine.weight = np.float32(weight)
    return engine


@pytest.fixture
def model(tmp_path):
    model = InitialModel(tmp_path / "init_ckpt", {"seed": 1})
    model.save(engine_of(0.75), OUTCOMES[1])
    return model


def one(tmp_path, pattern):
    [path] = (tmp_path / "init_ckpt").rglob(pattern)
    return path


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_round_trip(tmp_path, outcome):
    InitialModel(tmp_path, {"seed": 1, "a": [1, 2]}).save(engine_of(0.75), outcome)
    engine = engine_of(0)
    assert InitialModel(tmp_path, {"a": [1, 2], "seed": 1}).load(engine) == outcome
    assert engine.weight == np.float32(0.75)


@pytest.mark.parametrize("other", [{"seed": 2}, {"seed": "1"}, {"seed": 1, "a": None}, {}])
def test_another_key_is_another_model(tmp_path, model, other):
    engine = engine_of(0)
    assert InitialModel(tmp_path / "init_ckpt", other).load(engine) is None
    assert engine.weight == 0


def test_folders_that_changed_names_are_made_anew(tmp_path, model):
    folder, other = tmp_path / "init_ckpt", InitialModel(tmp_path / "init_ckpt", {"seed": 2})
    mine = one(tmp_path, "*.json").parent
    other.save(engine_of(0.25), OUTCOMES[0])
    [theirs] = set(folder.iterdir()) - {mine}
    mine.rename(folder / "t")
    theirs.rename(mine)
    (folder / "t").rename(theirs)
    engine = engine_of(0)
    assert (model.load(engine), other.load(engine), engine.weight) == (None, None, 0)
    model.save(engine_of(0.75), OUTCOMES[1])
    assert (model.load(engine), engine.weight) == (OUTCOMES[1], np.float32(0.75))


def test_altered_weights_are_refused_with_both_hashes(tmp_path, model):
    path, engine = one(tmp_path, "*.h5"), engine_of(0)
    expected = hashlib.sha256(np.float32(0.75).tobytes()).hexdigest()
    path.write_bytes(np.float32(0.25).tobytes())
    received = hashlib.sha256(np.float32(0.25).tobytes()).hexdigest()
    words = (
        rf"{re.escape(str(path))}: the initial model was altered \(SHA-256 expected {expected}, received {received}\); remove "
    )
    with pytest.raises(DamagedRunError, match=words):
        model.load(engine)
    assert engine.weight == 0


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"sha256": "x"}', b'{"sha256": "x", "outcome": {"a": 1}}']
)
def test_a_record_that_cannot_be_read_says_what_to_remove(tmp_path, model, content):
    path = one(tmp_path, "*.json")
    path.write_bytes(content)
    with pytest.raises(
        DamagedRunError, match=rf"initial\.json: cannot be read \(.*\); remove {path.parent} and it is made anew"
    ):
        model.load(engine_of(0))


def test_missing_weights_are_named(tmp_path, model):
    one(tmp_path, "*.h5").unlink()
    with pytest.raises(DamagedRunError, match=r"cannot be read .*initial\.weights\.h5"):
        model.load(engine_of(0))


@pytest.mark.parametrize("mask", [1, 2, 4])
def test_no_altered_record_is_used_silently(tmp_path, model, mask):
    path, engine = one(tmp_path, "*.json"), engine_of(0)
    data, silent = path.read_bytes(), []
    for position in range(len(data)):
        path.write_bytes(data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :])
        try:
            if model.load(engine) != OUTCOMES[1]:
                silent.append(position)
        except DamagedRunError:
            continue
    assert silent == []


@pytest.mark.parametrize(
    "text, reason",
    [
        ("[" * 100_000, "recursion"),
        ("[]", "the record"),
        ({"epochs": -1}, "outcome.epochs"),
        ({"epochs": 1.5}, "outcome.epochs"),
        ({"has_best": 1}, "outcome.has_best"),
        ({"valid_loss": float("nan")}, "outcome.valid_loss: Input should be a finite number"),
        ({"valid_loss": 10**400}, "outcome.valid_loss"),
        ({"valid_metric": "x"}, "outcome.valid_metric: Input should be a valid number"),
        ({"curve": {}}, "outcome.curve"),
        ({"curve": [{"loss": "a"}]}, "outcome.curve.0.loss: Input should be a valid number"),
        ({"curve": [{"loss": None}]}, "outcome.curve.0.loss"),
        ({"kept_epoch": 1}, "kept_epoch is 1 of 1 epochs"),
    ],
)
def test_a_hash_does_not_make_nonsense_an_outcome(tmp_path, model, text, reason):
    path, engine = one(tmp_path, "*.json"), engine_of(0)
    if isinstance(text, dict):
        stored = json.loads(path.read_text().partition(" ")[2])
        text = json.dumps(stored | {"outcome": stored["outcome"] | text})
    path.write_text(f"{hashlib.sha256(text.encode()).hexdigest()} {text}")
    with pytest.raises(
        DamagedRunError, match=rf"initial\.json: cannot be read \(.*{re.escape(reason)}.*\); remove {path.parent} and"
    ):
        model.load(engine)
    assert engine.weight == 0
