"""The spans of one execution as a tree, child executions included."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.executions import ExecutionView
from sandbox.spans import Span

_CHILD_START = "StartChildWorkflow:"
_START = "StartWorkflow:"

# JSON writers and readers go down a few hundred levels; each node takes two.
_MAX_DEPTH = 60

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Node:
    """A span and what happened below it, in order of start."""

    span: Span
    children: list["Node"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This node and everything below."""
        yield self
        for child in self.children:
            yield from child.walk()


def grow(view: ExecutionView, spans: Sequence[Span]) -> Node | None:
    """Build the tree from the spans of a trace; None when none of them is about the execution.

    The spans of a trace can belong to unrelated executions, when a caller starts several under one
    span of its own: a tree goes on into another execution only where that was started as a child.
    """
    own = [each for each in spans if each.execution_id == view.execution_id]
    if not own:
        return None
    branches = _Branches(spans)
    root = _start(view, spans) or _child_start(own, spans) or _stand_in(view, own)
    tree = branches.grow(root, view.execution_id)
    # Workers export every few seconds, what ended first: some parents are still on their way.
    strays = [each for each in own if branches.free(each)]
    ids = {each.span_id for each in strays}
    for stray in sorted(strays, key=lambda each: each.parent_id in ids):
        if branches.free(stray):
            tree.children.append(branches.grow(stray, view.execution_id))
    tree.children.sort(key=lambda node: node.span.start_ns)
    return tree


class _Branches:
    """Spans by parent, each of them used once: what strangers send may go in circles."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._below: dict[str, list[Span]] = defaultdict(list)
        for span in spans:
            self._below[span.parent_id].append(span)
        self._used: set[int] = set()

    def free(self, span: Span) -> bool:
        return id(span) not in self._used

    def grow(self, span: Span, execution_id: str, depth: int = 1) -> Node:
        """A node with its children; what lies too deep is left free."""
        self._used.add(id(span))
        node = Node(span)
        if depth == _MAX_DEPTH:
            return node
        for child in self._below[span.span_id]:
            enters = span.name.startswith(_CHILD_START)
            if self.free(child) and (enters or child.execution_id in ("", execution_id)):
                inside = child.execution_id or execution_id
                node.children.append(self.grow(child, inside, depth + 1))
        return node


def _start(view: ExecutionView, spans: Sequence[Span]) -> Span | None:
    return next(
        (
            each
            for each in spans
            if each.name.startswith(_START) and each.execution_id == view.execution_id
        ),
        None,
    )


def _child_start(own: Sequence[Span], spans: Sequence[Span]) -> Span | None:
    """The span of the parent execution under which this one lies."""
    parents = {each.parent_id for each in own}
    return next(
        (
            each
            for each in spans
            if each.name.startswith(_CHILD_START) and each.span_id in parents
            if each.execution_id != own[0].execution_id
        ),
        None,
    )


def _stand_in(view: ExecutionView, own: Sequence[Span]) -> Span:
    """A root for spans that have arrived before theirs."""
    ids = {each.span_id for each in own}
    awaited = next((each.parent_id for each in own if each.parent_id not in ids), "")
    start_ns = (view.start_time - _EPOCH) // _MICROSECOND * 1000
    return Span(
        trace_id=own[0].trace_id,
        span_id=awaited or "0" * 16,
        parent_id="",
        execution_id=view.execution_id,
        name=f"{_START}{view.workflow_name}",
        kind="SPAN_KIND_SERVER",
        start_ns=start_ns,
        end_ns=start_ns,
        status="UNSET",
        message="",
        attributes={"temporalWorkflowID": view.execution_id, "temporalRunID": view.run_id},
        events=(),
        scope="",
        resource={},
    )
