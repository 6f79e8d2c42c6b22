"""An operation is declared once; every face calls it through `invoke`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_type_hints
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.call import Call, Effect
from shared.context import Context
from shared.errors import InvalidArguments, NotAllowed
from shared.explain import explain
from shared.results import Result

__all__ = ["Effect", "Operation", "Params", "operation"]

_TARGETS = (
    "execution_id",
    "execution_ids",
    "schedule_id",
    "subscription_id",
    "alert_id",
    "workflow",
)


class Params(BaseModel):
    """The arguments of one operation; an unknown one is an error."""

    # Built on first use: a start that only lists the tools of one level does not pay for all.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Operation[P: Params, R: Result]:
    """A question or an act of a person, with all that faces need to offer it."""

    name: str
    summary: str
    description: str
    effect: Effect
    idempotent: bool
    command: str
    make_examples: Callable[[], tuple[P, ...]]
    params: type[P]
    result: type[R]
    run: Callable[[Context, P], Awaitable[R]]

    @property
    def examples(self) -> tuple[P, ...]:
        """Parameters that show it at work."""
        return self.make_examples()

    async def __call__(self, context: Context, params: P) -> R:
        """Run with parameters of our own making: no policy, no audit."""
        return await self.run(context, params)

    async def invoke(self, context: Context, arguments: Mapping[str, object]) -> R:
        """Run with untrusted arguments: validate, allow, audit, run.

        Raises InvalidArguments, NotAllowed, and whatever OpsError the operation meets.
        """
        params = self.validate(arguments)
        call = self._call(context, params)
        await self._allow(context, call)
        async with context.audit.record(call) as entry:
            result = await self.run(replace(context, call_id=call.id), params)
            entry.add_targets(_targets(result))
            entry.shortfall = result.shortfall()
            return result

    def validate(self, arguments: Mapping[str, object]) -> P:
        """The parameters, or InvalidArguments in words for the caller."""
        try:
            return self.params.model_validate(arguments)
        except ValidationError as error:
            raise InvalidArguments(explain(self.name, self.params, error)) from error

    async def _allow(self, context: Context, call: Call) -> None:
        try:
            context.policy.check(call)
        except NotAllowed as refusal:
            await context.audit.refused(call, refusal)
            raise

    def _call(self, context: Context, params: P) -> Call:
        return Call(
            id=uuid4().hex,
            operation=self.name,
            effect=self.effect,
            actor=context.actor,
            place=context.place,
            arguments=params.model_dump(mode="json", exclude_unset=True),
            targets=_targets(params),
        )


def operation[P: Params, R: Result](
    *, command: str, effect: Effect, idempotent: bool, examples: Callable[[], tuple[P, ...]]
) -> Callable[[Callable[[Context, P], Awaitable[R]]], Operation[P, R]]:
    """Declare an async function as an operation; its name, docstring and annotations say the rest.

    `command` is its route in Slack: fixed words, {fields} by position, a last {field...} for the
    remaining words; every other field is key=value.
    """

    def declare(function: Callable[[Context, P], Awaitable[R]]) -> Operation[P, R]:
        hints = get_type_hints(function)
        paragraphs = (function.__doc__ or "").strip().split("\n\n")
        return Operation(
            name=getattr(function, "__name__", ""),
            summary=" ".join(paragraphs[0].split()),
            description="\n".join(" ".join(part.split()) for part in paragraphs),
            effect=effect,
            idempotent=idempotent,
            command=command,
            make_examples=examples,
            params=hints["params"],
            result=hints["return"],
            run=function,
        )

    return declare


def _targets(model: Any) -> tuple[str, ...]:
    found = (getattr(model, name, None) for name in _TARGETS)
    return tuple(
        target
        for value in found
        if value
        for target in ((value,) if isinstance(value, str) else value)
    )
