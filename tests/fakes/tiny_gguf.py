"""A llama model of random weights, small enough to build in a test run and to decode thousands of tok/s.

Its text means nothing, but it is text: only whole words are ever sampled, never bytes or the end token,
so a reply is as long as was asked for and every token is visible. English splits into words and letters.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

N_LAYERS = 2
N_EMBD = 128
N_HEADS = 2
N_KV_HEADS = 1
HEAD_SIZE = N_EMBD // N_HEADS
N_FEED_FORWARD = 256
N_CTX_TRAIN = 32_768

VOCABULARY = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had
an they which one you were her all she there would their we him been has when who will more no if
out so said what up its about into than them can only other new some could time these two may then
do first any my now such like our over man me even most made after also did many before must through
back years where much your way well down should because each just those people how too little state
good very make world still own see men work long get here between both life being under never day
same another know while last might us great old year off come since against go came right used take
three count tell story short write river stone light water green night morning paper letter model
token slot server memory answer question silver garden window
"""
WORDS = VOCABULARY.split()
PUNCTUATION = ".,!?;:'\"()-\n"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SPACE = "\u2581"

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message.role + ': ' + message.content + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}"
)


def write_tiny_gguf(path: Path, *, seed: int = 1) -> None:
    """Write the model; the same seed gives the same file."""
    pieces = _pieces()
    writer = gguf.GGUFWriter(path, "llama")
    _add_header(writer, len(pieces))
    _add_tokenizer(writer, pieces)
    sampled = np.array([_is_word(piece) for piece, _ in pieces])
    for name, weights in _tensors(np.random.default_rng(seed), sampled).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _pieces() -> list[tuple[str, gguf.TokenType]]:
    """Every prefix of a word is a piece, because the tokenizer builds a word letter by letter."""
    special = [
        ("<unk>", gguf.TokenType.UNKNOWN),
        ("<s>", gguf.TokenType.CONTROL),
        ("</s>", gguf.TokenType.CONTROL),
    ]
    bytes_ = [(f"<0x{value:02X}>", gguf.TokenType.BYTE) for value in range(256)]
    words = [SPACE + word[:length] for word in WORDS for length in range(len(word) + 1)]
    plain = dict.fromkeys([*words, *PUNCTUATION.replace("\n", ""), *LETTERS])
    return special + bytes_ + [(piece, gguf.TokenType.NORMAL) for piece in plain]


def _is_word(piece: str) -> bool:
    return piece.startswith(SPACE) and piece[1:] in WORDS


def _add_header(writer: gguf.GGUFWriter, vocabulary: int) -> None:
    writer.add_name("rocmtui tiny")
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_block_count(N_LAYERS)
    writer.add_context_length(N_CTX_TRAIN)
    writer.add_embedding_length(N_EMBD)
    writer.add_feed_forward_length(N_FEED_FORWARD)
    writer.add_head_count(N_HEADS)
    writer.add_head_count_kv(N_KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HEAD_SIZE)
    writer.add_vocab_size(vocabulary)


def _add_tokenizer(writer: gguf.GGUFWriter, pieces: list[tuple[str, gguf.TokenType]]) -> None:
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([piece for piece, _ in pieces])
    writer.add_token_scores([float(len(piece)) for piece, _ in pieces])
    writer.add_token_types([kind for _, kind in pieces])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(True)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensors(source: np.random.Generator, sampled: np.ndarray) -> dict[str, np.ndarray]:
    def random(*shape: int) -> np.ndarray:
        return source.normal(0, 0.05, shape).astype(np.float32)

    ones = np.ones(N_EMBD, dtype=np.float32)
    embedding, output = random(len(sampled), N_EMBD), random(len(sampled), N_EMBD)
    # The first dimension is the same for every token and survives the norms: the head reads it as a bias.
    embedding[:, 0] = 4.0
    output[:, 0] = np.where(sampled, 0.0, -20.0)
    tensors = {"token_embd.weight": embedding, "output_norm.weight": ones, "output.weight": output}
    for layer in range(N_LAYERS):
        tensors |= {
            f"blk.{layer}.attn_norm.weight": ones,
            f"blk.{layer}.attn_q.weight": random(N_HEADS * HEAD_SIZE, N_EMBD),
            f"blk.{layer}.attn_k.weight": random(N_KV_HEADS * HEAD_SIZE, N_EMBD),
            f"blk.{layer}.attn_v.weight": random(N_KV_HEADS * HEAD_SIZE, N_EMBD),
            f"blk.{layer}.attn_output.weight": random(N_EMBD, N_HEADS * HEAD_SIZE),
            f"blk.{layer}.ffn_norm.weight": ones,
            f"blk.{layer}.ffn_gate.weight": random(N_FEED_FORWARD, N_EMBD),
            f"blk.{layer}.ffn_up.weight": random(N_FEED_FORWARD, N_EMBD),
            f"blk.{layer}.ffn_down.weight": random(N_EMBD, N_FEED_FORWARD),
        }
    return tensors
