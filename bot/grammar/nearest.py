"""The known words that a mistyped one may be."""

from collections.abc import Iterable

_FARTHEST = 2


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Those at most two typing errors away, the nearest first."""
    typed = word.casefold()[:60]
    distances = {each: distance(typed, each.casefold()) for each in known}
    near = [each for each, far in distances.items() if far <= min(_FARTHEST, len(typed) - 1)]
    return sorted(near, key=lambda each: (distances[each], each))


def distance(left: str, right: str) -> int:
    """How many letters to insert, drop, replace or swap with the next one."""
    if abs(len(left) - len(right)) > _FARTHEST:
        return _FARTHEST + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return row[-1]
