"""An API that keeps every promise that we take for granted, or breaks one of them."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
_WAITING = {"internal.execution.state": "waiting_for_input"}
_COUNT = 230

type Json = dict[str, Any]


def row(number: int, status: str = "COMPLETED", **changes: Any) -> Json:
    """A run that began `number` minutes ago."""
    began = NOW - timedelta(minutes=number, days=2)
    open_ones = ("RUNNING", "RETRYING_AFTER_ERROR")
    return {
        "workflow_name": "order",
        "execution_id": f"order-{number}",
        "root_execution_id": f"order-{number}",
        "parent_execution_id": None,
        "status": status,
        "start_time": began.isoformat(),
        "end_time": None if status in open_ones else (began + timedelta(seconds=30)).isoformat(),
        "run_id": f"run-{number}",
    } | changes


def every_run() -> list[Json]:
    """One of each kind, and many more; newest first."""
    return [
        row(0, "RUNNING", search_keys=_WAITING),
        row(1, "RETRYING_AFTER_ERROR"),
        row(2, "COMPLETED"),
        row(3, "FAILED"),
        row(4, "TIMED_OUT"),
        row(5, "CONTINUED_AS_NEW", execution_id="order-2", root_execution_id="order-2"),
        row(6, "COMPLETED", internal=True),
        *(row(number) for number in range(7, _COUNT)),
    ]


def event(number: int, **changes: Any) -> Json:
    """An event of the latest execution that ended."""
    began = datetime.fromisoformat(row(2)["start_time"])
    kind = "WORKFLOW_EXECUTION_STARTED" if number == 1 else "ACTIVITY_TASK_COMPLETED"
    return {
        "event_id": f"event-{number}",
        "event_type": kind,
        "event_timestamp": int(began.timestamp() + number) * 10**9,
        "root_workflow_exec_id": "order-2",
        "parent_workflow_exec_id": None,
        "workflow_exec_id": "order-2",
        "workflow_run_id": "run-2",
        "workflow_name": "order",
        "chain_run_id": "run-2",
        "attributes": {"activity_name": "__internal__note", "task_id": "1", "result": None},
    } | changes


def frame(number: int, **changes: Any) -> str:
    """A frame of a stream."""
    content = {
        "stream": "workflow",
        "broker_sequence": number * 10,
        "workflow_context": {},
        "data": event(number),
    } | changes
    return f"id: {number * 10}\nevent: message\ndata: {json.dumps(content)}\n\n"


type Fault = str


class PromisedApi:
    """Answers as promised but for one fault, which is named like the assumption it breaks."""

    def __init__(self, fault: Fault = "") -> None:
        self.fault = fault
        self.runs = every_run()
        self.events = [event(number) for number in range(1, 7)]
        self.headers: Mapping[str, str] = {"date": NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        self._break_data()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path.removeprefix("/v1/workflows")
        asked = request.url.params
        if path.endswith("/stream"):
            return self._stream(path, asked)
        if path == "/events/list" and "root_workflow_exec_id" not in asked:
            return self._workspace_events()
        found = self._answer(path, asked)
        if isinstance(found, int):
            return httpx.Response(found, json={"detail": "no"}, headers=self.headers)
        return httpx.Response(200, json=found, headers=self.headers)

    def _answer(self, path: str, asked: httpx.QueryParams) -> Any:
        pages: dict[str, Callable[[httpx.QueryParams], Any]] = {
            "": self._workflows,
            "/runs": self._runs,
            "/events/list": self._events,
            "/schedules": self._schedules,
        }
        if path in pages:
            return pages[path](asked)
        kind, identifier, *rest = path.removeprefix("/").split("/")
        if rest == ["history"]:
            return self._history()
        if rest == ["logs"]:
            return self._logs()
        if kind == "schedules":
            return self._schedule(identifier)
        return self._one(kind, identifier)

    def _break_data(self) -> None:
        runs, events = self.runs, self.events
        match self.fault:
            case "an execution has one open run":
                runs[1] |= {"execution_id": "order-0", "root_execution_id": "order-0"}
            case "runs have ids":
                runs[4]["run_id"] = None
            case "statuses are known":
                runs[20]["status"] = "ASLEEP"
            case "retrying is open":
                runs[1]["end_time"] = NOW.isoformat()
            case "ends have times":
                runs[9]["end_time"] = None
            case "roots are their own":
                runs[8]["root_execution_id"] = "order-0"
            case "event times are nanoseconds":
                events[2]["event_timestamp"] //= 1_000
            case "event types are known":
                events[2]["event_type"] = "COFFEE_MADE"
            case "events name runs as lists do":
                for each in events:
                    each["workflow_run_id"] = "another-name"
            case "events come oldest first":
                events.reverse()
            case "events name their chain":
                for each in events:
                    each["chain_run_id"] = None

    def _workflows(self, asked: httpx.QueryParams) -> Json:
        return {"workflows": [{"id": "w1", "name": "order"}], "next_cursor": None}

    def _runs(self, asked: httpx.QueryParams) -> Any:
        statuses = asked.get_list("status")
        if "NO_SUCH_STATUS" in statuses:
            return {"executions": []} if self.fault == "nonsense is refused" else 422
        found = [each for each in self.runs if self._is_wanted(each, asked, statuses)]
        if asked.get("sort_by") == "end_time":
            found.sort(key=lambda each: each["end_time"] or "9")
            if self.fault == "ends come in order":
                found.reverse()
        elif asked.get("order") == "asc":
            found.reverse()
        return self._page(found, asked)

    def _is_wanted(self, each: Json, asked: httpx.QueryParams, statuses: list[str]) -> bool:
        if statuses and each["status"] not in statuses:
            return self.fault == "statuses are filtered"
        if asked.get("include_internal") == "false" and each.get("internal"):
            return False
        bound = asked.get("end_time_after")
        if bound and self.fault != "ends are bounded":
            moment, end = datetime.fromisoformat(bound), each["end_time"]
            if end is None or datetime.fromisoformat(end) < moment:
                return False
        return self._has_keys(each, asked.get("search_key"))

    def _has_keys(self, each: Json, wanted: str | None) -> bool:
        if wanted is None:
            return True
        key, _, value = wanted.partition("==:")
        if key.startswith("internal.") and self.fault == "waiting is a search key":
            return bool(each["status"] == "RUNNING")
        has = bool(each.get("search_keys", {}).get(key) == value)
        return has or self.fault == "search keys are filtered"

    def _page(self, found: list[Json], asked: httpx.QueryParams) -> Json:
        size, start = int(asked["page_size"]), int(asked.get("next_page_token", "0"))
        if self.fault == "pages may be large":
            size = min(size, 100)
        if self.fault == "pages are full" and size == 2:
            size = 1
        if self.fault == "pages go on where the last one ended":
            start = max(start - 1, 0)
        token = str(start + size) if start + size < len(found) else None
        return {"executions": found[start : start + size], "next_page_token": token}

    def _one(self, kind: str, identifier: str) -> Any:
        name = "execution_id" if kind == "executions" else "run_id"
        found = next((each for each in self.runs if each[name] == identifier), None)
        if found is None:
            return 400 if self.fault == "the unknown is not found" else 404
        if self.fault == "continuing keeps the id" and kind == "executions":
            return next(each for each in self.runs if each["status"] == "CONTINUED_AS_NEW")
        if self.fault == "waiting is a search key":
            return found | {"search_keys": {}}
        return found

    def _workspace_events(self) -> httpx.Response:
        if self.fault == "events of the workspace are listed":
            return httpx.Response(400, json={"detail": "name an execution"}, headers=self.headers)
        listed = {"events": self.events[:1], "next_cursor": "1"}
        return httpx.Response(200, json=listed, headers=self.headers)

    def _events(self, asked: httpx.QueryParams) -> Json:
        limit, start = int(asked["limit"]), int(asked.get("cursor", "0"))
        if self.fault == "pages of events go on":
            start = 0
        if self.fault == "internal steps are told":
            listed = [each | {"attributes": {}} for each in self.events]
        else:
            listed = self.events
        cursor = str(start + limit) if start + limit < len(listed) else None
        return {"events": listed[start : start + limit], "next_cursor": cursor}

    def _stream(self, path: str, asked: httpx.QueryParams) -> httpx.Response:
        numbers = [1, 2, 3, 4, 5, 6]
        if asked.get("event_source") == "LIVE":
            sign = ": ping\n\n" if self.fault != "silence is broken" else ""
            return self._streamed(sign)
        after = asked.get("last_event_id")
        if after and self.fault != "streams resume":
            numbers = [number for number in numbers if number * 10 > int(after)]
        if "start_seq" in asked:
            numbers = [number for number in numbers if number * 10 >= int(asked["start_seq"])]
            if self.fault == "sequences grow":
                numbers = numbers[1:]
        if self.fault == "streams begin with the past":
            numbers = numbers[1:]
        text = "".join(map(frame, numbers))
        if self.fault == "frames are readable":
            text = text.replace('"event_id"', '"identifier"')
        if self.fault == "frames have ids":
            text = "\n".join(line for line in text.split("\n") if not line.startswith("id:"))
        return self._streamed(text)

    def _streamed(self, text: str) -> httpx.Response:
        headers = {**self.headers, "content-type": "text/event-stream"}
        body = _Unending(text) if self.fault == "streams end" else httpx.ByteStream(text.encode())
        return httpx.Response(200, headers=headers, stream=body)

    def _history(self) -> Any:
        if self.fault == "histories are readable":
            return {"rows": [{"eventId": 1}]}
        kinds = ("WORKFLOW_EXECUTION_STARTED", "WORKFLOW_TASK_COMPLETED")
        return {
            "events": [
                {
                    "eventId": str(number),
                    "eventType": f"EVENT_TYPE_{kind}",
                    "eventTime": "2026-06-01T12:00:00Z",
                }
                for number, kind in enumerate(kinds, 1)
            ]
        }

    def _logs(self) -> Json:
        stamps = ["2026-06-01T12:00:02Z", "2026-06-01T12:00:01Z"]
        if self.fault == "logs are ordered":
            stamps.reverse()
        return {"results": [{"timestamp": stamp, "body": "done"} for stamp in stamps]}

    def _schedules(self, asked: httpx.QueryParams) -> Json:
        size = int(asked.get("page_size", "9"))
        if self.fault == "schedules come in pages":
            size = 9
        listed = [self._schedule(name) for name in ("nightly", "weekly")]
        return {"schedules": listed[:size], "next_page_token": "2" if size < 2 else None}

    def _schedule(self, identifier: str) -> Json:
        times = ["2026-06-16T00:00:00Z", "2026-06-17T00:00:00Z"]
        if self.fault == "schedules tell their times":
            times.reverse()
        return {
            "schedule_id": identifier,
            "workflow_name": "order",
            "paused": False,
            "input": None,
            "future_executions": [{"scheduled_at": time} for time in times],
        }


class _Unending(httpx.AsyncByteStream):
    """What was to come, and then silence without an end."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._text.encode()
        raise httpx.ReadTimeout("nothing more comes")
