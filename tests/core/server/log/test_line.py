"""How bad a line of llama-server's log is."""

import pytest

from rocmtui.core.server.log.line import is_chatter, level_of


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("0.02.199.912 I slot   operator(): id  3 | task 3 | new prompt", "info"),
        ("0.07.882.776 W srv          stop: cancel task, id_task = 3", "warning"),
        ("0.00.100.000 E srv  load_model: failed to load", "error"),
        ("0.00.100.000 D que  post: new task, id = 0, error = 0", "debug"),
        ("W load: control-looking token: 212 '</s>' was not control-type", "warning"),
        ("ggml_backend_cuda_buffer_type_alloc_buffer: allocating 18641 MiB: out of memory", "error"),
        ("GGML_ASSERT(n > 0) failed", "error"),
        ("warning: no usable GPU found", "warning"),
        ("main: server is listening on http://127.0.0.1:8080", "info"),
        ("slot print_timing: prompt eval time = 341.20 ms", "info"),
        ("", "info"),
    ],
)
def test_levels(line: str, level: str) -> None:
    assert level_of(line) == level


def test_a_huge_line_is_judged_by_its_start() -> None:
    assert level_of("x" * 10_000_000 + " error") == "info"


@pytest.mark.parametrize(
    ("line", "chatter"),
    [
        ("0.10.615.047 I slot print_timing: id  1 | task 6 | prompt processing", True),
        ("slot launch_slot_: id  0 | task 7 | processing task", True),
        ("srv  log_server_r: done request: POST /v1/chat/completions 127.0.0.1 200", True),
        ("0.32.004.887 I srv  server_strea: conv_id= (empty=1)", True),
        ("\ttop_k = 40, top_p = 0.950, min_p = 0.050", True),
        ("0.10.615.047 W slot update_slots: id  1 | context shift", False),
        ("srv  update_slots: decode failed, error = -1", False),
        ("load_tensors: offloaded 49/49 layers to GPU", False),
        ("srv  load_model: loading model '/m.gguf'", False),
        ("main: server is listening on http://127.0.0.1:8080", False),
        ("", False),
    ],
)
def test_what_a_server_says_of_every_request_is_chatter_and_no_warning_is(
    line: str, *, chatter: bool
) -> None:
    assert is_chatter(line) is chatter
