"""What a person is to see in Slack, before anything knows where or when."""

from dataclasses import dataclass
from typing import Any

type Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload; `snippet_type` is Slack's name of a syntax, such as json or text.

    `instead` is what a picture says, for where Slack takes no file.
    """

    name: str
    content: bytes
    title: str = ""
    snippet_type: str | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `text` is a full sentence for notifications, escaped mrkdwn like the blocks.

    `broadcast` says that the channel is to show a reply, too, which it cannot be told later.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    files: tuple[File, ...] = ()
    broadcast: bool = False
