"""The story: what an assistant does on a normal day with workflows."""

from typing import Any

from scripts.demo.stage import Stage


async def play(stage: Stage) -> None:
    """Play every chapter; raises StepFailed when one did not really happen."""
    await _look_around(stage)
    await _process_a_document(stage)
    await _answer_a_question(stage)
    await _find_out_why(stage)
    await _schedule(stage)
    await _stop(stage)


async def _look_around(stage: Stage) -> None:
    stage.title("What can be run here?")
    answer = await stage.call("list_workflows")
    listed = {row["name"] for row in answer["workflows"]}
    known = {row["name"] for row in (await stage.read(""))["workflows"]}
    stage.check(f"{len(known)} workflows are registered", listed, known)


async def _process_a_document(stage: Stage) -> None:
    stage.title("Process a document, and watch it")
    started = await stage.call("start_workflow", workflow="document-processing", input={"pages": 4})
    execution_id = started["execution_id"]
    await stage.call("wait_for_execution", execution_id=execution_id, timeout_seconds=50)
    found = await stage.read(f"/executions/{execution_id}")
    stage.check("the execution completed", found["status"], "COMPLETED")
    stage.check("four pages were read", found["result"]["pages"], 4)


async def _answer_a_question(stage: Stage) -> None:
    stage.title("Somebody wants money: find the question and answer it")
    started = await stage.call(
        "start_workflow",
        workflow="expense-approval",
        input={"amount": 480, "employee": "ana"},
        wait_seconds=20,
    )
    execution_id = started["execution_id"]
    waiting = await stage.call("list_pending_inputs")
    asked = [row for row in waiting["pending_inputs"] if row["execution_id"] == execution_id]
    stage.check("the execution waits for its manager", asked[0]["label"], "Manager approval")
    await stage.call(
        "signal_execution",
        execution_id=execution_id,
        name="note",
        input={"text": "for the offsite"},
    )
    await stage.call(
        "submit_input",
        execution_id=execution_id,
        task_id=asked[0]["task_id"],
        input={"approved": True, "comment": "Have fun."},
    )
    await stage.call("wait_for_execution", execution_id=execution_id, timeout_seconds=30)
    found = await stage.read(f"/executions/{execution_id}")
    stage.check("the answer arrived", found["result"]["approved"], True)
    stage.check("so did the note", found["result"]["notes"], ["for the offsite"])


async def _find_out_why(stage: Stage) -> None:
    stage.title("The report failed: why?")
    started = await stage.call("start_workflow", workflow="failing-report", wait_seconds=40)
    execution_id = started["execution_id"]
    diagnosis = await stage.call("diagnose_execution", execution_id=execution_id)
    found = await stage.read(f"/executions/{execution_id}")
    stage.check("the execution failed", found["status"], "FAILED")
    named = (diagnosis["failed_step"] or {}).get("name")
    stage.check("the diagnosis names the step that failed", named, "render_report")


async def _schedule(stage: Stage) -> None:
    stage.title("A digest every morning: create, trigger, pause, delete a schedule")
    made = await stage.call(
        "create_schedule", workflow="daily-digest", cron="0 8 * * MON-FRI", timezone="Europe/Paris"
    )
    schedule_id = made["schedule_id"]
    found = await stage.read(f"/schedules/{schedule_id}")
    stage.check("the schedule exists", found["cron_expressions"], ["0 8 * * MON-FRI"])
    triggered = await stage.call("trigger_schedule", schedule_id=schedule_id)
    execution_id = (triggered["started"] or {}).get("execution_id", "")
    await stage.call("wait_for_execution", execution_id=execution_id, timeout_seconds=30)
    found = await stage.read(f"/executions/{execution_id}")
    stage.check("the trigger started an execution", found["status"], "COMPLETED")
    await stage.call("pause_schedule", schedule_id=schedule_id, note="holidays")
    found = await stage.read(f"/schedules/{schedule_id}")
    stage.check("it is paused", (found["paused"], found["note"]), (True, "holidays"))
    await stage.call("delete_schedule", schedule_id=schedule_id)
    found = await stage.read(f"/schedules/{schedule_id}")
    stage.check("it is gone", found, {"http_status": 404})


async def _stop(stage: Stage) -> None:
    stage.title("Stop a long one, kindly")
    started = await stage.call("start_workflow", workflow="long-sync", input={"seconds": 3600})
    execution_id = started["execution_id"]
    await stage.call(
        "update_execution", execution_id=execution_id, name="set_target", input={"target": 5000}
    )
    progress: dict[str, Any] = await stage.call(
        "query_execution", execution_id=execution_id, name="progress"
    )
    stage.check("the new target counts", progress["value"]["target"], 5000)
    await stage.call("cancel_executions", execution_ids=[execution_id], reason="end of the demo")
    await stage.call("wait_for_execution", execution_id=execution_id, timeout_seconds=30)
    found = await stage.read(f"/executions/{execution_id}")
    stage.check("it was cancelled, after its clean-up", found["status"], "CANCELED")
