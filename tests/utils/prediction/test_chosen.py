"""Which samples a run can be asked about, what of its folder makes features, and the sentence where that is none."""

import numpy as np
import pytest

from tests.utils.prediction.folders import make_run
from utils.errors import DamagedRunError, DataError
from utils.prediction.arrays import Arrays
from utils.prediction.chosen import new_data
from utils.prediction.pictures import Pictures
from utils.prediction.recordings import Recordings
from utils.prediction.trained_run import TrainedRun

HEADER = "column,mean,deviation,category\n"


def opened(folder, path, **params):
    return new_data(TrainedRun.read(make_run(folder / "run_1", **params)), path)


@pytest.mark.parametrize("dataset", ["audio_folders", "fsdd", "esc50", "speech_commands", "urbansound8k"])
def test_recordings_are_for_every_set_of_recordings(tmp_path, dataset):
    (tmp_path / "new.wav").touch()
    data = opened(tmp_path, tmp_path / "new.wav", dataset=dataset, num_bands=8, num_frames=11, use_delta=False)
    assert isinstance(data, Recordings)
    assert data.sample_shape == (8, 11, 1)


@pytest.mark.parametrize("dataset", ["image_folders", "digits", "keras_mnist", "npz"])
def test_pictures_are_for_every_set_of_images(tmp_path, dataset):
    for name, kind in (("new.png", Pictures), ("new.npz", Arrays)):
        (tmp_path / name).touch()
        data = opened(tmp_path / name.partition(".")[2], tmp_path / name, dataset=dataset)
        assert isinstance(data, kind)
        assert data.sample_shape == (6, 5, 1)


def test_rows_of_numbers_come_in_an_archive_alone(tmp_path):
    (tmp_path / "new.csv").touch()
    with pytest.raises(DataError, match=r"the model was trained on samples of shape \(3,\), which only a \.npz file can hold"):
        opened(tmp_path, tmp_path / "new.csv", dataset="npz", shown={"sample_shape": [3]})


def test_images_need_the_shape_that_the_run_wrote_down(tmp_path):
    (tmp_path / "new.png").touch()
    with pytest.raises(
        DamagedRunError, match=r"params\.json: does not say which shape samples have; give the run's own command"
    ):
        opened(tmp_path, tmp_path / "new.png", shown={"sample_shape": None})


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"dataset": "imagefolders"}, "there is no data set 'imagefolders'; did you mean image_folders"),
        ({"data_params": {"image_size": "large"}}, "data set 'image_folders', image_size: received 'large'"),
    ],
)
def test_a_data_set_that_is_none_is_refused(tmp_path, params, sentence):
    with pytest.raises(DamagedRunError) as caught:
        opened(tmp_path, tmp_path, **params)
    assert sentence in str(caught.value)


class TestTexts:
    def read(self, tmp_path, words, text="good bad, Good new", dataset="text_folders", **options):
        (tmp_path / "new.txt").write_text(text, encoding="utf-8")
        folder = make_run(tmp_path / "run_1", dataset=dataset, data_params={"length": 5} | options)
        if words is not None:
            (folder / "vocabulary.txt").write_text(words, encoding="utf-8")
        return new_data(TrainedRun.read(folder), tmp_path / "new.txt")

    def test_words_have_the_numbers_of_their_lines(self, tmp_path):
        (batch,) = self.read(tmp_path, "bad\ngood\n").batches()
        assert batch.features.tolist() == [[3, 2, 3, 1, 0]]
        assert batch.names == ["new.txt"]

    def test_or_columns(self, tmp_path):
        (batch,) = self.read(tmp_path, "bad\ngood\nnice\n", vectorise="multi_hot", vocabulary=5).batches()
        assert batch.features.tolist() == [[1, 1, 1, 0, 0]]

    def test_white_space_beyond_ascii_ends_no_word(self, tmp_path):
        (batch,) = self.read(tmp_path, "x\u2028y\nz\n", "z x\u2028y").batches()
        assert batch.features.tolist() == [[3, 2, 0, 0, 0]]

    def test_without_a_vocabulary_there_are_no_features(self, tmp_path):
        with pytest.raises(DamagedRunError, match=r"vocabulary\.txt: is missing, and new samples cannot be made into features"):
            self.read(tmp_path, None)

    @pytest.mark.parametrize("words", ["bad\ngood", "bad\n\ngood\n", "a\nb\nc\nd\n"])
    def test_one_that_no_run_writes_is_refused(self, tmp_path, words):
        with pytest.raises(DamagedRunError, match=r"vocabulary\.txt: expected at most 3 words, one a line; restore the file"):
            self.read(tmp_path, words, vocabulary=5)

    @pytest.mark.parametrize("dataset", ["keras_imdb", "keras_reuters"])
    def test_ranks_of_words_say_nothing_of_new_texts(self, tmp_path, dataset):
        with pytest.raises(DataError, match=f"the data set '{dataset}' tells words by numbers alone, so new texts mean"):
            self.read(tmp_path, "17\n4\n", dataset=dataset)

    def test_texts_may_consist_of_numbers(self, tmp_path):
        (batch,) = self.read(tmp_path, "17\n4\n", "4 17 4").batches()
        assert batch.features.tolist() == [[3, 2, 3, 0, 0]]

    def test_texts_of_many_columns_are_taken_a_few_at_a_time(self, tmp_path, monkeypatch):
        monkeypatch.setattr("utils.prediction.texts._NUMBERS_TOGETHER", 11)
        self.read(tmp_path, "bad\n")
        (tmp_path / "new.csv").write_text("text\nbad\nnew\nbad\n", encoding="utf-8")
        texts = new_data(TrainedRun.read(tmp_path / "run_1"), tmp_path / "new.csv")
        assert [batch.names for batch in texts.batches()] == [["row 2", "row 3"], ["row 4"]]


class TestTables:
    def read(self, tmp_path, content, cells="b,a,c\n3,x,1\n"):
        (tmp_path / "new.csv").write_text(cells, encoding="utf-8")
        folder = make_run(tmp_path / "run_1", dataset="table_csv", task="regression")
        (folder / "standardisation.csv").write_text(content, encoding="utf-8")
        return new_data(TrainedRun.read(folder), tmp_path / "new.csv")

    def test_numbers_are_standardised_and_categories_become_columns(self, tmp_path):
        (batch,) = self.read(tmp_path, f"{HEADER}a,,,w\na,,,x\nb,1.0,4.0,\nc,0.5,0.25,\n").batches()
        assert batch.features.tolist() == [[0, 1, 0.5, 2]]
        assert batch.features.dtype == np.float32

    def test_one_column_is_enough(self, tmp_path):
        (batch,) = self.read(tmp_path, f"{HEADER}b,1.0,4.0,\n", "b\n3\n5\n").batches()
        assert batch.features.tolist() == [[0.5], [1]]
        assert batch.names == ["row 2", "row 3"]

    def test_a_missing_column_is_named(self, tmp_path):
        with pytest.raises(DataError) as caught:
            self.read(tmp_path, f"{HEADER}b,1.0,4.0,\nd,1.0,4.0,\ne,,,x\n")
        assert str(caught.value) == (
            f"{tmp_path / 'new.csv'}: row 1 names no column 'd' and no column 'e', which the model was trained on; received b, "
            "a, c"
        )

    @pytest.mark.parametrize(
        "content",
        [
            "", HEADER, "column,mean\nb,1\n", f"{HEADER}b,1.0\n", f"{HEADER}b,one,1.0,\n", f"{HEADER}b,1.0,0.0,\n",
            f"{HEADER}b,nan,1.0,\n", f"{HEADER}b,1.0,inf,\n", f"{HEADER}b,1.0,1.0,\nb,1.0,1.0,\n", f'{HEADER}"b,1.0,1.0,\n',
        ],
    )  # fmt: skip
    def test_means_that_no_run_writes_are_refused(self, tmp_path, content):
        with pytest.raises(DamagedRunError, match=r"standardisation\.csv: is not what a run writes.*; restore the file"):
            self.read(tmp_path, content)

    @pytest.mark.parametrize("cells", ["b\n", "", "\n"])
    def test_a_table_without_rows_is_refused(self, tmp_path, cells):
        with pytest.raises(DataError, match="has no row below its header"):
            self.read(tmp_path, f"{HEADER}b,1.0,4.0,\n", cells)
