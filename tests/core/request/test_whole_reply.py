"""Replies that come whole: embeddings and rerank."""

from __future__ import annotations

import pytest

from rocmtui.core.request.reply import WholeReply, read_whole


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        (b'{"data":[{"embedding":[1,2]},{"embedding":[3]}],"usage":{"prompt_tokens":9}}', WholeReply(2, 9)),
        (b'{"results":[{"index":0}],"usage":{"total_tokens":4}}', WholeReply(1, 4)),
        (b'{"data":[]}', WholeReply(0, None)),
        (b'{"choices":[]}', None),
        (b"<html>", None),
        (b"[1]", None),
    ],
)
def test_replies(body: bytes, reply: WholeReply | None) -> None:
    assert read_whole(body) == reply
