"""Whose subscription may be changed by whom."""

from bot.visit import Visit
from shared.alerts import subscriptions
from shared.alerts.subscriptions import Subscription
from shared.call import Effect
from shared.errors import NotAllowed, NotFound


async def subscription_of(visit: Visit, subscription_id: str) -> Subscription:
    """The subscription that is meant; raises NotFound."""
    store = await visit.parts.database.store()
    async with store.reading() as connection:
        found = await subscriptions.get(connection, subscription_id)
    if found is None or not found.is_active:
        raise NotFound(
            f"There is no subscription {subscription_id}. `alerts list` shows those of this "
            "channel, `alerts list channel=all` those of every one."
        )
    return found


async def changeable(visit: Visit, subscription_id: str) -> Subscription:
    """The same for somebody who wants to change it; raises NotFound, NotAllowed.

    Its owner may, everybody who may write may do so in its channel, and admins everywhere.
    """
    visit.person.policy.check_effect("update_alert_subscription", Effect.WRITE)
    found = await subscription_of(visit, subscription_id)
    own = found.created_by == visit.person.id or visit.origin.channel == found.channel
    if own or visit.person.policy.offers(Effect.DESTRUCTIVE):
        return found
    where = found.channel if found.channel.startswith("#") else f"<#{found.channel}>"
    raise NotAllowed(
        f"The subscription {found.id} is of {found.created_name}, and for another channel: ask "
        f"them, or change it in {where}, where everybody may who may write."
    )
