"""JSON documents that grow by patches, as the state of a custom task does."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

LARGEST = 512 * 1024
"""The weight of a document at most, about its length as JSON."""
DEEPEST = 64
_MOST_OPERATIONS = 2_000
_LONGEST_PATH = 2_000
_HEAVIEST_WAITING = 4 * 1024
# All that mistralai-workflows 3.16.0 sends. `append` extends a string and is not in RFC 6902.
_OPERATIONS = ("add", "replace", "remove", "append")
_ALL = ("", "/")

type Operation = Mapping[str, Any]


class PatchFailed(Exception):
    """A patch that does not fit the document, is malformed, or would make it too large or deep."""


class PatchedDocument:
    """A document as of its last good patch; `stale` from a gap or bad patch until a snapshot."""

    __slots__ = ("_measured", "_stale", "_value", "_waiting", "_waiting_weight", "weight")

    def __init__(self) -> None:
        self.weight = 0
        """At most what the document weighs."""
        self._measured = 0
        self._value: Any = None
        self._stale = True
        # Small patches wait until somebody looks: most states are replaced before that.
        self._waiting: list[list[Operation]] | None = None
        self._waiting_weight = 0

    @property
    def value(self) -> Any:
        """The last good state, None where none is known; not to be changed."""
        self._catch_up()
        return self._value

    @property
    def stale(self) -> bool:
        """Whether the state is known to lag behind."""
        self._catch_up()
        return self._stale

    def replace(self, document: Any) -> None:
        """Start afresh from a snapshot."""
        self._waiting, self._waiting_weight = None, 0
        try:
            self.weight = self._measured = weigh(document)
        except PatchFailed:
            self._stale = True
        else:
            self._value, self._stale = document, False

    def patch(self, operations: Any) -> None:
        """Take in a patch; a stale document waits for one that replaces everything."""
        weight = _small_weight(operations)
        if weight is None or self._stale or self._waiting_weight + weight > _HEAVIEST_WAITING:
            self._catch_up()
            self._apply(operations)
        else:
            self._waiting = self._waiting or []
            self._waiting.append(operations)
            self._waiting_weight += weight

    def lose_track(self) -> None:
        """Something was missed: keep the last good state until the next snapshot."""
        self._catch_up()
        self._stale = True

    def drop(self) -> None:
        """Forget the document itself, for want of memory."""
        self.replace(None)
        self._stale = True

    def _catch_up(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting, self._waiting_weight = self._waiting, None, 0
        for operations in waiting:
            self._apply(operations)

    def _apply(self, operations: Any) -> None:
        if not isinstance(operations, list) or not all(isinstance(o, dict) for o in operations):
            self._stale = True
        elif not self._stale or _replaces_everything(operations):
            try:
                self._grow(*_applied(self._value, operations))
            except PatchFailed:
                self._stale = True

    def _grow(self, document: Any, added: int) -> None:
        weight = self.weight + added
        # Weighing everything at every word of a growing text would take longer than the rest.
        if weight > min(2 * self._measured + _HEAVIEST_WAITING, LARGEST):
            weight = self._measured = weigh(document)
        self._value, self.weight, self._stale = document, weight, False


def apply_patch(document: Any, operations: Sequence[Operation]) -> Any:
    """The patched document; it shares what it can with the old one, which stays as it was.

    Raises PatchFailed.
    """
    patched, _ = _applied(document, operations)
    weigh(patched)
    return patched


def weigh(document: Any) -> int:
    """About the length of a document as JSON; raises PatchFailed for one too large or too deep."""
    weight = 4 + (len(document) if isinstance(document, str) else 0)
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST):
        below: list[Any] = []
        for container in level:
            values: Collection[Any] = container
            if isinstance(container, dict):
                weight += sum(map(len, container)) + 4 * len(container)
                values = container.values()
            weight += 4 * len(values)
            for value in values:
                if isinstance(value, str):
                    weight += len(value)
                elif isinstance(value, dict | list):
                    below.append(value)
        if weight > LARGEST:
            raise PatchFailed("too large")
        if not below:
            return weight
        level = below
    raise PatchFailed("nested too deeply")


def _applied(document: Any, operations: Sequence[Operation]) -> tuple[Any, int]:
    """The patched document, and by how much it grew at most."""
    if len(operations) > _MOST_OPERATIONS:
        raise PatchFailed("too many operations")
    added, own = 0, dict[int, object]()
    for operation in operations:
        op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
        if op not in _OPERATIONS or not isinstance(path, str):
            raise PatchFailed("not an operation")
        # A shorter path cannot be too deep.
        if len(path) > DEEPEST and (len(path) > _LONGEST_PATH or path.count("/") > DEEPEST):
            raise PatchFailed("nested too deeply")
        added += len(path) + weigh(value)
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


def _replaces_everything(operations: list[Operation]) -> bool:
    first = operations[0] if operations else {}
    return first.get("op") in ("add", "replace") and first.get("path") in _ALL


def _small_weight(operations: Any) -> int | None:
    """About what a patch takes, None for one that is not small or no patch at all."""
    if not isinstance(operations, list):
        return None
    weight = 0
    for operation in operations:
        value = operation.get("value") if isinstance(operation, dict) else ()
        if isinstance(value, str):
            weight += len(value)
        elif isinstance(value, dict | list | tuple):
            return None
        weight += 64
    return weight
