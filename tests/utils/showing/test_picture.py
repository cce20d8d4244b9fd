"""Pictures: upright, in sizes that suit a page, from files and from features."""

import io

import numpy as np
import pytest
from PIL import Image

from utils.errors import DataError
from utils.showing.picture import show_file, show_pixels


def opened(shown):
    assert shown.kind == "image"
    image = Image.open(io.BytesIO(shown.picture))
    assert image.format == "PNG"
    return image


def saved(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1, 1), (256, 256)),
        ((28, 28), (280, 280)),
        ((200, 130), (400, 260)),
        ((255, 10), (510, 20)),
        ((256, 3), (256, 3)),
        ((1024, 700), (1024, 700)),
        ((2048, 1000), (1024, 500)),
        ((4000, 1), (1024, 1)),
    ],
)
def test_sizes(tmp_path, size, shown):
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    found = show_file(saved(tmp_path / "a.png", pixels))
    received = opened(found)
    assert (received.size, received.mode, found.note) == (shown, "RGB", f"{size[0]:,} × {size[1]:,} pixels")
    if size[0] <= 1024:
        factor = shown[0] // size[0]
        np.testing.assert_array_equal(np.asarray(received)[::factor, ::factor], pixels)
        np.testing.assert_array_equal(np.asarray(received)[factor - 1 :: factor, factor - 1 :: factor], pixels)


def test_a_lying_picture_stands_up_and_tells_nothing_else(tmp_path):
    exif = Image.Exif()
    exif[0x112], exif[0x010E] = 6, "taken at home"
    pixels = np.zeros((256, 300, 3), np.uint8)
    pixels[:, :150] = 255
    received = opened(show_file(saved(tmp_path / "a.png", pixels, exif=exif)))
    assert received.size == (256, 300)
    assert np.asarray(received)[0, 0].tolist() == [255] * 3
    assert np.asarray(received)[-1, 0].tolist() == [0] * 3
    assert not received.getexif()


def test_kinds_of_files(tmp_path):
    grey = np.arange(256 * 256, dtype=np.uint16).reshape(256, 256)
    received = opened(show_file(saved(tmp_path / "deep.png", grey)))
    assert received.mode == "L"
    np.testing.assert_array_equal(np.asarray(received), np.round(grey / 257))
    clear = np.full((256, 256, 4), 77, np.uint8)
    assert opened(show_file(saved(tmp_path / "clear.png", clear))).mode == "RGB"
    assert opened(show_file(saved(tmp_path / "grey.jpg", clear[..., 0]))).mode == "L"


@pytest.mark.parametrize(
    ("pixels", "mode", "first"),
    [
        ([[[0.0], [1.0]]], "L", [0, 255]),
        ([[[0.2, 0.4, 1.0], [0, 0, 0]]], "RGB", [[51, 102, 255], [0, 0, 0]]),
        ([[[0.2, 0.4, 1.0, 0.5], [0, 0, 0, 0]]], "RGB", [[51, 102, 255], [0, 0, 0]]),
        ([[[0.2, 0.6], [0, 0]]], "L", [102, 0]),
        ([[[-3.0], [5.0], [1.0]]], "L", [0, 255, 128]),
        ([[[7.0], [7.0]]], "L", [0, 0]),
    ],
)
def test_features(pixels, mode, first):
    images = np.array([np.zeros_like(pixels), pixels], np.float32)
    received = opened(show_pixels(images, 1))
    assert received.mode == mode
    factor = received.size[0] // len(first)
    assert np.asarray(received)[0, ::factor].tolist() == first


def test_the_same_bytes_again(tmp_path):
    path = saved(tmp_path / "a.png", np.random.default_rng(1).integers(0, 256, (40, 30), np.uint8))
    assert show_file(path) == show_file(path)


@pytest.mark.parametrize(("content", "reason"), [(b"text", "not an image, or none of PNG"), (None, "cannot be decoded")])
def test_what_cannot_be_shown(tmp_path, content, reason):
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as error:
        show_file(path)
    assert str(error.value).startswith(f"{path}: cannot be shown: {reason}")
