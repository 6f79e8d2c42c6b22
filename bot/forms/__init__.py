"""Forms: JSON Schemas as Slack modals, and what people fill in as arguments of operations.

A form is a `Draft`: `start_form`, `signal_form`, ... make one; `Draft.kept()` goes into the store,
and `view(draft, draft_id)` is its modal. A press inside it (action ids that begin with `form:`)
makes `changed(draft, action, state)`, which is kept and shown in its place; sending it makes
`submitted(draft, state)`.
"""

from bot.forms.alerts import edit_form, subscribe_form
from bot.forms.changed import changed
from bot.forms.choices import Choice, choices, decided
from bot.forms.draft import Draft
from bot.forms.form import FieldErrors, Filled, Form, form
from bot.forms.plain import loading_view, message_view
from bot.forms.start import (
    create_schedule_form,
    launcher_draft,
    launcher_view,
    picked,
    start_form,
    update_schedule_form,
)
from bot.forms.stop import cancel_form, reset_form, terminate_form
from bot.forms.submitted import Submitted, submitted
from bot.forms.talk import answer_form, query_form, signal_form, update_form
from bot.forms.view import CALLBACK, HANDLER, MOST_CHOICES, TOGGLE, WORKFLOW, view

__all__ = [
    "CALLBACK",
    "HANDLER",
    "MOST_CHOICES",
    "TOGGLE",
    "WORKFLOW",
    "Choice",
    "Draft",
    "FieldErrors",
    "Filled",
    "Form",
    "Submitted",
    "answer_form",
    "cancel_form",
    "changed",
    "choices",
    "create_schedule_form",
    "decided",
    "edit_form",
    "form",
    "launcher_draft",
    "launcher_view",
    "loading_view",
    "message_view",
    "picked",
    "query_form",
    "reset_form",
    "signal_form",
    "start_form",
    "submitted",
    "subscribe_form",
    "terminate_form",
    "update_form",
    "update_schedule_form",
    "view",
]
