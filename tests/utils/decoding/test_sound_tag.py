"""MP3s of which the tag of the encoder was altered, and honest ones of other encoders."""

import numpy as np
import pytest
import soundfile

from utils.data.audio_features import AudioSettings
from utils.decoding.sound_file import decode, read_length
from utils.decoding.sound_tag import check_mp3
from utils.errors import DataError

SETTINGS = AudioSettings(sample_rate=8000)
CHECKSUM = "its header contradicts itself: the checksum of what its encoder tells of the length does not fit"
NAME = "its header contradicts itself: the name of its encoder does not stand where it tells"
TAG = 4 + 9
"""Where the tag lies in a mono file of 8,000 Hz: behind the header of its frame and what tells of the channel."""
ENCODER = TAG + 8 + 4 + 4 + 100 + 4


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    path = tmp_path_factory.mktemp("mp3") / "clip.mp3"
    soundfile.write(path, np.random.default_rng(0).standard_normal(1500) * 0.1, 8000)
    return path.read_bytes()


def saved(tmp_path, content):
    (tmp_path / "clip.mp3").write_bytes(content)
    return tmp_path / "clip.mp3"


def checksum(content):
    value = 0
    for bit in (byte >> place & 1 for byte in content for place in range(8)):
        value = value >> 1 ^ 0xA001 * ((value & 1) ^ bit)
    return value.to_bytes(2, "big")


def tagged(frame, place, encoder, covered):
    """A frame whose tag is of that `encoder`, with its checksum over so many bytes."""
    content = bytearray(frame.ljust(400, b"\x55"))
    content[place : place + 8] = b"Xing" + (0b1111).to_bytes(4, "big")
    start = place + 8 + 112
    content[start : start + 36] = encoder.ljust(36, b"\0")
    content[start + 34 : start + 36] = checksum(content[:covered])
    return bytes(content)


def test_no_changed_bit_of_the_tag_changes_the_length(tmp_path, honest):
    length = len(decode(saved(tmp_path, honest), SETTINGS))
    reasons = set()
    for place in [*range(TAG, TAG + 16), *range(ENCODER, ENCODER + 36)]:
        for bit in range(8):
            altered = bytearray(honest)
            altered[place] ^= 1 << bit
            try:
                assert len(decode(saved(tmp_path, altered), SETTINGS)) == length, f"bit {bit} of byte {place}"
            except DataError as error:
                reasons.add(str(error))
    assert {CHECKSUM, NAME} <= reasons


@pytest.mark.parametrize("read", [decode, read_length])
def test_other_padding_is_noticed_by_the_header_alone(tmp_path, honest, read):
    altered = bytearray(honest)
    altered[ENCODER + 22] ^= 0x20
    with pytest.raises(DataError, match=CHECKSUM):
        read(saved(tmp_path, altered), SETTINGS)


@pytest.mark.parametrize("tags", [1, 2])
def test_tags_of_names_are_passed_over(tmp_path, honest, tags):
    names = b"ID3\x03\0\0\0\0\x01\x04" + b"\0" * 132
    check_mp3(saved(tmp_path, names * tags + honest))
    altered = bytearray(honest)
    altered[ENCODER + 22] ^= 0x20
    with pytest.raises(DataError, match=CHECKSUM):
        check_mp3(saved(tmp_path, names * tags + altered))


@pytest.mark.parametrize(
    ("head", "place"),
    [
        (b"\xff\xfb\x50\xc4", 21), (b"\xff\xfb\x50\x44", 36), (b"\xff\xf3\x84\xc4", 13), (b"\xff\xf3\x84\x44", 21),
        (b"\xff\xe3\x48\xc4", 13), (b"\xff\xe2\x48\xc4", 15), (b"\xff\xe2\x48\xc4", 13),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoder", [b"LAME3.100", b"Lavf", b"Lavc59.37"])
def test_the_checksums_of_both_encoders_are_known_in_every_kind_of_frame(tmp_path, head, place, encoder):
    before_it = place + 8 + 112 + 34
    for covered in (before_it, 190):
        frame = tagged(head, place, encoder, covered)
        check_mp3(saved(tmp_path, frame))
        with pytest.raises(DataError, match=CHECKSUM):
            check_mp3(saved(tmp_path, frame[: place + 9] + b"\x01" + frame[place + 10 :]))


def test_behind_the_end_of_a_short_frame_there_are_zeros(tmp_path):
    frame = tagged(b"\xff\xf3\x84\xc4".ljust(180, b"\x55").ljust(400, b"\0"), 13, b"Lavc59.37", 190)
    check_mp3(saved(tmp_path, frame[:180] + b"\xff\xf3" * 100))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"RIFF" * 100, b"\xff\xfb\x50\xc4" + b"\0" * 400, b"ID3\x03\0\0\x7f\x7f\x7f\x7f",
        tagged(b"\xff\xfb\x50\xc4", 21, b"other", 30), b"\xff\xfb\x50\xc4" + b"\0" * 17 + b"Info\0\0\0\x0f" + b"\0" * 400,
    ],
    ids=["nothing", "a byte", "another form", "no tag", "a tag of names without end", "another encoder", "no encoder"],
)  # fmt: skip
def test_what_has_no_such_tag_is_left_to_the_decoder(tmp_path, content):
    check_mp3(saved(tmp_path, content))


def test_an_encoder_that_wrote_no_checksum_is_believed(tmp_path):
    frame = bytearray(tagged(b"\xff\xfb\x50\xc4", 21, b"LAME3.100", 30))
    frame[21 + 8 + 112 + 34 : 21 + 8 + 112 + 36] = b"\0\0"
    check_mp3(saved(tmp_path, frame))
