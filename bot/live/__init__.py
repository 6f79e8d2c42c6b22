"""Live cards of executions, and the threads below them."""

from bot.live.card import Notes, card
from bot.live.live import Live
from bot.live.rows import Watched
from bot.live.telling import ALL, STATE, Rhythm

__all__ = ["ALL", "STATE", "Live", "Notes", "Rhythm", "Watched", "card"]
