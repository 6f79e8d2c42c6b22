"""What every face can look at: the API, the store, the work in it, and our assumptions."""

from collections.abc import Sequence
from datetime import timedelta

from shared.api import WorkflowsApi
from shared.context import Clock
from shared.doctor.api import ApiLook, api_examinations
from shared.doctor.assumptions import assumption_examinations
from shared.doctor.check import Examination
from shared.doctor.lateness import SWEEP_BOUND
from shared.doctor.store import StoreLook, store_examinations
from shared.doctor.work import WorkLook, work_examinations


def shared_examinations(
    api: WorkflowsApi, database_url: str, clock: Clock, bound: timedelta = SWEEP_BOUND
) -> Sequence[Examination]:
    """Everything that needs no chat; each examination is for one use. Sweeps that took
    longer than the bound are late."""
    look, store = ApiLook(api, clock), StoreLook(database_url, clock)
    return [
        *api_examinations(look),
        *store_examinations(store),
        *work_examinations(WorkLook(store, bound)),
        *assumption_examinations(look),
    ]
