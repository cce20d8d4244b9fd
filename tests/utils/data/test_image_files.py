"""Pixels are those that were written, in every format and mode; what is wrong with a file is one sentence."""

import io
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from utils.data.image_files import ImageForm, read_form, read_pixels, strict_decoding
from utils.errors import DataError

RNG = np.random.default_rng(3)
GREY = RNG.integers(0, 256, (5, 7), np.uint8)
COLOUR = RNG.integers(0, 256, (5, 7, 3), np.uint8)


def written(folder, array, suffix, **options):
    path = folder / f"image{suffix}"
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".gif", ".tif", ".pgm"])
def test_grey_images_lose_nothing(tmp_path, suffix):
    path = written(tmp_path, GREY, suffix)
    pixels = read_pixels(path, (5, 7), "grey")
    assert (pixels.dtype, read_form(path)) == (np.float32, ImageForm(5, 7, True))
    np.testing.assert_array_equal(pixels, GREY[..., np.newaxis] / np.float32(255))
    np.testing.assert_array_equal(read_pixels(path, (5, 7), "rgb"), np.repeat(pixels, 3, axis=2))


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".ppm", ".webp"])
def test_coloured_images_lose_nothing(tmp_path, suffix):
    path = written(tmp_path, COLOUR, suffix, **({"lossless": True} if suffix == ".webp" else {}))
    assert read_form(path) == ImageForm(5, 7, False)
    np.testing.assert_array_equal(read_pixels(path, (5, 7), "rgb"), COLOUR / np.float32(255))


def test_colours_become_grey_by_their_brightness(tmp_path):
    pixels = read_pixels(written(tmp_path, COLOUR, ".png"), (5, 7), "grey")
    np.testing.assert_allclose(pixels[..., 0], COLOUR @ [0.299, 0.587, 0.114] / 255, atol=1 / 255)


def test_jpeg_is_near(tmp_path):
    smooth = np.linspace(0, 255, 64).astype(np.uint8).reshape(8, 8)
    np.testing.assert_allclose(read_pixels(written(tmp_path, smooth, ".jpg"), (8, 8), "grey")[..., 0], smooth / 255, atol=0.05)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", ["grey", "rgb"])
def test_16_bits_fill_the_same_range(tmp_path, suffix, channels):
    deep = RNG.integers(0, 65_536, (5, 7), np.uint16)
    path = written(tmp_path, deep, suffix)
    pixels = read_pixels(path, (5, 7), channels)
    assert (read_form(path).grey, pixels.shape) == (True, (5, 7, 1 if channels == "grey" else 3))
    np.testing.assert_allclose(pixels[..., 0], deep / 65_535, rtol=1e-6)


def test_masks_palettes_and_transparency(tmp_path):
    mask = written(tmp_path, Image.fromarray(GREY > 128).convert("1"), ".png")
    np.testing.assert_array_equal(read_pixels(mask, (5, 7), "grey")[..., 0], GREY > 128)
    palette = written(tmp_path, Image.fromarray(COLOUR).quantize(64), ".png")
    expected = np.asarray(Image.open(palette).convert("RGB")) / np.float32(255)
    np.testing.assert_array_equal(read_pixels(palette, (5, 7), "rgb"), expected)
    transparent = written(tmp_path, np.dstack([COLOUR, GREY]), ".png")
    np.testing.assert_array_equal(read_pixels(transparent, (5, 7), "rgb"), COLOUR / np.float32(255))
    assert not read_form(transparent).grey


def test_of_an_animation_the_first_picture(tmp_path):
    frames = [Image.fromarray(np.full((4, 4), shade, np.uint8)) for shade in (10, 200)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(read_pixels(tmp_path / "moving.gif", (4, 4), "grey"), 10 / 255, rtol=1e-6)


@pytest.mark.parametrize(("orientation", "expected"), [(3, np.rot90(GREY, 2)), (6, np.rot90(GREY, -1)), (8, np.rot90(GREY))])
def test_what_a_camera_stored_lying_stands_upright(tmp_path, orientation, expected):
    exif = Image.Exif()
    exif[0x112] = orientation
    path = written(tmp_path, GREY, ".png", exif=exif)
    assert read_form(path) == ImageForm(*expected.shape, True)
    np.testing.assert_array_equal(read_pixels(path, expected.shape, "grey")[..., 0], expected / np.float32(255))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_scaling_keeps_brightness_and_order_of_axes(tmp_path, kind):
    top = np.zeros((40, 20), kind)
    top[:20] = np.iinfo(kind).max
    pixels = read_pixels(written(tmp_path, top, ".png"), (4, 3), "grey")
    assert pixels.shape == (4, 3, 1)
    np.testing.assert_allclose(pixels[[0, 3]], np.reshape([1, 0], (2, 1, 1)) * np.ones((1, 3, 1)), atol=0.01)
    assert pixels.mean() == pytest.approx(0.5, abs=0.01)


def png_of_size(width, height):
    """The beginning of a PNG file that promises so many pixels."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + header + zlib.crc32(header).to_bytes(4, "big") + b"\x00\x00\x00\x00IDAT"


@pytest.mark.parametrize("side", [10_000, 20_000, 100_000])
def test_a_decompression_bomb_is_not_decoded(tmp_path, side):
    (tmp_path / "bomb.png").write_bytes(png_of_size(side, side))
    for read in (read_form, lambda path: read_pixels(path, (8, 8), "grey")):
        with strict_decoding(), pytest.raises(DataError, match=r"^more than 89,478,485 pixels; make it smaller$"):
            read(tmp_path / "bomb.png")


def test_what_cannot_be_decoded(tmp_path):
    path = tmp_path / "image.png"
    path.write_bytes(b"text")
    with pytest.raises(DataError, match=r"^not an image, or none of PNG, JPEG, BMP, GIF, TIFF, WEBP, PPM$"):
        read_form(path)
    with pytest.raises(DataError, match=r"^cannot be decoded \(FileNotFoundError: "):
        read_form(tmp_path / "none.png")
    Image.fromarray(np.zeros((4, 4), np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(DataError, match=r"^pixels of 32 bits have no known largest value; save it with 8 or 16 bits$"):
        read_form(tmp_path / "float.tif")
    path.write_bytes(written(tmp_path, np.tile(GREY, (40, 40)), ".jpg").read_bytes()[:2000])
    with pytest.raises(DataError, match=r"^cannot be decoded \(OSError: image file is truncated"):
        read_pixels(path, (8, 8), "grey")


def test_postscript_is_not_handed_to_its_interpreter(tmp_path):
    Image.fromarray(COLOUR).save(tmp_path / "image.eps")
    (tmp_path / "image.eps").rename(tmp_path / "image.png")
    with pytest.raises(DataError, match="not an image"):
        read_form(tmp_path / "image.png")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM"])
def test_damaged_bytes_give_pixels_or_a_data_error(tmp_path, form):
    buffer, rng, path = io.BytesIO(), np.random.default_rng(0), tmp_path / "image"
    Image.fromarray(np.tile(COLOUR, (3, 3, 1))).save(buffer, form)
    content = buffer.getvalue()
    with strict_decoding():
        for _ in range(150):
            damaged = bytearray(content)
            for place in rng.integers(0, len(content), 3):
                damaged[place] = rng.integers(0, 256)
            path.write_bytes(damaged[: rng.integers(1, len(content) + 1)] if rng.random() < 0.3 else damaged)
            try:
                read_form(path)
                pixels = read_pixels(path, (6, 6), "rgb")
            except DataError:
                continue
            assert pixels.shape == (6, 6, 3)
            assert 0 <= pixels.min() <= pixels.max() <= 1


def test_warnings_are_as_they_were_afterwards():
    before = list(warnings.filters)
    with strict_decoding():
        pass
    assert warnings.filters == before
