"""Charts: pie, line, bar and area."""

from collections.abc import Iterator

from sandbox.slack.checks.objects import ID
from sandbox.slack.checks.shapes import Rule, items, number, shape, tagged, text, wrong

_LABEL = text(1, 20)
_POINT = shape({"label": _LABEL, "value": number})
_SERIES = shape({"name": _LABEL, "data": items(_POINT, 1, 20)})
_AXIS = shape(
    {"categories": items(_LABEL, 1, 20)}, {"x_label": text(1, 50), "y_label": text(1, 50)}
)


def _on_axis(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    known = value["axis_config"]["categories"]
    for index, series in enumerate(value["series"]):
        if any(point["label"] not in known for point in series["data"]):
            yield wrong("each label must be one of the categories", f"{at}/series/{index}/data")


_PLOT = shape({"axis_config": _AXIS, "series": items(_SERIES, 1, 12)}, {}, _on_axis)
_CHARTS: dict[str, Rule] = {
    "pie": shape({"segments": items(_POINT, 1, 12)}),
    "line": _PLOT,
    "bar": _PLOT,
    "area": _PLOT,
}
CHART = shape({"title": text(1, 50), "chart": tagged(_CHARTS)}, {"block_id": ID})
