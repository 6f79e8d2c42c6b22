"""What happens to an open form when something in it is pressed."""

import json
from collections.abc import Mapping
from typing import Any

from bot.forms.answers import State
from bot.forms.draft import Draft
from bot.forms.elements import VALUE
from bot.forms.form import Form
from bot.forms.view import HANDLER, TOGGLE
from shared.errors import InvalidArguments


def changed(draft: Draft, action: Mapping[str, Any], state: State) -> Draft:
    """The draft after a press: its view is to be shown in the place of the present one.

    Raises InvalidArguments for a press that is not one of the form's.
    """
    match action.get("action_id"):
        case "form:toggle":
            return _toggled(draft, state)
        case "form:handler":
            return _handler(draft, action)
    raise InvalidArguments("This form is from an older version. Open it again.")


def _toggled(draft: Draft, state: State) -> Draft:
    made = draft.input_form()
    if made is None:
        return draft
    return _to_form(draft, made, state) if made.raw else _to_json(draft, made, state)


def _to_json(draft: Draft, made: Form, state: State) -> Draft:
    known = {"given": made.sketch(state), "exact": True, "raw": True}
    return _next(draft, **known, text=None)


def _to_form(draft: Draft, made: Form, state: State) -> Draft:
    if made.text is None:
        return _next(draft, raw=False)
    written = ((state.get(f"{made.prefix}.json") or {}).get(VALUE) or {}).get("value") or ""
    try:
        value = json.loads(written) if written.strip() else {}
    except (ValueError, RecursionError) as error:
        why = f"This is not valid JSON, so it has no form yet: {error}"
        return _next(draft, text=written, alert=why)
    if not isinstance(value, dict):
        return _next(draft, text=written, alert="Only a JSON object has a form.")
    return _next(draft, given=value, exact=True, raw=False, text=None)


def _handler(draft: Draft, action: Mapping[str, Any]) -> Draft:
    number = str((action.get("selected_option") or {}).get("value", ""))
    if not number.isdecimal() or int(number) >= len(draft.choices):
        raise InvalidArguments("This form is from an older version. Open it again.")
    chosen = draft.choices[int(number)]
    return choose(draft, chosen.name)


def choose(draft: Draft, name: str) -> Draft:
    """The draft for one of its choices."""
    chosen = next(each for each in draft.choices if each.name == name)
    return _next(
        draft,
        choosing=name,
        arguments={**draft.arguments, "name": name},
        schema_=chosen.input_schema,
        takes_input=True,
        given=draft.given if draft.choosing is None else {},
        exact=False,
        raw=False,
        text=None,
    )


def _next(draft: Draft, **changes: Any) -> Draft:
    plain = {"alert": None, "turn": draft.turn + 1}
    return draft.model_copy(update={**plain, **changes})


__all__ = ["HANDLER", "TOGGLE", "changed", "choose"]
