"""The header reader: what it keeps of honest files, and that no bytes at all get the better of it."""

import struct
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rocmtui.core.gguf import cursor as byte_cursor
from rocmtui.core.gguf.header import GgufError, GgufInfo, LongValue, TensorInfo
from rocmtui.core.gguf.parser import parse_gguf
from tests.fakes.gguf_bytes import gguf_bytes, text, value

HONEST = gguf_bytes(
    {
        "general.architecture": "llama",
        "llama.block_count": 2,
        "llama.attention.head_count_kv": (4, 8),
        "llama.rope.freq_base": 10000.0,
        "general.flag": True,
        "tokenizer.ggml.tokens": tuple(f"word{n}" for n in range(500)),
    },
    [("a.weight", (64, 2), 8, 0), ("b.weight", (32,), 0, 160)],
    bytes(160 + 128),
)


def parse(data: bytes) -> GgufInfo:
    return parse_gguf(lambda offset, length: data[offset : offset + length], len(data))


def test_metadata_and_tensor_sizes_of_an_honest_file() -> None:
    info = parse(HONEST)
    assert info.text("general.architecture") == "llama"
    assert info.integer("llama.block_count") == 2
    assert info.integers("llama.attention.head_count_kv") == (4, 8)
    assert info.metadata["llama.rope.freq_base"] == 10000.0
    assert info.length("tokenizer.ggml.tokens") == 500
    assert info.tensors == (
        TensorInfo("a.weight", (64, 2), 8, 0, 136),
        TensorInfo("b.weight", (32,), 0, 160, 128),
    )
    assert info.tensors[0].elements == 128


def test_a_value_of_another_type_reads_as_absent() -> None:
    info = parse(HONEST)
    assert info.text("llama.block_count") is None
    assert info.integer("general.architecture") is None
    assert info.integer("general.flag") is None
    assert info.integers("tokenizer.ggml.tokens") is None
    assert info.length("nothing") is None


def test_long_values_are_counted_not_kept() -> None:
    info = parse(gguf_bytes({"template": "x" * 20_000, "scores": (1.5,) * 5_000, "after": 7}))
    assert info.metadata == {"template": LongValue(20_000), "scores": LongValue(5_000), "after": 7}


def test_strings_across_windows_are_walked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_cursor, "WINDOW_BYTES", 13)
    assert parse(HONEST).tensors[1].name == "b.weight"
    assert parse(gguf_bytes({"tokens": ("", "x" * 40, "y", "")})).length("tokens") == 4


def test_a_newer_quantization_takes_the_room_to_the_next_tensor() -> None:
    data = gguf_bytes(
        {}, [("new", (64,), 200, 0), ("known", (8,), 0, 96), ("last", (64,), 201, 128)], bytes(200)
    )
    assert [tensor.size_bytes for tensor in parse(data).tensors] == [96, 32, 72]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cut off"),
        (b"GGU", "cut off"),
        (b"PK\x03\x04" + bytes(40), "no GGUF file: it begins with b'PK"),
        (b"tjgg" + bytes(40), "older than GGUF"),
        (gguf_bytes({}, version=1), "version 1;"),
        (gguf_bytes({}, version=4), "version 4;"),
        (gguf_bytes({}, version=0x03000000), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63), "claims 9223372036854775808 keys"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 0), "1099511627776 tensors"),
        (gguf_bytes({"general.alignment": 24}), "power of two"),
        (gguf_bytes({"general.alignment": 0}), "power of two"),
        (gguf_bytes({}, [("cut", (64,), 0, 0)], bytes(100)), "cut off: tensor 'cut' lacks 156 bytes"),
        (gguf_bytes({}, [("odd", (63,), 8, 0)], bytes(100)), "no whole number of Q8_0 blocks"),
        (gguf_bytes({}, [("deep", (1,) * 5, 0, 0)], bytes(100)), "has 5 dimensions"),
        (gguf_bytes({}, [("twin", (1,), 0, 0)] * 2, bytes(100)), "tensor 'twin' twice"),
        (gguf_bytes({}, [("n" * 300, (1,), 0, 0)], bytes(100)), "name is 300 bytes"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(GgufError) as caught:
        parse(data)
    assert words in caught.value.message


def one_key(raw_value: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("key") + raw_value


@pytest.mark.parametrize(
    ("raw_value", "words"),
    [
        (struct.pack("<IIQ", 9, 8, 2**60), "claims 1152921504606846976 strings"),
        (struct.pack("<IIQ", 9, 8, 5_000_000), "cut off"),
        (struct.pack("<IIQ", 9, 4, 2**62), "cut off"),
        (struct.pack("<IIQQ", 9, 9, 1, 0), "unknown type 9"),
        (struct.pack("<IQ", 8, 2**64 - 1), "cut off"),
        (struct.pack("<IIQQ", 9, 8, 1, 2**64 - 1), "cut off"),
        (struct.pack("<I", 99), "unknown type 99"),
    ],
)
def test_absurd_lengths_cost_nothing(raw_value: bytes, words: str) -> None:
    data = one_key(raw_value)
    tracemalloc.start()
    try:
        with pytest.raises(GgufError) as caught:
            parse(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert words in caught.value.message
    assert peak < 200_000


def test_a_header_that_never_ends_is_given_up_on() -> None:
    start = one_key(struct.pack("<IIQ", 9, 8, 7_999_999))
    size = 1 << 40
    read_bytes = 0

    def read(offset: int, length: int) -> bytes:
        nonlocal read_bytes
        read_bytes += length
        return (start[offset:] + (struct.pack("<Q", 1 << 20) * (length // 8 + 1)))[:length]

    with pytest.raises(GgufError, match="more than 512 MiB"):
        parse_gguf(read, size)
    assert read_bytes < 2 << 30


def test_a_file_that_shrinks_while_it_is_read_is_an_error() -> None:
    with pytest.raises(GgufError, match="became shorter"):
        parse_gguf(lambda offset, length: HONEST[offset:12], len(HONEST))


def complaint(data: bytes) -> str:
    """What the reader says of a file; empty where it accepts it. Anything but a GgufError fails the test."""
    try:
        parse(data)
    except GgufError as error:
        return error.message
    return ""


@given(st.binary(max_size=300))
@example(HONEST)
def test_any_bytes_give_a_result_or_one_line(tail: bytes) -> None:
    for data in (tail, b"GGUF\x03\x00\x00\x00" + tail, one_key(tail), HONEST[:24] + tail):
        assert "\n" not in complaint(data)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.integers(0, 255)), max_size=8),
    st.integers(0, len(HONEST)),
)
def test_a_damaged_file_gives_a_result_or_one_line(changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(HONEST)
    for position, byte in changes:
        damaged[position] = byte
    assert len(complaint(bytes(damaged))) < 400
    assert len(complaint(bytes(damaged[:cut]))) < 400


def test_every_cut_of_the_header_is_an_error() -> None:
    for length in range(0, len(HONEST), 7):
        with pytest.raises(GgufError):
            parse(HONEST[:length])


def test_value_writer_of_the_tests_is_checked_by_the_parser() -> None:
    assert parse(one_key(value((True, False)))).integers("key") == (1, 0)
