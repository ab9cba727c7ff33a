"""Verify and the look over a server of a known language, and over llama.cpp's own with a tiny model."""

import asyncio
import math
from collections.abc import Sequence

import pytest

from rocmtui.core.answers.reading import Answer, Chance, Position
from rocmtui.core.answers.reference import Reference, Way, decode_reference, encode_reference
from rocmtui.core.answers.texts import LOOK
from rocmtui.core.answers.verification import verification_text
from rocmtui.errors import UsageError
from rocmtui.services.answers.look import look
from rocmtui.services.answers.reference import make_passages
from rocmtui.services.answers.verify import verify

WORDS = {text.prompt: f" {text.expected[0]}" for text in LOOK}


class Speaker:
    """A server whose next token is known: one likely, one less so; `bent` makes it another's in company."""

    def __init__(self, way: Way | None = "tokens", *, bent: bool = False, likely: float = 0.7) -> None:
        self._way, self._bent, self._likely = way, bent, likely
        self.under_way = 0
        self.left_in_slot: object = None

    async def way(self) -> Way | None:
        return self._way

    async def ask(
        self,
        prompt: str | Sequence[int],
        tokens: int,
        *,
        way: Way,
        top: int = 20,
        reuse: bool = False,
        slot: int | None = None,
    ) -> Answer | None:
        self.left_in_slot = prompt
        self.under_way += 1
        await asyncio.sleep(0)
        first = WORDS.get(prompt, " a") if isinstance(prompt, str) else " a"
        likely = 0.2 if self._bent and self.under_way > 1 else self._likely
        self.under_way -= 1
        top_two = (Chance(first, math.log(likely), 1), Chance(" b", math.log(0.9 - likely), 2))
        return Answer(first * tokens, (Position(top_two[0], top_two),) * tokens)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        return tuple(range(len(text.split())))

    async def parameters(self) -> int | None:
        return 7_000_000_000

    async def close(self) -> None: ...


async def reference(depths: tuple[int, ...] = (0,)) -> Reference:
    return Reference(made_with="a speaker", passages=await make_passages(Speaker(), "tokens", depths))


async def test_a_server_held_against_itself_is_the_same() -> None:
    found = await verify(Speaker(), await reference((0, 200)), slots=4, max_kl=0.015, subject="it")
    assert found.closeness == "same"
    assert not found.differs
    assert [name for name, _ in found.parts()] == ["alone", "with 4 slots busy", "at a depth of 200"]
    assert found.alone.positions == 192


async def test_right_alone_and_wrong_in_company_is_told() -> None:
    found = await verify(Speaker(bent=True), await reference(), slots=4, max_kl=0.015, subject="it")
    assert found.alone.closeness == "same"
    assert found.busy is not None
    assert found.busy.closeness == "broken"
    assert found.differs
    text = verification_text(found)
    assert text.startswith("answers broken")
    assert "with 4 slots busy" in text
    assert "farthest apart" in text


async def test_a_server_that_takes_no_token_ids_is_led_by_text() -> None:
    found = await verify(Speaker("text"), await reference(), slots=1, max_kl=0.015, subject="it")
    assert (found.way, found.closeness, found.busy) == ("text", "same", None)
    assert "asked by text" in verification_text(found)


async def test_a_chat_is_compared_from_its_beginning() -> None:
    found = await verify(Speaker("chat"), await reference(), slots=1, max_kl=0.015, subject="it")
    assert (found.way, found.alone.closeness) == ("chat", "same")


async def test_the_look_leaves_nothing_a_prompt_could_reuse() -> None:
    speaker = Speaker()
    found = await look(speaker)
    assert found.health == "healthy"
    assert speaker.left_in_slot == (0,)


async def test_a_server_that_cannot_be_asked_is_no_alarm() -> None:
    found = await look(Speaker(None))
    assert (found.health, found.is_nonsense) == ("not known", False)


class Refusing(Speaker):
    """Takes the first question and refuses all others, as a proxy without the model does."""

    async def ask(self, *args: object, **kwargs: object) -> Answer | None:  # type: ignore[override]
        return None


async def test_a_server_that_refuses_the_questions_is_no_alarm() -> None:
    found = await look(Refusing())
    assert (found.health, found.is_nonsense, found.words) == ("not known", False, "")


async def test_a_saved_reference_is_read_again() -> None:
    made = await reference()
    assert decode_reference(encode_reference(made)) == made


@pytest.mark.parametrize("data", [b"", b"{}[", b'{"schema":"rocmtui.report/1"}', b'{"passages":3}'])
def test_what_is_no_reference_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(UsageError):
        decode_reference(data)


class Silent(Speaker):
    """A chat server that tells no probabilities."""

    async def ask(self, *args: object, **kwargs: object) -> Answer | None:  # type: ignore[override]
        answer = await super().ask(*args, **kwargs)  # type: ignore[arg-type]
        return None if answer is None else Answer(answer.text)


async def test_without_probabilities_first_words_are_compared_and_the_rest_said_to_be_unknown() -> None:
    kept = Reference(way="chat", made_with="it", passages=await make_passages(Silent("chat"), "chat"))
    found = await verify(Silent("chat"), kept, slots=1, max_kl=0.006, subject="it")
    assert (found.closeness, found.differs, found.alone.positions) == ("not known", False, 0)
    text = verification_text(found)
    assert "the server tells no probabilities" in text
    assert "same first choice at 100 % of 6 positions" in text
