"""JSON documents that grow by patches, as the state of a custom task does."""

from collections.abc import Mapping, Sequence
from typing import Any

LARGEST = 512 * 1024
"""The weight of a document at most, about its length as JSON."""
DEEPEST = 64
_MOST_OPERATIONS = 2_000
_LONGEST_PATH = 2_000
# All that mistralai-workflows 3.16.0 sends. `append` extends a string and is not in RFC 6902.
_OPERATIONS = ("add", "replace", "remove", "append")
_ALL = ("", "/")

type Operation = Mapping[str, Any]


class PatchFailed(Exception):
    """A patch that does not fit the document, is malformed, or would make it too large or deep."""


class PatchedDocument:
    """A document as of its last good patch; `stale` from a gap or bad patch until a snapshot."""

    __slots__ = ("stale", "value", "weight")

    def __init__(self) -> None:
        self.value: Any = None
        self.stale = True
        self.weight = 0

    def replace(self, document: Any) -> None:
        """Start afresh from a snapshot."""
        try:
            self.weight = weigh(document)
        except PatchFailed:
            self.stale = True
        else:
            self.value, self.stale = document, False

    def patch(self, operations: object) -> None:
        """Apply a patch to a copy; a stale document waits for one that replaces everything."""
        if not isinstance(operations, list) or not all(isinstance(o, dict) for o in operations):
            self.stale = True
        elif not self.stale or (operations and _replaces_everything(operations[0])):
            self._apply(operations)

    def lose_track(self) -> None:
        """Something was missed: keep the last good state until the next snapshot."""
        self.stale = True

    def drop(self) -> None:
        """Forget the document itself, for want of memory."""
        self.value, self.weight, self.stale = None, 0, True

    def _apply(self, operations: list[Operation]) -> None:
        try:
            document, added = _applied(self.value, operations)
            # Weighing everything at every word of a growing text would take longer than the rest.
            weight = self.weight + added
            weight = weigh(document) if weight > LARGEST else weight
        except PatchFailed:
            self.stale = True
        else:
            self.value, self.weight, self.stale = document, weight, False


def apply_patch(document: Any, operations: Sequence[Operation]) -> Any:
    """The patched document; it shares what it can with the old one, which stays as it was.

    Raises PatchFailed.
    """
    patched, _ = _applied(document, operations)
    weigh(patched)
    return patched


def weigh(document: Any) -> int:
    """About the length of a document as JSON; raises PatchFailed for one too large or too deep."""
    if not isinstance(document, dict | list):
        return _within_bounds(4 + (len(document) if isinstance(document, str) else 0))
    weight, level, depth = 0, [document], 0
    while level:
        if depth > DEEPEST:
            raise PatchFailed("nested too deeply")
        below: list[Any] = []
        for value in level:
            weight += 4
            if isinstance(value, str):
                weight += len(value)
            elif isinstance(value, dict):
                weight += sum(len(key) + 4 for key in value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        _within_bounds(weight)
        level, depth = below, depth + 1
    return weight


def _within_bounds(weight: int) -> int:
    if weight > LARGEST:
        raise PatchFailed("too large")
    return weight


def _applied(document: Any, operations: Sequence[Operation]) -> tuple[Any, int]:
    """The patched document, and by how much it grew at most."""
    if len(operations) > _MOST_OPERATIONS:
        raise PatchFailed("too many operations")
    added, own = 0, dict[int, object]()
    for operation in operations:
        path = operation.get("path")
        if operation.get("op") not in _OPERATIONS or not isinstance(path, str):
            raise PatchFailed("not an operation")
        # A shorter path cannot be too deep.
        if len(path) > DEEPEST and (len(path) > _LONGEST_PATH or path.count("/") > DEEPEST):
            raise PatchFailed("nested too deeply")
        added += weigh(operation.get("value")) + len(path)
        if path in _ALL:
            document = _apply_to_all(document, operation)
        else:
            document = _apply_inside(document, path, operation, own)
    return document, added


def _apply_to_all(document: Any, operation: Operation) -> Any:
    """In the API's patches `/` means the whole document, too; in RFC 6901 it is the key ''."""
    value = operation.get("value")
    match operation["op"]:
        case "remove":
            return None
        case "append" if isinstance(document, str) and isinstance(value, str):
            return document + value
        case "add" | "replace" if "value" in operation:
            return value
    raise PatchFailed("does not fit the whole document")


def _apply_inside(document: Any, path: str, operation: Operation, own: dict[int, object]) -> Any:
    """Common cases by hand, which is ten times as fast, all others by jsonpatch 1.47."""
    parts = path.split("/")
    if "~" in path:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    document, place = _unshared(document, parts[1:-1], own)
    if isinstance(place, dict) and path[0] == "/" and "~" not in path:
        key, op, value = parts[-1], operation["op"], operation.get("value")
        old = place.get(key)
        if op == "append" and isinstance(old, str) and isinstance(value, str):
            place[key] = old + value
            return document
        if "value" in operation and (op == "add" or (op == "replace" and key in place)):
            place[key] = value
            return document
    return _apply_by_library(document, operation)


def _apply_by_library(document: Any, operation: Operation) -> Any:
    # Imported at the first such patch, so that a process without streams starts faster.
    from jsonpatch import JsonPatchException, JsonPatchWithAppend
    from jsonpointer import JsonPointerException

    try:
        return JsonPatchWithAppend([operation]).apply(document, in_place=True)
    except (JsonPatchException, JsonPointerException) as error:
        raise PatchFailed(str(error)) from error


def _unshared(document: Any, parts: Sequence[str], own: dict[int, object]) -> tuple[Any, Any]:
    """The document with containers of its own along the path, and the last of them.

    `own` keeps those that belong to nobody else alive, by id; None where the path leads nowhere.
    """
    document = current = _owned(document, own)
    for part in parts:
        try:
            key: Any = int(part) if isinstance(current, list) else part
            child = _owned(current[key], own)
        except (KeyError, IndexError, TypeError, ValueError):
            return document, None
        current[key] = current = child
    return document, current


def _owned(value: Any, own: dict[int, object]) -> Any:
    if id(value) in own or not isinstance(value, dict | list):
        return value
    copy = value.copy()
    own[id(copy)] = copy
    return copy


def _replaces_everything(operation: Operation) -> bool:
    return operation.get("op") in ("add", "replace") and operation.get("path") in _ALL
