"""Documents that grow by patches."""

import contextlib
import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.patches import DEEPEST, LARGEST, PatchedDocument, PatchFailed, apply_patch

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3)
    ),
    max_leaves=12,
)
PATHS = st.sampled_from(
    ["", "/", "/a", "/0", "/a/0", "/-", "/a/-", "//", "/~", "/~0", "a", "/" + "9" * 1_900]
)
HOSTILE = st.lists(
    st.dictionaries(
        st.sampled_from(["op", "path", "value", "from"]),
        st.sampled_from(["add", "replace", "remove", "append", "move", "copy", "test"])
        | PATHS
        | DOCUMENTS,
    )
    | st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove", "append"]), "path": PATHS},
        optional={"value": DOCUMENTS},
    ),
    max_size=4,
)


@pytest.mark.parametrize(
    ("document", "operations", "expected"),
    [
        ({"a": 1}, [{"op": "replace", "path": "/a", "value": 2}], {"a": 2}),
        ({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]}),
        ({"a": [1]}, [{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1]}),
        ({"a": 1}, [{"op": "remove", "path": "/a", "value": None}], {}),
        ({"a": ""}, [{"op": "append", "path": "/a", "value": "text"}], {"a": "text"}),
        ({"a": ["x"]}, [{"op": "append", "path": "/a/0", "value": "y"}], {"a": ["xy"]}),
        ({"a/b": 1}, [{"op": "replace", "path": "/a~1b", "value": 2}], {"a/b": 2}),
        ("a", [{"op": "append", "path": "", "value": "b"}], "ab"),
        ("a", [{"op": "append", "path": "/", "value": "b"}], "ab"),
        ({"a": 1}, [{"op": "replace", "path": "/", "value": [1]}], [1]),
        (
            None,
            [{"op": "add", "path": "", "value": []}, {"op": "add", "path": "/-", "value": 1}],
            [1],
        ),
        ({"a": 1}, [{"op": "remove", "path": "", "value": None}], None),
    ],
)
def test_a_patch_is_applied(document: Any, operations: list[Any], expected: Any) -> None:
    assert apply_patch(document, operations) == expected


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "replace", "path": "/missing", "value": 1}],
        [{"op": "append", "path": "/missing", "value": "x"}],
        [{"op": "append", "path": "/n", "value": "x"}],
        [{"op": "append", "path": "/s", "value": 1}],
        [{"op": "append", "path": "/s", "value": {"type": "__encrypted__", "value": "x"}}],
        [{"op": "append", "path": "", "value": "x"}],
        [{"op": "add", "path": "/s/deeper", "value": 1}],
        [{"op": "replace", "path": ""}],
        [{"op": "add", "path": "/a"}],
        [{"op": "dance", "path": "/n", "value": 1}],
        [{"op": "copy", "from": "", "path": "/copy"}],
        [{"op": ["add"], "path": "/n", "value": 1}],
        [{"op": "add", "path": 7, "value": 1}],
        [{"op": "add", "path": "/" + "x/" * DEEPEST, "value": 1}],
        [{"op": "add", "path": "/a", "value": "x" * LARGEST}],
        [{"op": "add", "path": "/a", "value": json.loads("[" * 500 + "]" * 500)}],
        [{"op": "append", "path": "/s", "value": "x" * 10_000}] * 60,
        [{"op": "add", "path": "/a", "value": 1}] * 2_001,
    ],
)
def test_a_patch_that_does_not_fit_fails_and_changes_nothing(operations: list[Any]) -> None:
    document = {"n": 1, "s": "text", "l": [1]}

    with pytest.raises(PatchFailed):
        apply_patch(document, [{"op": "replace", "path": "/n", "value": 2}, *operations])
    assert document == {"n": 1, "s": "text", "l": [1]}


@given(DOCUMENTS, DOCUMENTS)
def test_patches_made_by_the_library_lead_from_one_document_to_the_other(
    old: Any, new: Any
) -> None:
    patch = jsonpatch.JsonPatchWithAppend.from_diff(old, new, optimization=False).patch
    # "/" cannot be told from the key "" in the API's patches.
    if any(operation["path"] == "/" for operation in patch):
        return
    before = copy.deepcopy((old, patch))

    assert apply_patch(old, patch) == new
    assert (old, patch) == before


@given(DOCUMENTS, HOSTILE)
def test_whatever_a_patch_holds_it_applies_or_fails_and_changes_nothing_else(
    document: Any, operations: list[Any]
) -> None:
    before = copy.deepcopy((document, operations))
    with contextlib.suppress(PatchFailed):
        apply_patch(document, operations)
    assert (document, operations) == before


@given(DOCUMENTS, st.lists(HOSTILE, max_size=5))
def test_a_document_stays_at_its_last_good_state(start: Any, patches: list[list[Any]]) -> None:
    """However late the patches are applied."""
    document = PatchedDocument()
    document.replace(start)
    expected, stale = start, False
    for operations in patches:
        document.patch(operations)
        try:
            recovers = stale and operations and operations[0].get("path") in ("", "/")
            if not stale or (recovers and operations[0].get("op") in ("add", "replace")):
                expected, stale = apply_patch(expected, operations), False
        except PatchFailed:
            stale = True

    assert document.stale == stale
    if not stale:
        assert document.value == expected


def test_text_that_grows_word_by_word_is_joined() -> None:
    document = PatchedDocument()
    document.replace({"text": "", "other": ""})
    for word in ("a", "b", "c"):
        document.patch([{"op": "append", "path": "/text", "value": word}])
    document.patch([{"op": "append", "path": "/other", "value": "x"}])
    document.patch([{"op": "append", "path": "/text", "value": "d"}])

    assert document.value == {"text": "abcd", "other": "x"}


def test_a_failing_patch_keeps_the_last_good_state_until_the_next_snapshot() -> None:
    document = PatchedDocument()
    document.replace({"n": 1})
    document.patch([{"op": "replace", "path": "/n", "value": 2}])
    document.patch([{"op": "replace", "path": "/n", "value": 3}, {"op": "remove", "path": "/x"}])
    document.patch([{"op": "replace", "path": "/n", "value": 4}])

    assert (document.value, document.stale) == ({"n": 2}, True)
    document.replace({"n": 5})
    assert (document.value, document.stale) == ({"n": 5}, False)


@pytest.mark.parametrize("patch", [None, "AAAA", {"op": "add"}, [1], [[]]])
def test_a_patch_that_cannot_be_read_makes_the_document_stale(patch: object) -> None:
    document = PatchedDocument()
    document.replace({"n": 1})
    document.patch(patch)

    assert (document.value, document.stale) == ({"n": 1}, True)


def test_after_a_gap_patches_wait_for_a_snapshot() -> None:
    document = PatchedDocument()
    document.replace({"n": 1})
    document.lose_track()
    document.patch([{"op": "replace", "path": "/n", "value": 2}])
    assert (document.value, document.stale) == ({"n": 1}, True)

    document.patch([{"op": "replace", "path": "", "value": {"n": 3}}])
    assert (document.value, document.stale) == ({"n": 3}, False)


def test_a_document_that_grows_without_end_stops_growing() -> None:
    document = PatchedDocument()
    document.replace({"text": ""})
    for _ in range(200):
        document.patch([{"op": "append", "path": "/text", "value": "x" * 10_000}])

    assert document.stale
    assert len(document.value["text"]) <= LARGEST


def test_a_snapshot_that_is_too_large_is_not_kept() -> None:
    document = PatchedDocument()
    document.replace({"n": 1})
    document.replace({"text": "x" * LARGEST})

    assert (document.value, document.stale) == ({"n": 1}, True)
