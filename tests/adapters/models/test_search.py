"""Finding models in every place people keep them, on small folders made for the purpose."""

import json
from pathlib import Path

import pytest

from rocmtui.adapters.models.search import ModelSearch, find_models, resolve_model
from rocmtui.errors import UsageError
from tests.fakes.gguf_bytes import gguf_bytes

GOOD = gguf_bytes({"general.architecture": "llama", "llama.block_count": 1}, [("a", (32,), 0, 0)], bytes(128))
CLIP = gguf_bytes({"general.architecture": "clip"}, [("a", (32,), 0, 0)], bytes(128))


def put(path: Path, content: bytes = GOOD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(search: ModelSearch) -> list[str]:
    return [model.name for model in search.models]


def test_nothing_anywhere_says_where_it_looked(isolated_home: Path) -> None:
    search = find_models()
    assert (search.models, search.broken) == ((), ())
    looked_in = {place.path: place.problem for place in search.looked_in}
    assert looked_in[str(isolated_home / ".ollama/models")] == "does not exist"
    assert looked_in[str(isolated_home / "cache/huggingface/hub")] == "does not exist"


def test_given_folders_are_searched_four_levels_deep(tmp_path: Path) -> None:
    put(tmp_path / "b.gguf")
    put(tmp_path / "1/2/3/4/Deep.GGUF")
    put(tmp_path / "1/2/3/4/5/too-deep.gguf")
    put(tmp_path / ".hidden/no.gguf")
    put(tmp_path / "readme.md", b"text")
    assert names(find_models([tmp_path])) == ["b", "Deep"]


def test_a_given_file_is_taken_itself(tmp_path: Path) -> None:
    assert names(find_models([put(tmp_path / "one.gguf")])) == ["one"]


def test_links_are_followed_once_and_circles_end(tmp_path: Path) -> None:
    put(tmp_path / "real/m.gguf")
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    (tmp_path / "real/loop").symlink_to(tmp_path)
    (tmp_path / "other.gguf").symlink_to(tmp_path / "real/m.gguf")
    assert len(find_models([tmp_path]).models) == 1


def test_helpers_of_models_and_partial_downloads_are_left_out(tmp_path: Path) -> None:
    for name in ("mmproj-F16.gguf", "x.imatrix.gguf", "eagle3-head.gguf", "a.gguf.part", "b.gguf.incomplete"):
        put(tmp_path / name)
    put(tmp_path / "looks-like-a-model.gguf", CLIP)
    search = find_models([tmp_path])
    assert (search.models, search.broken) == ((), ())


def test_broken_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    put(tmp_path / "cut.gguf", GOOD[:-50])
    put(tmp_path / "empty.gguf", b"")
    put(tmp_path / "web.gguf", b"<!DOCTYPE html>")
    (tmp_path / "gone.gguf").symlink_to(tmp_path / "nowhere")
    reasons = {Path(model.path).name: model.reason for model in find_models([tmp_path]).broken}
    assert reasons == {
        "cut.gguf": "is cut off: tensor 'a' lacks 50 bytes",
        "empty.gguf": "is empty",
        "gone.gguf": "points to a file that is gone",
        "web.gguf": "is no GGUF file: it begins with b'<!DO'",
    }


def test_a_split_model_is_one_model_of_all_its_parts(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path / f"big-0000{number}-of-00003.gguf")
    (model,) = find_models([tmp_path]).models
    assert (model.name, model.parts, model.n_params) == ("big", 3, 96)
    assert model.file_bytes == 3 * len(GOOD)
    assert model.path.endswith("big-00001-of-00003.gguf")
    assert model.problem is None


def test_missing_parts_are_said(tmp_path: Path) -> None:
    put(tmp_path / "one-00001-of-00002.gguf")
    put(tmp_path / "many-00001-of-00009.gguf")
    put(tmp_path / "headless-00002-of-00002.gguf")
    put(tmp_path / "renamed.gguf", gguf_bytes({"general.architecture": "llama", "split.count": 2}))
    search = find_models([tmp_path])
    assert [(model.name, model.problem) for model in search.models] == [
        ("many", "8 of 9 parts are missing, the first is part 2: download them again"),
        ("one", "part 2 of 2 is missing: download it again"),
    ]
    assert sorted(model.reason for model in search.broken) == [
        "is one of 2 parts, but its name does not say so",
        "is part 2 of 2, and part 1 is missing",
    ]


def test_hugging_face_cache_by_its_snapshots(isolated_home: Path) -> None:
    repository = isolated_home / "cache/huggingface/hub/models--org--repo"
    blob = put(repository / "blobs/abc")
    put(repository / "blobs/def.incomplete", GOOD[:50])
    for sha in ("1111", "2222"):
        snapshot = repository / "snapshots" / sha / "Q4"
        snapshot.mkdir(parents=True)
        (snapshot / "m.gguf").symlink_to(blob)
    projector = put(repository / "snapshots/1111/Q4/mmproj-BF16.gguf", CLIP)
    put(projector.with_name("mmproj-F16.gguf"), CLIP)
    (model,) = find_models().models
    assert (model.name, model.found_in) == ("m", "Hugging Face cache")
    assert Path(model.mmproj or "").name == "mmproj-F16.gguf"


@pytest.mark.parametrize(
    ("variable", "value", "file"),
    [
        ("HF_HUB_CACHE", "hub", "hub/models--o--r/snapshots/s/m.gguf"),
        ("HF_HOME", "hf", "hf/hub/models--o--r/snapshots/s/m.gguf"),
        ("LLAMA_CACHE", "lc", "lc/models--o--r/snapshots/s/m.gguf"),
        ("LLAMA_CACHE", "lc", "lc/m.gguf"),
    ],
)
def test_variables_that_move_the_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, file: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / value))
    put(tmp_path / file)
    assert names(find_models()) == ["m"]


def test_llama_cpp_and_lm_studio_folders(isolated_home: Path) -> None:
    put(isolated_home / "cache/llama.cpp/org_repo_m.gguf")
    put(isolated_home / ".lmstudio/models/pub/repo/s.gguf")
    put(isolated_home / ".lmstudio/models/pub/repo/mmproj-s.gguf", CLIP)
    found = {model.name: (model.found_in, model.mmproj is not None) for model in find_models().models}
    assert found == {"org_repo_m": ("llama.cpp cache", False), "s": ("LM Studio", True)}


def test_ollama_by_its_manifests(isolated_home: Path) -> None:
    root = isolated_home / ".ollama/models"
    digest = "a" * 64
    put(root / f"blobs/sha256-{digest}")
    put(root / "blobs/sha256-unfinished-partial", b"")

    def manifest(path: str, layer_digest: str) -> None:
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": layer_digest}
        put(root / "manifests" / path, json.dumps({"schemaVersion": 2, "layers": [layer]}).encode())

    manifest("registry.ollama.ai/library/gemma/2b", f"sha256:{digest}")
    manifest("evil/x/y/z", "sha256:../../../etc/passwd")
    manifest("hf.co/org/lost/q4", f"sha256:{'b' * 64}")
    put(root / "manifests/registry.ollama.ai/library/broken/1", b"{nonsense")
    search = find_models()
    assert [(model.name, model.found_in) for model in search.models] == [("gemma:2b", "Ollama")]
    assert [model.reason for model in search.broken] == ["points to a file that is gone"]


def test_a_folder_that_is_no_folder_is_said(tmp_path: Path) -> None:
    place, *_ = find_models([tmp_path / "none"]).looked_in
    assert (place.kind, place.problem) == ("given", "does not exist")


def test_a_model_is_meant_by_its_path_or_its_name(tmp_path: Path) -> None:
    path = put(tmp_path / "gemma-3-270m.gguf")
    assert resolve_model(str(path)) == path
    assert resolve_model("gemma-3-270m", [tmp_path]) == path
    for near in ("gema-3-270m", "gema"):
        with pytest.raises(UsageError) as caught:
            resolve_model(near, [tmp_path])
        assert caught.value.remedy == "did you mean 'gemma-3-270m'?"
    with pytest.raises(UsageError) as caught:
        resolve_model("other")
    assert "rocmtui models" in (caught.value.remedy or "")


def test_the_real_models(tiny_model: Path, demo_model: Path) -> None:
    tiny, gemma = (
        next(model for model in find_models([path]).models if model.path == str(path))
        for path in (tiny_model, demo_model)
    )
    assert (tiny.architecture, tiny.quantization, tiny.n_ctx_train) == ("llama", "F32", 32_768)
    assert (gemma.architecture, gemma.quantization, gemma.n_params) == ("gemma3", "Q4_K_M", 268_098_176)
