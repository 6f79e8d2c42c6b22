"""A form that was sent: the operation it asks for, or what is wrong with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.forms.answers import State
from bot.forms.draft import INPUT, Draft
from bot.forms.form import FieldErrors, Form, sentence_of
from bot.forms.written import same
from shared.errors import InvalidArguments
from shared.explain import problem
from shared.operations import OPERATIONS
from shared.operations.alerts import update_alert_subscription
from shared.operations.schedule_body import times_body, window_body

_SCHEDULES = ("create_schedule", "update_schedule")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The operation that a person asked for, checked as far as it can be without asking the API."""

    name: str
    arguments: dict[str, Any]


def submitted(draft: Draft, state: State) -> Submitted | FieldErrors:
    """What a sent form asks for; raises InvalidArguments where no field can be blamed."""
    made, options = draft.input_form(), draft.options_form()
    if made is not None and made.refused:
        raise InvalidArguments(made.refused)
    arguments = dict(draft.arguments)
    errors: dict[str, str] = {}
    if options is not None:
        errors |= _read(options, state, arguments, draft)
    if made is not None:
        errors |= _read_input(made, state, arguments, draft)
    errors = errors or _refusals(draft, arguments, options)
    return _told(draft, errors) if errors else Submitted(draft.name, arguments)


def _read(options: Form, state: State, arguments: dict[str, Any], draft: Draft) -> dict[str, str]:
    answer = options.read(state)
    if isinstance(answer, FieldErrors):
        return answer.errors
    for name, value in answer.value.items():
        if name not in draft.unchanged or not same(draft.unchanged[name], value):
            arguments[name] = value
    return {}


def _read_input(
    made: Form, state: State, arguments: dict[str, Any], draft: Draft
) -> dict[str, str]:
    answer = made.read(state)
    if isinstance(answer, FieldErrors):
        return answer.errors
    unchanged = INPUT in draft.unchanged and answer.value == draft.unchanged[INPUT]
    # A handler without a schema may take nothing at all, which an empty object is not.
    needless = not answer.value and not draft.schema_ and draft.choosing is not None
    if not unchanged and not needless:
        arguments[INPUT] = answer.value
    return {}


def _refusals(draft: Draft, arguments: dict[str, Any], options: Form | None) -> dict[str, str]:
    """What the operation itself would refuse, at the field that it is about."""
    known = (*OPERATIONS, update_alert_subscription)
    operation = next((each for each in known if each.name == draft.name), None)
    if operation is None:
        return {}
    try:
        params = operation.params.model_validate(arguments)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [(str(each["loc"][0]) if each["loc"] else "", problem(each)) for each in details]
        return _at_fields(found, options)
    return _schedule_refusals(draft, params, options)


def _schedule_refusals(draft: Draft, params: BaseModel, options: Form | None) -> dict[str, str]:
    if draft.name not in _SCHEDULES:
        return {}
    try:
        given: Any = params
        window_body(given, datetime.now(UTC))
        times_body(given)
    except InvalidArguments as error:
        return _at_fields([("timezone", str(error))], options)
    return {}


def _at_fields(found: list[tuple[str, str]], options: Form | None) -> dict[str, str]:
    fields = options.layout.fields if options else ()
    places = {each.path[0]: f"{options.prefix}.{at}" for at, each in enumerate(fields) if options}
    errors: dict[str, str] = {}
    for name, words in found:
        errors.setdefault(places.get(name) or next(iter(places.values()), ""), sentence_of(words))
    return errors


def _told(draft: Draft, errors: dict[str, str]) -> FieldErrors:
    """Errors at blocks that the view has; Slack ignores those at others."""
    shown = [f"{each.prefix}.{at}" for each, at in _places(draft)]
    if set(errors) <= set(shown):
        return FieldErrors(errors)
    words = " ".join(errors.values())
    if not shown:
        raise InvalidArguments(words)
    known = {at: said for at, said in errors.items() if at in shown}
    lost = " ".join(said for at, said in errors.items() if at not in shown)
    first = shown[0]
    return FieldErrors({**known, first: f"{known.get(first, '')} {lost}".strip()})


def _places(draft: Draft) -> list[tuple[Form, int | str]]:
    made = [each for each in (draft.input_form(), draft.options_form()) if each is not None]
    raw: list[tuple[Form, int | str]] = [
        (each, "json") for each in made if each.raw and each.text is not None
    ]
    return [*raw, *((f, at) for f in made if not f.raw for at in range(len(f.layout.fields)))]
