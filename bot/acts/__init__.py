"""What requests do: commands of the bot itself by name, and otherwise operations."""

from collections.abc import Awaitable, Callable, Mapping

from bot.acts import (
    alert_buttons,
    alerts,
    answering,
    doctor,
    forms,
    homes,
    opening,
    showing,
    watching,
)
from bot.acts.operate import BY_NAME, operate
from bot.grammar import LAUNCHER
from bot.visit import Visit
from shared.errors import InvalidArguments

type Act = Callable[[Visit], Awaitable[None]]

ACTS: Mapping[str, Act] = {
    "acknowledge_alert": alert_buttons.acknowledge,
    "answer_alert": alert_buttons.answer,
    "close_alert": alert_buttons.close,
    "create_alert_subscription": alerts.subscribe,
    "delete_alert_subscription": alerts.unsubscribe,
    "diagnose_alert": alert_buttons.diagnose,
    "edit_alert_subscription": alerts.edit,
    "list_alert_subscriptions": alerts.list_here,
    "list_alerts": alerts.firing,
    "mute_alert_subscription": alerts.mute,
    "open_alert": alert_buttons.open_alert,
    "reset_alert": alert_buttons.reset,
    "show_alert_subscription": alerts.show,
    "start_alert_again": alert_buttons.start_again,
    "test_alert_subscription": alerts.test,
    "unmute_alert_subscription": alerts.unmute,
    "update_alert_subscription": alerts.save,
    "answer_question": answering.answer_question,
    "audit": showing.show_audit,
    "dismiss": showing.dismiss,
    "doctor": doctor.show_doctor,
    "help": showing.show_help,
    "open_answer": answering.open_answer,
    "open_form": forms.reopen_form,
    "open_home": homes.publish_home,
    LAUNCHER: opening.open_launcher,
    "open_launcher": opening.open_launcher,
    "open_query": opening.open_query,
    "open_reset": opening.open_reset,
    "open_signal": opening.open_signal,
    "open_start": opening.open_start,
    "open_terminate": opening.open_terminate,
    "open_update": opening.open_update,
    "result": showing.show_result,
    "unwatch": watching.unwatch,
    "watch": watching.watch,
    "watch_message": watching.watch_message,
    "watches": watching.watches,
    "whoami": showing.show_who,
}


async def act(visit: Visit) -> None:
    """Do what is asked; raises OpsError."""
    unnamed = visit.request.name == "start_workflow" and not visit.arguments.get("workflow")
    own = ACTS["open_launcher"] if unnamed else ACTS.get(visit.request.name)
    if own is not None:
        await own(visit)
    elif visit.request.name in BY_NAME:
        await operate(visit)
    else:
        raise InvalidArguments("This button is from an older version. Type the command instead.")
