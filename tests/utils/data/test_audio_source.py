"""What all audio sources share: the order of samples and classes, the fingerprint, the cached start, damaged files."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.utils.data.audio_files import SETTINGS, quiet, rows, source, wav
from utils.decoding.process import DecodingProcess
from utils.errors import DataError

FSDD = Path(__file__).parents[4] / "shared" / "data" / "fsdd" / "recordings"


def digits(folder):
    for name, seconds in [("0_ann_0.wav", 0.5), ("1_ann_0.wav", 2.4), ("2_bob_0.wav", 0.3), ("1_bob_1.wav", 1.5)]:
        wav(folder / name, seconds)
    return folder


def test_class_names_choose_and_order_the_classes(tmp_path):
    received = source("fsdd", digits(tmp_path), ("2", "0")).scan()
    assert received.class_names == ("2", "0")
    assert rows(received) == [("0_ann_0.wav#0", "0"), ("2_bob_0.wav#0", "2")]


def test_a_named_class_without_recordings(tmp_path):
    for name in ["cat/a.wav", "dog/b.wav"]:
        wav(tmp_path / name)
    with pytest.raises(DataError) as error:
        source("audio_folders", tmp_path, ("cat", "dgo")).scan()
    assert str(error.value) == (
        f"{tmp_path}: the class 'dgo' of class_names has no recording; did you mean dog?; there are recordings of: cat, dog"
    )


def test_the_plan_knows_of_headers_that_are_damaged(tmp_path):
    (digits(tmp_path) / "1_bob_2.wav").write_bytes(b"RIFF no sound")
    assert source("fsdd", tmp_path, max_bad_files=0.5).scan().note == "1 of 5 files cannot be used"
    with pytest.raises(
        DataError, match=r"1 of 5 files cannot be used \(20\.00%\), at most 1\.00% may be; .*:\n  1_bob_2\.wav: it cannot"
    ):
        source("fsdd", tmp_path, max_bad_files=0.01).scan()


def test_more_windows_than_a_set_may_have(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.data.most_samples.MOST_SAMPLES", 3)
    words = r"holds 8 samples, expected 3 at most; give a greater hop_length or more num_frames, which make fewer windows"
    with pytest.raises(DataError, match=words):
        source("fsdd", digits(tmp_path)).scan()


def test_load_has_the_samples_of_scan_in_the_same_order(tmp_path):
    audio = source("fsdd", digits(tmp_path / "set"))
    scanned, loaded = audio.scan(), audio.load(tmp_path / "cache", quiet)
    assert rows(loaded.table) == rows(scanned)
    assert rows(scanned)[1:5] == [
        ("1_ann_0.wav#0", "1"),
        ("1_ann_0.wav#1", "1"),
        ("1_ann_0.wav#2", "1"),
        ("1_ann_0.wav#3", "1"),
    ]
    assert loaded.features.shape == (len(scanned), 60, 41, 2)
    assert loaded.rejected == ()
    assert audio.default_model == "vggish"


def test_fingerprint_is_that_of_bytes_and_labels_wherever_the_set_lies(tmp_path):
    first = source("fsdd", digits(tmp_path / "set")).load(tmp_path / "cache", quiet)
    features = hashlib.sha256(first.features.tobytes()).digest()
    assert first.fingerprint == hashlib.sha256(features + first.table.labels.astype("<i8").tobytes()).hexdigest()
    elsewhere = source("fsdd", digits(tmp_path / "other")).load(tmp_path / "other_cache", quiet)
    assert elsewhere.fingerprint == first.fingerprint
    relabelled = source("fsdd", tmp_path / "set", ("2", "1", "0")).load(tmp_path / "cache", quiet)
    assert relabelled.features.tobytes() == first.features.tobytes()
    assert relabelled.fingerprint != first.fingerprint


def test_a_second_load_opens_no_recording(tmp_path, monkeypatch):
    first = source("fsdd", digits(tmp_path / "set")).load(tmp_path / "cache", quiet)

    def refuse(*arguments):
        raise AssertionError("a recording was opened")

    monkeypatch.setattr(soundfile, "SoundFile", refuse)
    monkeypatch.setattr(DecodingProcess, "start", refuse)
    second = source("fsdd", tmp_path / "set").load(tmp_path / "cache", quiet)
    assert second.fingerprint == first.fingerprint
    assert rows(second.table) == rows(first.table)


def test_a_file_that_scan_cannot_read_is_listed_by_load(tmp_path):
    digits(tmp_path / "set")
    (tmp_path / "set" / "1_ann_0.wav").write_bytes(b"")
    audio = source("fsdd", tmp_path / "set", max_bad_files=0.5)
    scanned, loaded = audio.scan(), audio.load(tmp_path / "cache", quiet)
    assert rows(scanned) == rows(loaded.table)
    assert "1_ann_0.wav" not in scanned.groups["clip"]
    assert loaded.rejected == (("1_ann_0.wav", "it cannot be decoded: the decoder says 'Format not recognised'"),)


def test_nothing_left(tmp_path):
    wav(tmp_path / "0_ann_0.wav")
    (tmp_path / "1_ann_0.wav").write_bytes(b"")
    with pytest.raises(DataError) as error:
        source("fsdd", tmp_path, settings=replace(SETTINGS, short_clips="drop")).scan()
    assert str(error.value) == (
        f"{tmp_path}: no sample is left: of 2 files none is both undamaged and as long as one window, 0.93 seconds; "
        "1_ann_0.wav: it cannot be decoded: the decoder says 'Format not recognised'"
    )


def test_neither_names_nor_scan_import_what_only_extraction_needs(tmp_path):
    digits(tmp_path)
    program = (
        "import sys; from pathlib import Path; from utils.data.source import SourceRequest, sources; "
        f"sources.get('fsdd')(SourceRequest(Path({str(tmp_path)!r}))).scan(); "
        "print(sorted({'librosa', 'scipy', 'sklearn', 'pandas', 'numba', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert run.stdout.strip() == "[]"


def test_the_real_spoken_digits(tmp_path):
    if not FSDD.is_dir():
        pytest.skip(f"the Free Spoken Digit Dataset is not in {FSDD}")
    audio = source("fsdd", FSDD)
    scanned, loaded = audio.scan(), audio.load(tmp_path, quiet)
    assert scanned.class_names == tuple("0123456789")
    np.testing.assert_array_equal(np.bincount(loaded.table.labels), [200] * 10)
    assert sorted(set(scanned.groups["speaker"])) == ["george", "jackson", "lucas", "nicolas"]
    assert rows(scanned) == rows(loaded.table)
    assert loaded.rejected == ()
    assert np.isfinite(loaded.features).all()
