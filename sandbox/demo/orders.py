"""Order batch: a parent with children, the last of which fails."""

import asyncio

from mistralai.workflows import activity, execute_workflow, workflow
from pydantic import BaseModel, Field
from temporalio.exceptions import ApplicationError, ChildWorkflowError

from sandbox.clock import PATIENCE, lasting


class BatchInput(BaseModel):
    orders: int = Field(default=3, ge=1, le=50, description="How many orders to ship.")


class OrderInput(BaseModel):
    number: int = Field(default=1, ge=1, description="The number of the order.")
    in_stock: bool = Field(default=True, description="Whether the goods are there.")


class Shipped(BaseModel):
    number: int
    parcel: str


class BatchReport(BaseModel):
    shipped: int
    failed: list[int]


@activity(name="reserve_stock", start_to_close_timeout=PATIENCE, retry_policy_max_attempts=2)
async def reserve_stock(number: int, in_stock: bool) -> str:
    """Reserve the goods of one order."""
    await asyncio.sleep(lasting(0.6).total_seconds())
    if not in_stock:
        raise ApplicationError(f"order {number}: item is out of stock", next_retry_delay=lasting(1))
    return f"parcel-{number:04d}"


@workflow.define(
    name="order",
    workflow_display_name="Order",
    workflow_description="Ships one order.",
)
class Order:
    @workflow.entrypoint
    async def run(self, params: OrderInput) -> Shipped:
        """Reserve and ship."""
        parcel = await reserve_stock(params.number, params.in_stock)
        return Shipped(number=params.number, parcel=parcel)


@workflow.define(
    name="order-batch",
    workflow_display_name="Order batch",
    workflow_description="Ships several orders at once and reports those that failed.",
)
class OrderBatch:
    @workflow.entrypoint
    async def run(self, params: BatchInput) -> BatchReport:
        """Start a child per order and wait for all of them."""
        numbers = range(1, params.orders + 1)
        outcomes = await asyncio.gather(
            *(
                execute_workflow(Order, OrderInput(number=each, in_stock=each != params.orders))
                for each in numbers
            ),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, ChildWorkflowError):
                raise outcome
        failed = [
            number
            for number, outcome in zip(numbers, outcomes, strict=True)
            if isinstance(outcome, ChildWorkflowError)
        ]
        return BatchReport(shipped=params.orders - len(failed), failed=failed)
