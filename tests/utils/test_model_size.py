"""Models that are larger than the memory, and layers larger than anybody means."""

import pytest

from utils import hardware
from utils.backends import backend, models_of
from utils.errors import MemoryShortError, ParameterError
from utils.learning_engine import Sampling, TrainingSettings
from utils.model_size import refused_where_too_large


class ResourceExhaustedError(Exception):
    """Called as TensorFlow's."""


@pytest.mark.parametrize("error", [MemoryError(), ResourceExhaustedError("OOM"), RuntimeError("RESOURCE_EXHAUSTED: OOM")])
def test_the_sentence_names_the_model_and_its_parameters(error):
    said = r"model_params: dense with \{'units': 3\} needs more memory than there is; make its layers smaller"
    with pytest.raises(ParameterError, match=said), refused_where_too_large("dense", {"units": 3}):
        raise error


def test_other_errors_stay_as_they_are():
    with pytest.raises(RuntimeError, match=r"^other$"), refused_where_too_large("dense", {}):
        raise RuntimeError("other")


@pytest.mark.parametrize("name", ["keras", "tf"])
def test_a_model_that_does_not_fit_is_refused(name):
    params = {"units": [1000, 10**12]}  # more bytes than a process has addresses, however generous the system is
    with pytest.raises(ParameterError, match="needs more memory than there is"):
        backend(name).make_engine("dense", (2,), 2, params, TrainingSettings(1, 1, 0.1), Sampling(), 1)


@pytest.mark.parametrize("name", ["keras", "tf"])
@pytest.mark.parametrize(
    ("units", "needed"),
    [
        (16, 3 * 128 * 1024 * 4 + (1024 * 16 + 16 + 16 * 2 + 2) * 4),  # the samples three times, the weights once more
        (600, 2 * (1024 * 600 + 600 + 600 * 2 + 2) * 4),
    ],
)
def test_samples_of_which_no_memory_holds_a_block_are_refused(monkeypatch, name, units, needed):
    def make():
        how = TrainingSettings(1, 1, 0.1), Sampling(), 1
        return backend(name).make_engine("dense", (1024,), 2, {"units": [units]}, *how)

    monkeypatch.setattr(hardware, "all_memory", lambda: needed)
    make()
    monkeypatch.setattr(hardware, "all_memory", lambda: needed - 1)
    with pytest.raises(MemoryShortError, match=r"need 0\.0 GiB of memory, and there are 0\.0; make the samples smaller"):
        make()
    monkeypatch.setattr(hardware, "all_memory", lambda: 3 * 128 * 1024 * 4 - 1)
    monkeypatch.setattr(backend(name).models, "get", None)
    with pytest.raises(MemoryShortError, match=r"^a model and 128 samples of shape \(1024,\) at once"):
        make()


@pytest.mark.parametrize("name", ["keras", "tf"])
@pytest.mark.parametrize(
    ("model", "parameter", "value"),
    [
        ("cnn", "embedding_units", 10**12),
        ("cnn", "filters", [1_000_001]),
        ("vggish", "hidden_units", 10**12),
        ("dense", "units", [10**12]),
        ("bilstm", "vocabulary", 10**12),
    ],
)
def test_no_layer_has_more_than_a_million_units(name, model, parameter, value):
    (problem,) = models_of(name).problems(model, {parameter: value})
    assert f"{model!r}, {parameter}: " in problem
    assert "less than or equal to 1000000" in problem
