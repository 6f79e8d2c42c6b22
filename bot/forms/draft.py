"""A form that somebody has open: all that its view is made of, kept while they fill it in."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.forms.form import Form, form

INPUT, OPTIONS = "input", "options"


class Choice(BaseModel):
    """One of several things a form can be for: a signal, query or update."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str = ""
    input_schema: dict[str, Any] | None = None


class Draft(BaseModel):
    """An operation that is being filled in.

    `arguments` are settled, `schema_` and `given` are those of its argument `input`, `options` is
    the schema of the arguments that are asked for besides. Options equal to those of `unchanged`
    are not sent. `turn` counts how often the view was made anew: Slack keeps what a person typed
    under the same block ids, so that each turn has its own.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    submit: str
    close: str = "Go back"
    arguments: dict[str, Any] = Field(default_factory=dict)
    intro: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    takes_input: bool = False
    schema_: dict[str, Any] | None = None
    given: dict[str, Any] = Field(default_factory=dict)
    exact: bool = False
    options: dict[str, Any] | None = None
    options_given: dict[str, Any] = Field(default_factory=dict)
    options_exact: bool = False
    unchanged: dict[str, Any] = Field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    choosing: str | None = None
    raw: bool = False
    text: str | None = None
    alert: str | None = None
    turn: int = 0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """The draft that was kept."""
        return cls.model_validate(kept)

    def kept(self) -> dict[str, Any]:
        """The draft as it is kept."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def input_form(self) -> Form | None:
        """The form of the input, where there is one."""
        if not self.takes_input:
            return None
        prefix = f"{INPUT}{self.turn}"
        return form(
            self.schema_,
            self.given,
            prefix=prefix,
            raw=self.raw,
            exact=self.exact,
            text=self.text,
        )

    def options_form(self) -> Form | None:
        """The form of the other arguments, where there are any."""
        if self.options is None:
            return None
        # Its fields stay the same in every turn, and so does what was typed into them.
        return form(self.options, self.options_given, prefix=OPTIONS, exact=self.options_exact)
