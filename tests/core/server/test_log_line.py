"""How bad a line of llama-server's log is."""

import pytest

from rocmtui.core.server.log_line import level_of


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
