"""What people mean by `last`, `this`, `#3`, the beginning of an id, or a link."""

from bot.targets.errors import UnclearTarget
from bot.targets.memory import Kind, Memory
from bot.targets.targets import Targets

__all__ = ["Kind", "Memory", "Targets", "UnclearTarget"]
