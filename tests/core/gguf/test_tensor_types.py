"""Our table of tensor and file types against the one of the gguf package."""

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from rocmtui.core.gguf.tensor_types import FILE_TYPES, GGML_TYPES


def test_every_tensor_type_has_the_published_size() -> None:
    published = {int(kind): (kind.name, *sizes) for kind, sizes in GGML_QUANT_SIZES.items()}
    # The package gives Q8_1 the 40 bytes it had in 2023; ggml.h has had 36 since. No file holds it.
    published[GGMLQuantizationType.Q8_1] = ("Q8_1", 32, 36)
    ours = {number: tuple(kind) for number, kind in GGML_TYPES.items()}
    assert ours == published


def test_every_file_type_has_its_published_name() -> None:
    published = {int(kind): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in LlamaFileType}
    del published[LlamaFileType.GUESSED]
    assert published == FILE_TYPES
