"""What is read from the folder of a run, and the sentence for each way in which it may be none."""

import hashlib
import json
import os

import pytest

from tests.utils.prediction.folders import append, make_run
from utils.errors import DamagedRunError, DataError, ParameterError
from utils.journal import Journal
from utils.prediction.trained_run import TrainedRun
from utils.run_directory import classes_sha256


def test_it_knows_the_last_round_and_what_the_model_is_made_of(tmp_path):
    folder = make_run(tmp_path / "run_1", task="binary", stats={"decision_threshold": 0.3}, model_params={"units": [8]})
    run = TrainedRun.read(folder)
    assert run.weights == folder / "round_0001.weights.h5"
    assert (run.classes, run.threshold, run.sample_shape) == (("a", "b"), 0.3, (6, 5, 1))
    assert (run.hparams.model, run.hparams.model_params, run.hparams.num_outputs(2)) == ("dense", {"units": [8]}, 1)


def test_parameters_come_from_the_journal_not_from_the_file_beside_it(tmp_path):
    folder = make_run(tmp_path / "run_1", shown={"model": "cnn", "sample_rate": 1000})
    assert (TrainedRun.read(folder).hparams.model, TrainedRun.read(folder).hparams.sample_rate) == ("dense", 22050)


def test_parameters_that_shape_no_sample_are_not_looked_at(tmp_path):
    folder = make_run(tmp_path / "run_1", oracle="people", pretrained="0" * 64, num_epochs=-1, of_the_future=3)
    assert TrainedRun.read(folder).hparams.oracle == "simulated"


@pytest.mark.parametrize(("stats", "threshold"), [({}, 0.5), ({"decision_threshold": None}, 0.5)])
def test_without_a_threshold_it_is_one_half(tmp_path, stats, threshold):
    assert TrainedRun.read(make_run(tmp_path / "run_1", stats=stats)).threshold == threshold


@pytest.mark.parametrize(
    ("known", "classes"), [(["a"], ("a", "b")), (["a", "b"], ("a", "b")), (["a", "b", "c"], ("a", "b", "c"))]
)
def test_classes_are_those_of_the_last_round_though_the_run_may_know_more(tmp_path, known, classes):
    folder = make_run(tmp_path / "run_1", rounds=1, shown={"classes": ["a", "b", "c", "d"]})
    weights = TrainedRun.read(folder).weights.rename(folder / "round_0001.weights.h5")
    last = Journal(folder / "rounds.log").records[-1]
    append(folder, last | {"round": 1, "class_names": known})
    assert (TrainedRun.read(folder).classes, TrainedRun.read(folder).weights) == (classes, weights)


@pytest.mark.parametrize("shape", [None, [], [0, 5, 1], ["6", 5, 1], [True], 6, [2**30]])
def test_a_shape_that_is_none_counts_as_absent(tmp_path, shape):
    assert TrainedRun.read(make_run(tmp_path / "run_1", shown={"sample_shape": shape})).sample_shape is None


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"holds no rounds\.log: name the folder of a run, such as"):
        TrainedRun.read(tmp_path)
    with pytest.raises(ParameterError, match="no round is committed yet; let the run go on"):
        TrainedRun.read(make_run(tmp_path / "run_1", rounds=0))


@pytest.mark.parametrize("content", [b"", b"abc\n", b"0" * 64 + b" {}\n"])
def test_a_journal_that_is_none_is_refused(tmp_path, content):
    folder = make_run(tmp_path / "run_1")
    (folder / "rounds.log").write_bytes(content)
    with pytest.raises(DamagedRunError, match=r"rounds\.log: does not begin as the journal of a run in version 1; restore"):
        TrainedRun.read(folder)


@pytest.mark.parametrize(
    "record",
    [
        [], {"no": "type"}, {"type": "round"}, {"type": "round", "round": 2, "stats": {}},
        {"type": "round", "round": "../../2", "weights_sha256": "0", "stats": {}},
        {"type": "round", "round": 2, "weights_sha256": "0", "stats": {}, "class_names": 3},
    ],
)  # fmt: skip
def test_a_record_that_no_run_writes_is_refused(tmp_path, record):
    folder = make_run(tmp_path / "run_1")
    append(folder, record)
    with pytest.raises(DamagedRunError, match=r"rounds\.log: a record is not what a run writes \(.+\); restore the file"):
        TrainedRun.read(folder)


def test_a_threshold_that_is_no_number_is_refused(tmp_path):
    with pytest.raises(DamagedRunError, match="a record is not what a run writes"):
        TrainedRun.read(make_run(tmp_path / "run_1", task="binary", stats={"decision_threshold": "0.3"}))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"model": None}, "model: missing"),
        ({"threads": None, "dataset": None}, "dataset: missing; threads: missing"),
        ({"model": "resnet"}, "there is no Keras model 'resnet'"),
        ({"model_params": {"depth": 3}}, "Keras model 'dense' has no parameter 'depth'"),
        ({"backend": "torch"}, 'backend: received "torch"; expected one of keras, tf'),
        ({"sub_dir": "../up"}, "sub_dir: '../up' is no folder name below outputs/"),
    ],
)
def test_parameters_that_no_run_has_are_refused(tmp_path, params, sentence):
    with pytest.raises(DamagedRunError) as caught:
        TrainedRun.read(make_run(tmp_path / "run_1", **params))
    assert sentence in str(caught.value)


def test_a_run_that_names_no_classes_is_refused(tmp_path):
    folder = make_run(tmp_path / "run_1")
    (folder / "params.json").write_text(json.dumps({"version": 1}))
    with pytest.raises(DamagedRunError, match=r"params\.json: names no classes; give the run's own command again"):
        TrainedRun.read(folder)
    with pytest.raises(DataError, match="the data set has 3"):
        TrainedRun.read(make_run(tmp_path / "run_2", task="binary", shown={"classes": ["a", "b", "c"]}))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    folder = make_run(tmp_path / "run_1")
    (folder / "words.txt").write_bytes(b"\xff")
    with pytest.raises(DamagedRunError, match=r"words\.txt: cannot be read \(.+\); restore the file"):
        TrainedRun.read(folder).text("words.txt")
    assert TrainedRun.read(folder).text("others.txt") is None


def test_a_journal_that_claims_any_size_is_not_read(tmp_path):
    folder = make_run(tmp_path / "run_1")
    os.truncate(folder / "rounds.log", 1 << 40)
    with pytest.raises(DamagedRunError, match=r"rounds\.log: cannot be read \(it is larger than 4,096 MiB\); restore the file"):
        TrainedRun.read(folder)


@pytest.fixture
def noted(tmp_path):
    """A run whose last round knows its classes and one file."""
    folder = make_run(tmp_path / "run_1", rounds=1)
    (folder / "words.txt").write_bytes(b"a\r\nb\n")
    last = Journal(folder / "rounds.log").records[-1]
    kept = {"words.txt": hashlib.sha256(b"a\r\nb\n").hexdigest()}
    TrainedRun.read(folder).weights.rename(folder / "round_0001.weights.h5")
    append(folder, last | {"round": 1, "kept_sha256": kept, "classes_sha256": classes_sha256(["a", "b"])})
    return folder


def test_what_lies_beside_the_journal_is_what_the_run_wrote(noted):
    run = TrainedRun.read(noted)
    assert (run.classes, run.text("words.txt"), run.text("others.txt"), run.warning) == (("a", "b"), "a\r\nb\n", None, "")


@pytest.mark.parametrize("content", [b"b\na\n", b"a\nb\n", b""])
def test_an_altered_file_is_refused(noted, content):
    (noted / "words.txt").write_bytes(content)
    with pytest.raises(DamagedRunError) as caught:
        TrainedRun.read(noted).text("words.txt")
    expected, received = (hashlib.sha256(text).hexdigest() for text in (b"a\r\nb\n", content))
    assert str(caught.value) == (
        f"{noted}/words.txt: was altered (SHA-256 expected {expected}, received {received}), and the model would take new "
        "samples for others; restore the file, or give the run's own command again, which writes it anew"
    )


@pytest.mark.parametrize("classes", [["b", "a"], ["a"], ["a", "b", "c"], ["a", "x"]])
def test_other_classes_are_refused(noted, classes):
    (noted / "params.json").write_text(json.dumps({"classes": classes}))
    with pytest.raises(DamagedRunError) as caught:
        TrainedRun.read(noted)
    assert str(caught.value) == (
        f"{noted}/params.json: the classes, {', '.join(classes)}, are not those of the run, or are in another order; restore "
        "the file, or give the run's own command again, which writes it anew"
    )


@pytest.mark.parametrize("known", [["b"], ["b", "a"], ["a", "c"], ["a", "b", "c"]])
def test_classes_that_people_named_are_checked_by_their_names(noted, known):
    append(noted, Journal(noted / "rounds.log").records[-1] | {"class_names": known, "classes_sha256": "of more than these"})
    with pytest.raises(DamagedRunError, match=r"params\.json: the classes, a, b, are not those of the run"):
        TrainedRun.read(noted)


def test_a_run_of_an_earlier_version_is_believed_and_says_so(tmp_path):
    run = TrainedRun.read(make_run(tmp_path / "run_1"))
    assert run.warning == (
        f"{run.folder}: an earlier version made this run and noted no hashes of its class names and of the files that features "
        "are made with; they are taken as they lie there"
    )
