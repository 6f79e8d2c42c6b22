"""How the bot is doing, for machines: Prometheus metrics and a health page."""

from bot.metrics.pages import serving
from bot.metrics.watched import watched

__all__ = ["serving", "watched"]
