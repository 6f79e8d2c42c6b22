"""Expense approval: waits for a person, and takes notes while it waits."""

import asyncio
from datetime import timedelta

from mistralai.workflows import InteractiveWorkflow, activity, workflow
from pydantic import BaseModel, Field

from sandbox.clock import PATIENCE, lasting

# People are away: a week, where the package's default execution timeout is one hour.
A_WEEK = timedelta(days=7)


class Expense(BaseModel):
    amount: float = Field(default=120, gt=0, description="The amount in euros.")
    employee: str = Field(default="ana", min_length=1, description="Who asks for it.")


class Approval(BaseModel):
    """What the manager answers."""

    approved: bool = Field(description="Pay it?")
    comment: str = Field(default="", description="A word to the employee.")


class Note(BaseModel):
    text: str


class Decision(BaseModel):
    approved: bool
    amount: float
    employee: str
    comment: str
    notes: list[str]


@activity(name="check_policy", start_to_close_timeout=PATIENCE)
async def check_policy(amount: float) -> str:
    """Find the rule that applies to an amount."""
    await asyncio.sleep(lasting(0.5).total_seconds())
    return "needs a manager" if amount >= 100 else "small amount"


@activity(name="book_expense", start_to_close_timeout=PATIENCE)
async def book_expense(employee: str, approved: bool) -> None:
    """Tell accounting."""
    await asyncio.sleep(lasting(0.5).total_seconds())


@workflow.define(
    name="expense-approval",
    workflow_display_name="Expense approval",
    workflow_description="Asks a manager to approve an expense, then books it.",
    execution_timeout=A_WEEK,
)
class ExpenseApproval(InteractiveWorkflow):
    def __init__(self) -> None:
        super().__init__()
        self._notes: list[str] = []

    @workflow.entrypoint
    async def run(self, params: Expense) -> Decision:
        """Check the policy, ask, book."""
        await check_policy(params.amount)
        answer = await self.wait_for_input(Approval, label="Manager approval")
        await book_expense(params.employee, answer.approved)
        return Decision(
            approved=answer.approved,
            amount=params.amount,
            employee=params.employee,
            comment=answer.comment,
            notes=self._notes,
        )

    @workflow.signal(name="note", description="Adds a note to the expense.")
    async def note(self, note: Note) -> None:
        self._notes.append(note.text)
