"""Names that stand for modules: these, and no others."""

import tempfile

import pytest

import models_keras
import models_tf
from hparams import HParams
from utils.backends import backend, make_engine, models_of, parameters
from utils.errors import DiskError


def test_each_name_stands_for_its_package():
    assert (backend("keras"), backend("tf")) == (models_keras, models_tf)
    assert (models_of("keras"), models_of("tf")) == (models_keras.models, models_tf.models)
    assert parameters() is HParams


@pytest.mark.parametrize("name", ["torch", "", "models_keras", "os"])
def test_no_other_name_is_imported(name):
    with pytest.raises(KeyError):
        backend(name)


def test_without_room_for_temporary_files_it_says_so_before_tensorflow_is_imported(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "none")])
    with pytest.raises(DiskError) as error:
        make_engine(HParams(sub_dir="x"), None)
    assert "No usable temporary directory" in str(error.value)
    assert "bytes free" in str(error.value)
    assert str(error.value).endswith("make room, or name a folder that has some in TMPDIR, then run the same command again")
