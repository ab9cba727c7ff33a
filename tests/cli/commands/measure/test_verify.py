"""`rocmtui verify` over llama.cpp's own server: exit codes, what is kept, figures checked independently."""

import json
import math
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rocmtui.cli.main import main
from tests.cli.commands.measure.test_load_truth import known_server
from tests.fakes.embedded_server import embedded_server

pytestmark = pytest.mark.llama


def completion(url: str, prompt: list[int], n: int) -> dict[str, object]:
    body = {
        "prompt": prompt,
        "n_predict": n,
        "temperature": 0,
        "n_probs": 20,
        "cache_prompt": True,
        "id_slot": 0,
    }
    request = urllib.request.Request(f"{url}/completion", json.dumps(body).encode())
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def test_a_server_is_its_own_reference(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "good.json"
    with embedded_server(tiny_model, slots=2) as url, embedded_server(tiny_model, slots=1) as other:
        assert main(["verify", "--url", url, "--save", str(saved), "--quiet"]) == 0
        assert main(["verify", "--url", url, "--against", str(saved), "--quiet", "--json", "-"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert main(["verify", "--url", url, "--against", other, "--quiet"]) == 0
    assert found["alone"]["closeness"] == found["busy"]["closeness"] == "same"
    assert found["alone"]["same_first"] > 0.95


def test_the_figures_are_those_of_the_raw_replies(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reference bent by hand, so that there is a distance, worked out again from what the server says."""
    saved = tmp_path / "bent.json"
    with embedded_server(tiny_model, slots=1) as url:
        assert main(["verify", "--url", url, "--save", str(saved), "--quiet"]) == 0
        reference = json.loads(saved.read_text())
        passage = reference["passages"][0]
        passage["positions"] = passage["positions"][:6]
        for place in passage["positions"]:
            for rank, one in enumerate(place["top"]):
                one["logprob"] -= 0.1 * (rank % 3)
        reference["passages"] = [passage]
        saved.write_text(json.dumps(reference))
        words = ["verify", "--url", url, "--against", str(saved), "--quiet", "--json", "-"]
        main(words)
        found = json.loads(capsys.readouterr().out)["alone"]
        ids, by_hand = list(passage["prompt_ids"]), []
        for place in passage["positions"]:
            here = completion(url, ids, 1)["completion_probabilities"][0]["top_logprobs"]  # type: ignore[index]
            by_hand.append(kl(place["top"], here))
            ids.append(place["chosen"]["id"])
    assert found["positions"] == 6
    assert found["mean_kl"] == pytest.approx(sum(by_hand) / 6, rel=0.01)
    assert found["max_kl"] == pytest.approx(max(by_hand), rel=0.01)
    assert found["mean_kl"] > 0


def kl(reference: list[dict[str, Any]], here: list[dict[str, Any]]) -> float:
    p = {one["id"]: math.exp(one["logprob"]) for one in reference}
    q = {one["id"]: math.exp(one["logprob"]) for one in here}
    filled = {key: q.get(key, min(q.values())) for key in p}
    rest_p, rest_q = (max(1 - sum(cells.values()), 1e-9) for cells in (p, filled))
    return sum(p[k] * math.log(p[k] / filled[k]) for k in p) + rest_p * math.log(rest_p / rest_q)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "http://127.0.0.1:9"], "against what?"),
        (["--url", "http://127.0.0.1:9", "--against", "cpu"], "needs the model's file"),
        (["-m", "TINY", "--against", "no-such-file"], "no such file"),
        (["-m", "TINY", "--max-kl", "-1"], "out of range"),
        ([], "nothing to verify"),
    ],
)
def test_bad_input_is_one_line(
    tiny_model: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *(str(tiny_model) if word == "TINY" else word for word in words)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def loaded(
    capsys: pytest.CaptureFixture[str], *words: str, server: Sequence[str] = ()
) -> tuple[int, dict[str, Any]]:
    with known_server("--ttft-ms=1", "--itl-ms=0.5", *server) as url:
        asked = ["load", "--url", url, "--requests", "2", "--max-tokens", "4", "--quiet", "--json", "-"]
        code = main([*asked, *words])
    return code, json.loads(capsys.readouterr().out)


def test_a_server_that_answers_nonsense_meets_no_slo(capsys: pytest.CaptureFixture[str]) -> None:
    slo = ("--slo", "ttft_p95<10s")
    code, report = loaded(capsys, *slo)
    assert (code, report["answers"]["health"], report["slo"][0]["met"]) == (0, "healthy", True)
    code, report = loaded(capsys, *slo, server=["--nonsense"])
    assert (code, report["answers"]["health"], report["slo"][0]["met"]) == (3, "nonsense", False)
    assert report["audit"]["warnings"][0].startswith("the server answers nonsense: after 'One, two,")
    code, report = loaded(capsys, *slo, "--no-verify", server=["--nonsense"])
    assert (code, report.get("answers")) == (0, None)


def test_the_look_is_in_no_figure_of_the_load(capsys: pytest.CaptureFixture[str]) -> None:
    _, report = loaded(capsys)
    assert report["requests"]["sent"] == 2
    assert report["metrics"]["cached_tokens"]["max"] == 0


def test_right_alone_and_wrong_among_others_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rocmtui.services.answers.company.EVERY_S", 0.02)
    words = ("--verify-under-load", "--requests", "20", "--max-tokens", "40")
    _, report = loaded(capsys, *words, server=["--bent"])
    assert report["answers"]["health"] == "healthy"
    assert report["answers_under_load"]["of"] > report["answers_under_load"]["right"]
    assert report["audit"]["warnings"][0].startswith("right alone, wrong with ")
    _, report = loaded(capsys, *words)
    assert report["answers_under_load"]["of"] == report["answers_under_load"]["right"] > 0
    assert report["requests"]["sent"] == 20


def test_a_look_leaves_nothing_that_a_prompt_could_reuse(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for flags in ((), ("--no-verify",)):
        with embedded_server(tiny_model, slots=2) as url:
            shape = ("--requests", "5", "--concurrency", "1", "--prompt-tokens", "40", "--max-tokens", "4")
            reuse = ("--cache-prompt", "--shared-prefix", "20", "--nonce", "abc")
            assert main(["load", "--url", url, *shape, *reuse, "--quiet", "--json", "-", *flags]) == 0
        found.append(json.loads(capsys.readouterr().out)["metrics"]["cached_tokens"])
    assert found[0] == found[1]
    assert found[0]["min"] == 0
