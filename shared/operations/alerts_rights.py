"""Whose subscription may be changed, muted or ended by whom."""

import re
from dataclasses import replace

from shared.alerts.subscriptions import Subscription
from shared.call import Actor, Effect
from shared.context import Context
from shared.errors import NotAllowed

_SLACK = "slack"
# As people are known to Slack, whose ids are kept as they are.
_PERSON = re.compile(r"[UW][A-Z0-9]{4,}", re.ASCII)
# Nobody was kept like this before ids had kinds: a token may be called `local:ana`.
_WITH_KIND = ("local:", "mcp:")
_LONGEST = 80


def as_kept(actor: Actor) -> Actor:
    """Who acts, under an id that nobody of another kind has: a token may be called like a person
    in Slack."""
    if actor.kind == _SLACK:
        return actor
    return replace(actor, id=f"{actor.kind}:{actor.id}"[:_LONGEST])


def check_rights(context: Context, known: Subscription) -> None:
    """Pass, or raise NotAllowed: who made it may, and who may do what is destructive.

    A channel counts on its alerts, and would not see that somebody elsewhere turned them off.
    Slack lets the people of the channel change it too, and knows where they stand: it has looked
    at their rights before it comes here.
    """
    if context.actor.kind == _SLACK or _is_of(context.actor, known.created_by):
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


def _is_of(actor: Actor, created_by: str) -> bool:
    """Whether they made it; what was kept before ids had kinds is of whoever is called so."""
    if created_by == as_kept(actor).id:
        return True
    has_kind = created_by.startswith(_WITH_KIND) or _PERSON.fullmatch(created_by)
    return created_by == actor.id and not has_kind
