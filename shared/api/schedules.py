"""Schedules: read, created, changed, paused and fired."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from shared.api.answers import json_content, parsed
from shared.api.endpoints import Endpoints
from shared.api.request import ApiRequest, Kind, json_body, query
from shared.errors import Conflict, InvalidArguments, NotFound, Rejected
from shared.ids import checked_id, named, new_id, path_segment
from shared.models import Schedule, ScheduleChanges, ScheduleDefinition, SchedulePage
from shared.models.wire import Wire
from shared.text import one_line

_PATH = "/v1/workflows/schedules"


class Schedules(Endpoints):
    """Endpoints under /v1/workflows/schedules."""

    async def list_schedules(
        self,
        *,
        workflow_name: str | None = None,
        user_id: str | None = None,
        status: Literal["active", "paused"] | Sequence[str] | None = None,
        search: str | None = None,
        page_size: int | None = None,
        next_page_token: str | None = None,
    ) -> SchedulePage:
        """A page of schedules, or all without `page_size`; `search` is a prefix of the name."""
        asked = query(
            workflow_name=workflow_name,
            user_id=user_id,
            status=status,
            search=search,
            page_size=page_size,
            next_page_token=next_page_token,
        )
        return await self._get(
            SchedulePage, ApiRequest("list schedules", "GET", _PATH, query=asked)
        )

    async def get_schedule(self, schedule_id: str) -> Schedule:
        """One schedule with its next and its last executions."""
        return await self._get(Schedule, _reading(schedule_id))

    async def create_schedule(
        self,
        schedule: ScheduleDefinition | Mapping[str, Any],
        *,
        workflow_identifier: str,
        schedule_id: str | None = None,
        deployment_name: str | None = None,
    ) -> str:
        """Create it and return its id, chosen here so that a repetition cannot make two."""
        definition = _valid(ScheduleDefinition, schedule)
        chosen = schedule_id or definition.schedule_id or new_id()
        ours = chosen not in {schedule_id, definition.schedule_id}
        deployment = {} if deployment_name is None else {"deployment_name": deployment_name}
        request = _acting(
            f"create schedule {named(chosen)} of workflow {named(workflow_identifier)}",
            "POST",
            _PATH,
            Kind.REPEATABLE,
            {
                "schedule": definition.model_dump(mode="json"),
                "workflow_identifier": workflow_identifier,
                "schedule_id": checked_id(chosen, "schedule id"),
                **deployment,
            },
        )

        async def create(doubt: bool) -> str:
            try:
                content = json_content(request, await self._exchange.send_once(request, doubt))
                return _id_in(content) or chosen
            except (Conflict, Rejected):
                if doubt and await self._was_created(chosen, None if ours else definition):
                    return chosen
                raise

        return await self._exchange.patience.insist(create, request.may_repeat)

    async def update_schedule(
        self, schedule_id: str, changes: ScheduleChanges | Mapping[str, Any]
    ) -> str:
        """Apply the fields that are present and return the id; a policy replaces the whole one."""
        content = await self._json(
            _acting(
                f"change schedule {named(schedule_id)}",
                "PATCH",
                _path(schedule_id),
                Kind.REPEATABLE,
                {"schedule": _valid(ScheduleChanges, changes).model_dump(mode="json")},
            )
        )
        return _id_in(content) or schedule_id

    async def delete_schedule(self, schedule_id: str) -> None:
        """Delete it; executions that it started go on."""
        request = _acting(
            f"delete schedule {named(schedule_id)}", "DELETE", _path(schedule_id), Kind.REPEATABLE
        )

        async def delete(doubt: bool) -> None:
            try:
                json_content(request, await self._exchange.send_once(request, doubt))
            except NotFound:
                # Gone may be the work of our own first attempt.
                if not doubt:
                    raise

        await self._exchange.patience.insist(delete, request.may_repeat)

    async def pause_schedule(self, schedule_id: str, note: str | None = None) -> None:
        """Start nothing until it is resumed."""
        await self._switch(schedule_id, "pause", note)

    async def resume_schedule(self, schedule_id: str, note: str | None = None) -> None:
        """Go on after a pause."""
        await self._switch(schedule_id, "resume", note)

    async def trigger_schedule(self, schedule_id: str, overlap: int | None = None) -> None:
        """Start an execution now, at most once; the API does not say which."""
        await self._act(
            _acting(
                f"trigger schedule {named(schedule_id)}",
                "POST",
                f"{_path(schedule_id)}/trigger",
                Kind.ONCE,
                {} if overlap is None else {"overlap": overlap},
            )
        )

    async def _switch(self, schedule_id: str, verb: str, note: str | None) -> None:
        await self._act(
            _acting(
                f"{verb} schedule {named(schedule_id)}",
                "POST",
                f"{_path(schedule_id)}/{verb}",
                Kind.REPEATABLE,
                {} if note is None else {"note": note},
            )
        )

    async def _was_created(self, schedule_id: str, expected: ScheduleDefinition | None) -> bool:
        """Whether it exists and, under an id that others may have chosen too, has our input."""
        request = _reading(schedule_id)
        try:
            response = await self._exchange.send_once(request)
        except NotFound:
            return False
        return expected is None or parsed(Schedule, request, response).input == expected.input


class _Named(Wire):
    schedule_id: str | None = None


def _id_in(content: Any) -> str | None:
    return _Named.model_validate(content).schedule_id if isinstance(content, dict) else None


def _valid[M: ScheduleChanges](model: type[M], given: M | Mapping[str, Any]) -> M:
    try:
        return given if isinstance(given, model) else model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = one_line(".".join(map(str, first["loc"])) or "schedule", 80)
        raise InvalidArguments(f"The schedule does not fit: {place}: {first['msg']}.") from error


def _path(schedule_id: str) -> str:
    return f"{_PATH}/{path_segment(schedule_id, 'schedule id')}"


def _reading(schedule_id: str) -> ApiRequest:
    return ApiRequest(f"read schedule {named(schedule_id)}", "GET", _path(schedule_id))


def _acting(
    doing: str, method: str, path: str, kind: Kind, body: Mapping[str, Any] | None = None
) -> ApiRequest:
    return ApiRequest(
        doing,
        method,
        path,
        kind,
        body=None if body is None else json_body(body),
        check="Look at the schedule before repeating it."
        if kind is Kind.ONCE
        else "Repeating it does no harm.",
    )
