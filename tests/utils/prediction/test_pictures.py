"""New pictures: the pixels that training made of its own, and no silent change of size."""

import numpy as np
import pytest
from PIL import Image

from utils.data.image_files import read_pixels
from utils.prediction import pictures
from utils.prediction.pictures import Pictures


def draw(folder, sizes):
    rng = np.random.default_rng(0)
    for number, (height, width) in enumerate(sizes):
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(folder / f"{number}.png")


@pytest.mark.parametrize(("channels", "word"), [(1, "grey"), (3, "rgb")])
def test_where_the_run_scaled_its_own_they_are_scaled(tmp_path, channels, word, monkeypatch):
    monkeypatch.setattr(pictures, "_BYTES_TOGETHER", 2 * 4 * 4 * 5 * channels)
    draw(tmp_path, [(4, 5), (8, 3), (9, 9)])
    batches = list(Pictures(tmp_path, (4, 5, channels), scales=True).batches())
    assert [list(batch.names) for batch in batches] == [["0.png", "1.png"], ["2.png"]]
    expected = [read_pixels(tmp_path / f"{number}.png", (4, 5), word) for number in range(3)]
    assert np.array_equal(np.concatenate([batch.features for batch in batches]), expected)


def test_where_it_did_not_another_size_is_rejected(tmp_path):
    draw(tmp_path, [(4, 5), (8, 3)])
    data = Pictures(tmp_path, (4, 5, 3), scales=False)
    (batch,) = data.batches()
    assert batch.names == ["0.png"]
    reason = "is 8 × 3 pixels (height × width), the model was trained on 4 × 5; scale it as you would have scaled the run's own"
    assert data.rejected == [("1.png", reason)]


def test_a_table_may_list_them(tmp_path):
    (tmp_path / "below").mkdir()
    draw(tmp_path / "below", [(4, 5)])
    (tmp_path / "new.csv").write_text("path,label\nbelow/0.png,\n")
    (batch,) = Pictures(tmp_path / "new.csv", (4, 5, 3), scales=False).batches()
    assert batch.names == ["below/0.png"]
