"""Is everything well with Slack, with the API, with the store, and with the work in it?"""

from bot.doctor.doctor import Doctor

__all__ = ["Doctor"]
