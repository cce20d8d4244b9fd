"""Headers that contradict themselves: each field changed once, and honest forms that only look odd."""

import struct

import numpy as np
import pytest
import soundfile

from utils.data.audio_features import AudioSettings
from utils.decoding.sound_file import decode
from utils.errors import DataError

SETTINGS = AudioSettings(sample_rate=8000)
WHO = "its header contradicts itself: it tells of "


def written(path, form="WAV", kind="PCM_16", channels=1, frames=1000):
    samples = np.random.default_rng(0).standard_normal((frames, channels)) * 0.1
    soundfile.write(path, samples, 8000, format=form, subtype=kind)
    return bytearray(path.read_bytes())


def refused(path, content):
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        decode(path, SETTINGS)
    return str(error.value)


@pytest.mark.parametrize(
    ("place", "form", "value", "message"),
    [
        (24, "<I", 8001, "8,001 Hz with 2 bytes each, and 16,000 bytes a second"),
        (28, "<I", 0, "8,000 Hz with 2 bytes each, and 0 bytes a second"),
        (40, "<I", 1000, "1,000 bytes of sound, and what follows is no chunk"),
        (40, "<I", 1996, "1,996 bytes of sound, and 4 more follow"),
        (40, "<I", 0x80000000, "2,147,483,648 bytes of sound in 2,044 of the file"),
    ],
)
def test_a_wav_with_one_other_number(tmp_path, place, form, value, message):
    content = written(tmp_path / "a.wav")
    struct.pack_into(form, content, place, value)
    assert refused(tmp_path / "a.wav", content) == WHO + message


def test_a_wav_of_one_byte_a_sample_without_its_last(tmp_path):
    """A padding byte would be zero."""
    content = written(tmp_path / "a.wav", kind="PCM_U8")
    struct.pack_into("<I", content, 40, 999)
    assert refused(tmp_path / "a.wav", content) == f"{WHO}999 bytes of sound, and 1 more follow"


def test_a_wav_of_unknown_length_with_a_chunk_behind(tmp_path):
    content = written(tmp_path / "a.wav")
    content += b"LIST\x04\0\0\0INFO"
    struct.pack_into("<I", content, 4, len(content) - 8)
    struct.pack_into("<I", content, 40, 0xFFFFFFFF)
    assert refused(tmp_path / "a.wav", content) == f"{WHO}sound without a known end, and a chunk 'LIST' behind it"


@pytest.mark.parametrize("behind", [b"LIST\x04\0\0\0INFO", b"id3 \x03\0\0\0abc\0"])
def test_chunks_behind_the_sound_and_bytes_behind_the_file_are_none_of_it(tmp_path, behind):
    content = written(tmp_path / "a.wav", frames=999, kind="PCM_U8") + behind
    struct.pack_into("<I", content, 4, len(content) - 8)
    (tmp_path / "a.wav").write_bytes(bytes(content) + b"bytes that a program left")
    assert len(decode(tmp_path / "a.wav", SETTINGS)) == 999


@pytest.mark.parametrize(
    ("form", "kind", "channels"),
    [("WAV", "IMA_ADPCM", 1), ("WAV", "PCM_24", 2), ("WAVEX", "FLOAT", 2), ("RF64", "PCM_16", 1), ("AIFF", "PCM_U8", 1),
     ("AIFF", "ULAW", 2), ("AU", "PCM_16", 1), ("W64", "PCM_16", 1), ("CAF", "PCM_16", 1), ("FLAC", "PCM_24", 2),
     ("OGG", "VORBIS", 2), ("FLAC", "PCM_S8", 1)],
)  # fmt: skip
def test_honest_forms(tmp_path, form, kind, channels):
    written(tmp_path / "a", form, kind, channels)
    assert len(decode(tmp_path / "a", SETTINGS)) == soundfile.info(tmp_path / "a").frames


def test_an_aiff_with_one_other_number(tmp_path):
    content = written(tmp_path / "a.aiff", "AIFF")
    place = content.find(b"COMM")
    other = bytearray(content)
    struct.pack_into(">I", other, place + 10, 999)
    assert refused(tmp_path / "a.aiff", other).startswith(f"{WHO}999 samples of 1 × 2 bytes, 2,000 bytes of sound")
    content[place + 21] ^= 1
    assert refused(tmp_path / "a.aiff", content).startswith(f"{WHO}a rate of 8,000 Hz, and the decoder found 8,000")


@pytest.mark.parametrize(
    ("bit", "message"),
    [
        (44, "its header contradicts its sound: 8,001 Hz, 1 channels of 16 bits, and 8,000 Hz, 1 channels of 16 bits"),
        (3, "its header contradicts its sound: it tells of 992 samples, and the last part ends elsewhere"),
    ],
)
def test_a_flac_with_one_other_bit(tmp_path, bit, message):
    content = written(tmp_path / "a.flac", "FLAC")
    content[18:26] = (int.from_bytes(content[18:26], "big") ^ 1 << bit).to_bytes(8, "big")
    assert refused(tmp_path / "a.flac", content) == message


def test_a_flac_of_many_blocks_ends_where_it_says(tmp_path):
    written(tmp_path / "a.flac", "FLAC", "PCM_16", 2, 100_000)
    assert len(decode(tmp_path / "a.flac", SETTINGS)) == 100_000


def test_pages_of_ogg(tmp_path):
    content = bytes(written(tmp_path / "a.ogg", "OGG", "VORBIS", frames=100_000))
    pages = [b"OggS" + page for page in content.split(b"OggS")[1:]]
    assert len(pages) > 4
    damaged = bytearray(content)
    damaged[len(content) - 50] ^= 1
    path = tmp_path / "b.ogg"
    assert refused(path, damaged).endswith("of its Ogg stream is damaged: its sum is wrong")
    assert refused(path, b"".join(pages[:3] + pages[4:])) == "its Ogg stream lacks a page before page 4"
    assert refused(path, b"".join(pages[:4] + pages[3:])) == "its Ogg stream lacks a page before page 5"
    (tmp_path / "b.ogg").write_bytes(content + b"bytes that a program left")
    assert len(decode(path, SETTINGS)) == 100_000
