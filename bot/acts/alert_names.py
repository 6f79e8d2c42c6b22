"""What a person names in a subscription, as Slack knows it: told at once where it knows nothing."""

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.alerts.channels import Channels
from bot.alerts.mentions import Mentions
from bot.delivery import SlackRefused, SlackUnreachable
from bot.visit import Visit
from shared.alerts.wanted import Quiet
from shared.errors import InvalidArguments
from shared.text import one_line

_log = logging.getLogger(__name__)


async def as_known(visit: Visit, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a subscription with the id of its channel, and the person's time zone.

    Raises InvalidArguments or NotThere for names that nobody has.
    """
    found = with_zone(visit, given)
    try:
        await _refuse_strangers(visit, found.get("mention"))
        if str(found.get("channel") or "").startswith("#"):
            channel = await Channels(visit.parts.calls).named(str(found["channel"]))
            found["channel"] = channel.id
    except (SlackRefused, SlackUnreachable) as error:
        # It is looked up again before anything is posted.
        _log.warning("names of a subscription cannot be looked up now: %s", error)
    return found


def with_zone(visit: Visit, given: Mapping[str, Any]) -> dict[str, Any]:
    """Quiet hours are by the clock of whoever gives them, unless another one is named."""
    zone = visit.person.zone
    if not given.get("quiet") or given.get("zone") or zone is None or not _is_known(zone):
        return dict(given)
    return {**given, "zone": zone}


async def _refuse_strangers(visit: Visit, mention: object) -> None:
    unknown = await Mentions(visit.parts.calls).strangers(str(mention or ""))
    if unknown:
        names = ", ".join(one_line(f"@{name}", 80) for name in unknown)
        raise InvalidArguments(
            f"mention: nobody is called {names} here. Choose a person from Slack's list while "
            "typing, or give the handle of a user group, the id of a person or group, or @here."
        )


def _is_known(zone: str) -> bool:
    try:
        Quiet.model_validate({"since": "22:00", "until": "07:00", "zone": zone})
    except ValidationError:
        return False
    return True
