"""The App Home: what runs, what waits, what failed, and what comes next."""

from bot.home.reading import Overview, read_overview
from bot.home.view import home_view

__all__ = ["Overview", "home_view", "read_overview"]
