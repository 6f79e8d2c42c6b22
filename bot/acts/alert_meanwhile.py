"""What others did to a subscription while somebody had its form open: nothing of it is lost."""

from collections.abc import Mapping
from typing import Any

from bot.acts.alert_forms import SEEN, as_seen
from bot.acts.alert_rights import changeable
from bot.forms import Draft, edit_form, subscribe_form
from bot.visit import Visit
from shared.alerts import subscriptions
from shared.alerts.subscriptions import Subscription
from shared.alerts.words import written
from shared.errors import OpsError
from shared.operations.alerts_rows import subscription_row

_KEY = "form:"


class ChangedMeanwhile(OpsError):
    """Somebody else was quicker, and nothing was saved."""


async def still_as_seen(visit: Visit) -> None:
    """Pass, or raise ChangedMeanwhile when the subscription is not the one that the form showed.

    The form, which is shown again with these words, then has what both made of it.
    """
    identifier = str(visit.arguments.get("subscription_id", ""))
    store = await visit.parts.database.store()
    async with store.reading() as connection:
        known = await subscriptions.get(connection, identifier)
    if known is not None and not known.is_active:
        await _offer_anew(visit, known)
        raise ChangedMeanwhile(
            f"{identifier} was ended while this form was open, so that nothing could be saved. "
            "Subscribe makes a new one of what is filled in."
        )
    mine = await changeable(visit, identifier)
    if visit.arguments.get(SEEN) not in (None, mine.version):
        await _merge(visit, mine)
        raise ChangedMeanwhile(
            f"{identifier} was changed while this form was open, so that nothing is saved yet. The "
            "form now has those changes and yours; of a field that both changed, yours. Save keeps "
            "it as it stands here."
        )


async def _offer_anew(visit: Visit, ended: Subscription) -> None:
    payload = await _payload(visit)
    kept = {key: each for key, each in payload.items() if key not in ("extra", "base")}
    sent = _filled_in(payload)
    channel = str(visit.arguments.get("channel") or ended.channel)
    draft = subscribe_form(channel).model_copy(update={"options_given": sent})
    await _keep(visit, kept, draft)


async def _merge(visit: Visit, mine: Subscription) -> None:
    payload = await _payload(visit)
    both = _both(payload.get("base") or {}, _filled_in(payload), written(mine.wanted))
    moved = {key: visit.arguments[key] for key in ("channel",) if visit.arguments.get(key)}
    draft = edit_form(subscription_row(mine), {**both, **moved})
    await _keep(visit, {**payload, **as_seen(mine)}, draft)


def _both(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    """Their values, but mine in the fields that I changed."""
    names = dict.fromkeys((*theirs, *mine, *base))
    chosen = {
        name: theirs.get(name) if _same(base.get(name), mine.get(name)) else mine.get(name)
        for name in names
    }
    return {name: value for name, value in chosen.items() if value}


def _same(one: Any, other: Any) -> bool:
    return (one or None) == (other or None)


def _filled_in(payload: Mapping[str, Any]) -> dict[str, Any]:
    sent = payload.get("sent") or {}
    return {key: each for key, each in sent.items() if key not in ("subscription_id", "channel")}


async def _payload(visit: Visit) -> dict[str, Any]:
    return await visit.parts.drafts.payload(_draft_id(visit))


async def _keep(visit: Visit, payload: Mapping[str, Any], draft: Draft) -> None:
    # What was sent is in the form already.
    changed = {**payload, "form": draft.kept(), "sent": {}}
    await visit.parts.drafts.change(_draft_id(visit), changed)


def _draft_id(visit: Visit) -> str:
    return visit.origin.key.removeprefix(_KEY)
