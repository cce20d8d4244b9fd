"""Names that stand for modules: these, and no others."""

import pytest

import models_keras
import models_tf
from hparams import HParams
from utils.backends import backend, models_of, parameters


def test_each_name_stands_for_its_package():
    assert (backend("keras"), backend("tf")) == (models_keras, models_tf)
    assert (models_of("keras"), models_of("tf")) == (models_keras.models, models_tf.models)
    assert parameters() is HParams


@pytest.mark.parametrize("name", ["torch", "", "models_keras", "os"])
def test_no_other_name_is_imported(name):
    with pytest.raises(KeyError):
        backend(name)
