"""What the backend on TensorFlow promises beside what every engine does (tests/contract)."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

import models_tf
from tests.models_tf.small import SHAPES, make
from utils.errors import ParameterError


def test_every_architecture_has_its_small_size_here() -> None:
    assert models_tf.models.names() == list(SHAPES)


def test_nothing_of_keras_is_imported() -> None:
    for file in Path(models_tf.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not [name for name in imported if "keras" in name]
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "keras"]


def test_another_number_of_threads_is_refused_once_tensorflow_runs() -> None:
    from models_tf.device import set_up

    set_up(1)
    make("softmax").reset(1)
    with pytest.raises(ParameterError, match="threads: received 3, but TensorFlow already runs in this process with 1"):
        set_up(3)


def test_a_log_for_tensorboard_holds_every_number_of_every_round(tf: ModuleType, tmp_path: Path) -> None:
    from tensorflow.core.util import event_pb2

    rounds = [
        {"round": number, "seconds": {"train": 2.0}, "stats": {"round": number, "eval_acc": 0.5, "threshold": None}}
        for number in (0, 1)
    ]
    models_tf.write_tensorboard(tmp_path, rounds)
    (path,) = tmp_path.iterdir()
    events = [event_pb2.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(path))][1:]
    values = [
        (event.step, event.wall_time, [(value.tag, value.simple_value) for value in event.summary.value]) for event in events
    ]
    assert values == [(0, 2.0, [("eval_acc", 0.5)]), (1, 4.0, [("eval_acc", 0.5)])]
