"""The buttons under the card of an execution; never more than five of them are seen."""

from collections.abc import Callable

from bot.blocks import actions
from bot.buttons import button, confirmation, menu
from bot.live.states import Standing
from bot.message import Block
from shared.call import Effect
from shared.text import one_line
from shared.timeline import Picture

type Offers = Callable[[Effect], bool]

_FITS_OPTION = 80
_TROUBLE = (Standing.FAILED, Standing.TIMED_OUT, Standing.TERMINATED)


def controls(picture: Picture, standing: Standing, *, live: bool, offers: Offers) -> Block:
    """The row of buttons for an execution that stands like this."""
    if standing.ended:
        return actions(*_ended(picture, standing, offers))
    return actions(*(_running(picture, offers) if live else _still(picture)))


def _running(picture: Picture, offers: Offers) -> list[Block]:
    me = {"execution_id": picture.execution_id}
    shown = [_logs(picture), _trace(picture)]
    if offers(Effect.DESTRUCTIVE):
        shown.append(_cancel(picture))
    return [*shown, button("Stop watching", "unwatch", me), menu(_more(picture, offers))]


def _still(picture: Picture) -> list[Block]:
    me = {"execution_id": picture.execution_id}
    status = button("Status", "get_execution", me)
    return [status, _logs(picture), _trace(picture), button("Watch again", "watch", me)]


def _ended(picture: Picture, standing: Standing, offers: Offers) -> list[Block]:
    me = {"execution_id": picture.execution_id}
    first = button("Result", "result", me)
    if standing in _TROUBLE:
        first = button("Diagnose", "diagnose_execution", me, style="primary")
    shown = [first, _logs(picture), _trace(picture)]
    if offers(Effect.WRITE):
        again = {"workflow": picture.workflow_name, "like": picture.execution_id}
        shown.append(button("Start again…", "open_start", again))
    if standing in _TROUBLE and offers(Effect.DESTRUCTIVE):
        shown.append(button("Reset…", "open_reset", me))
    return shown


def _more(
    picture: Picture, offers: Offers
) -> dict[str, tuple[str, dict[str, str] | dict[str, list[str]]]]:
    # An option holds 150 characters; whose card it is says the rest.
    fits = len(picture.execution_id) <= _FITS_OPTION
    me = {"execution_id": picture.execution_id} if fits else {}
    us = {"execution_ids": [picture.execution_id]} if fits else {}
    options: dict[str, tuple[str, dict[str, str] | dict[str, list[str]]]] = {
        "History": ("get_execution_history", me),
        "Query…": ("open_query", me),
    }
    if offers(Effect.WRITE):
        options |= {"Signal…": ("open_signal", me), "Update…": ("open_update", me)}
    if offers(Effect.DESTRUCTIVE):
        options["Terminate…"] = ("open_terminate", us)
    return options


def _logs(picture: Picture) -> Block:
    return button("Logs", "get_execution_logs", {"execution_id": picture.execution_id})


def _trace(picture: Picture) -> Block:
    return button("Trace", "get_execution_trace", {"execution_id": picture.execution_id})


def _cancel(picture: Picture) -> Block:
    asked = confirmation(
        "Cancel this execution?",
        f"{one_line(picture.workflow_name, 80)} {one_line(picture.execution_id, 80)} is asked to "
        "stop. What it has done already stays done.",
        "Cancel it",
    )
    given = {"execution_ids": [picture.execution_id]}
    return button("Cancel…", "cancel_executions", given, style="danger", confirm=asked)
