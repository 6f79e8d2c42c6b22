"""Whose subscription may be changed, muted or ended by whom."""

from shared.alerts.subscriptions import Subscription
from shared.call import Effect
from shared.context import Context
from shared.errors import NotAllowed

_SLACK = "slack"


def check_rights(context: Context, known: Subscription) -> None:
    """Pass, or raise NotAllowed: who made it may, and who may do what is destructive.

    A channel counts on its alerts, and would not see that somebody elsewhere turned them off.
    Slack lets the people of the channel change it too, and knows where they stand: it has looked
    at their rights before it comes here.
    """
    if context.actor.kind == _SLACK or known.created_by == context.actor.id:
        return
    if context.policy.offers(Effect.DESTRUCTIVE):
        return
    where = known.named or known.channel
    raise NotAllowed(
        f"The subscription {known.id} of {where} was made by {known.created_name}: ask them, or "
        "change it in Slack in that channel, where everybody may who may write. From here others "
        f"need the level destructive, and have {context.policy.allow}: whoever runs this server "
        "can start it with --allow destructive."
    )
