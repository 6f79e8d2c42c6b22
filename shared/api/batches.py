"""Many executions at once, in as many requests as the API's limit asks for."""

from collections.abc import Sequence
from itertools import batched

from shared.api.answers import parsed
from shared.api.executions import Executions
from shared.api.request import ApiRequest, Kind, json_body
from shared.errors import ApiError
from shared.ids import checked_id
from shared.models import BatchOutcome, ExecutionStatus
from shared.models.wire import Map, Wire

# mistralai-workflows 3.16.0 accepts 1 to 100 ids.
_MOST_IDS = 100


class Batches(Executions):
    """Endpoints under /v1/workflows/executions for many executions."""

    async def cancel_executions(self, execution_ids: Sequence[str]) -> dict[str, BatchOutcome]:
        """Ask them to stop; what became of each id the API answered for."""
        return await self._end_all(execution_ids, "cancel", ExecutionStatus.CANCELED)

    async def terminate_executions(self, execution_ids: Sequence[str]) -> dict[str, BatchOutcome]:
        """Stop them at once; what became of each id the API answered for."""
        return await self._end_all(execution_ids, "terminate", ExecutionStatus.TERMINATED)

    async def _end_all(
        self, execution_ids: Sequence[str], verb: str, goal: ExecutionStatus
    ) -> dict[str, BatchOutcome]:
        unique = dict.fromkeys(checked_id(each, "execution id") for each in execution_ids)
        outcomes: dict[str, BatchOutcome] = {}
        for chunk in batched(unique, _MOST_IDS):
            try:
                outcomes |= await self._end_some(chunk, verb, goal)
            except ApiError as error:
                if not outcomes:
                    raise
                # What became of the chunks before must not get lost.
                outcomes |= {each: _failed(error) for each in chunk}
        return outcomes

    async def _end_some(
        self, chunk: tuple[str, ...], verb: str, goal: ExecutionStatus
    ) -> dict[str, BatchOutcome]:
        request = ApiRequest(
            f"{verb} {len(chunk)} executions",
            "POST",
            f"/v1/workflows/executions/{verb}",
            Kind.REPEATABLE,
            body=json_body({"execution_ids": chunk}),
            check="Repeating it does no harm.",
        )

        async def end(doubt: bool) -> dict[str, BatchOutcome]:
            response = await self._exchange.send_once(request, doubt)
            outcomes = parsed(_Results, request, response).results
            return await self._reconciled(outcomes, goal) if doubt else outcomes

        return await self._exchange.patience.insist(end, request.may_repeat)

    async def _reconciled(
        self, outcomes: dict[str, BatchOutcome], goal: ExecutionStatus
    ) -> dict[str, BatchOutcome]:
        """With those failures turned that are the work of an earlier, unanswered attempt."""
        turned = {
            each: BatchOutcome(status="success")
            for each, outcome in outcomes.items()
            if outcome.status != "success" and await self._has_status(each, goal)
        }
        return outcomes | turned


class _Results(Wire):
    results: Map[BatchOutcome]


def _failed(error: ApiError) -> BatchOutcome:
    return BatchOutcome(status="failure", error=str(error))
