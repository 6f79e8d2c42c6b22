"""What a person does with a modal, as Slack reports it."""

from typing import Any

from bot.forms import Draft, FieldErrors, Submitted, submitted, view
from sandbox.slack.checks import check_view

type Json = dict[str, Any]

_KEYS = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "radio_buttons": "selected_option",
    "static_select": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
}
_INITIAL = {
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "value": "initial_value",
}


def shown(draft: Draft) -> Json:
    """The modal, after Slack's own checks, of a draft that was kept in between."""
    modal = view(Draft.of(draft.kept()), "draft-1")
    check_view(modal, "modal")
    return modal


def inputs(modal: Json) -> dict[str, Json]:
    """The input blocks by their labels."""
    return {block["label"]["text"]: block for block in inputs_of(modal)}


def untouched(modal: Json) -> dict[str, dict[str, Json]]:
    """The state of a modal that nobody has typed into."""
    return {
        block["block_id"]: {block["element"]["action_id"]: _held(block["element"])}
        for block in inputs_of(modal)
    }


def state(modal: Json, **typed: Any) -> dict[str, dict[str, Json]]:
    """The state after typing into the fields of these labels (`_` for a space)."""
    by_label = {label.replace(" ", "_"): block for label, block in inputs(modal).items()}
    filled = untouched(modal)
    for label, choice in typed.items():
        block = by_label[label]
        element = block["element"]
        filled[block["block_id"]] = {element["action_id"]: _held(element, choice)}
    return filled


def inputs_of(modal: Json) -> list[Json]:
    """The input blocks."""
    return [block for block in modal["blocks"] if block["type"] == "input"]


def _held(element: Json, choice: Any = None) -> Json:
    key = _KEYS.get(element["type"], "value")
    if choice is None:
        value = element.get(_INITIAL[key], [] if key == "selected_options" else None)
    elif key == "selected_option":
        value = _options(element)[choice]
    elif key == "selected_options":
        value = [_options(element)[each] for each in choice]
    else:
        value = choice
    return {"type": element["type"], key: value}


def _options(element: Json) -> dict[str, Json]:
    groups = [element, *element.get("option_groups", [])]
    return {each["value"]: each for group in groups for each in group.get("options", [])}


def send(draft: Draft, **typed: Any) -> Submitted | FieldErrors:
    """What comes of filling in and sending."""
    return submitted(draft, state(shown(draft), **typed))


def sent(draft: Draft, **typed: Any) -> Json:
    """The arguments that sending asks for."""
    answer = send(draft, **typed)
    assert isinstance(answer, Submitted), answer
    return answer.arguments


def refused(draft: Draft, **typed: Any) -> dict[str, str]:
    """The errors that sending brings, by the labels of their fields."""
    answer = send(draft, **typed)
    assert isinstance(answer, FieldErrors), answer
    labels = {block["block_id"]: label for label, block in inputs(shown(draft)).items()}
    return {labels[block_id]: words for block_id, words in answer.errors.items()}


def words(modal: Json) -> str:
    """All text of the modal that is no field."""
    return repr([block for block in modal["blocks"] if block["type"] != "input"])
