"""Replies with probabilities, in the shapes servers give them."""

from rocmtui.core.answers.reading import Chance, Position, read_choices, read_completion


def test_llama_servers_own_completion() -> None:
    answer = read_completion(
        b'{"content":" seven","tokens":[6819],"completion_probabilities":[{"id":6819,"token":" seven",'
        b'"bytes":[32],"logprob":-0.5,"top_logprobs":[{"id":6819,"token":" seven","logprob":-0.5}]}]}'
    )
    seven = Chance(" seven", -0.5, 6819)
    assert answer is not None
    assert (answer.text, answer.positions, answer.tokens) == (" seven", (Position(seven, (seven,)),), (6819,))


def test_null_is_kept_as_what_it_is() -> None:
    answer = read_completion(b'{"content":"","completion_probabilities":[{"token":"","logprob":null}]}')
    assert answer is not None
    assert answer.positions is not None
    assert answer.positions[0].chosen.logprob is None


def test_chat_and_the_older_completions() -> None:
    chat = read_choices(
        b'{"choices":[{"message":{"content":"7"},"logprobs":{"content":[{"token":"7","logprob":-0.1,'
        b'"top_logprobs":[{"token":"7","logprob":-0.1}]}]}}]}'
    )
    older = read_choices(
        b'{"choices":[{"text":"7","logprobs":{"tokens":["7"],"token_logprobs":[-0.1],'
        b'"top_logprobs":[{"7":-0.1}]}}]}'
    )
    assert chat == older


def test_a_server_without_probabilities_and_one_that_is_none() -> None:
    plain = read_choices(b'{"choices":[{"message":{"content":null,"reasoning_content":"hm"}}]}')
    assert plain is not None
    assert (plain.text, plain.positions) == ("hm", None)
    assert read_choices(b"<html>") is None
    assert read_choices(b'{"choices":[]}') is None
    assert read_completion(b'{"content":[1]}') is None
    assert read_completion(b'{"error":{"message":"no such model"}}') is None
