"""What a load process is told: the messages on its stdin."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.conversation import Conversation
from rocmtui.core.load.said import StopReason
from rocmtui.core.load.scenario import Prompt, Scenario, Target


class StartLoad(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="start"):
    """First command to a load process. It holds all it needs: no files are shared."""

    scenario: Scenario
    target: Target
    prompts: tuple[Prompt, ...]
    """Used in order, again from the start when they run out."""
    warmup_prompts: tuple[Prompt, ...] = ()
    """What warm-up requests send in turn, where that is another thing."""
    neighbour_prompts: tuple[Prompt, ...] = ()
    """What the neighbour of the scenario sends, where this process has one."""
    fed: bool = False
    """They are those of this process's own requests, in order, and more will come in time."""
    process: int = 0
    start_ns: int | None = None
    """When to begin, the same moment for all processes, by the clock of who is told; None: at once."""
    waits: bool = False
    """Begin only when told `Begin`, which says when."""
    lingers: bool = False
    """Tell the time after the load too, until stdin closes."""
    keep_stamps: bool = False
    """Whether the records say when each event came."""


class UseKey(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="key"):
    """The API key; it travels in no environment and on no command line, and is never shown."""

    key: str

    def __repr__(self) -> str:
        return "UseKey(key=...)"


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="begin"):
    """Begin a load that waits, at this moment of your clock."""

    start_ns: int


class AskTime(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ask_time"):
    """Tell the time by your clock; `asked_ns` comes back with it."""

    asked_ns: int


class AddPrompts(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="prompts"):
    """The next prompts of a process that is fed."""

    prompts: tuple[Prompt, ...]


class AddConversations(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="conversations"):
    """The next conversations of a process, in their order."""

    conversations: tuple[Conversation, ...]
    last: bool = False
    """Whether no more will come."""


class SetConcurrency(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="concurrency"):
    """Change the number of workers; a worker taken away finishes its request."""

    concurrency: int


class SetRate(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="rate"):
    """Change the rate of an open loop from now on."""

    rate: float


class Pause(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="pause"):
    """Send nothing new; requests under way go on."""


class Resume(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="resume"):
    """Send again."""


class StopLoad(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="stop"):
    """End the load; requests under way are cancelled (their sockets closed)."""

    reason: StopReason = "stopped"
    message: str = ""


LoadCommand = (
    StartLoad
    | UseKey
    | Begin
    | AskTime
    | AddPrompts
    | AddConversations
    | SetConcurrency
    | SetRate
    | Pause
    | Resume
    | StopLoad
)
