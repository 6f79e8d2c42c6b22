"""How a command is written, on one line."""

from bot.grammar.fields import Field
from bot.grammar.routes import Route, Routes, all_routes

_SHOWN_CHOICES = 4
# Buttons carry it; nobody types one.
_UNSHOWN = ("cursor",)
_SAMPLES = {"boolean": "true", "integer": "N", "number": "N", "object": "{…}"}


def usage(name: str, routes: Routes | None = None) -> str:
    """Words, values in capitals, options in brackets: `list [WORKFLOW] [status=…] …`."""
    return usage_line((all_routes() if routes is None else routes).named(name))


def usage_line(route: Route) -> str:
    """The line of one route."""
    apart = (*route.positional, *_UNSHOWN)
    by_key = [field for name, field in route.fields.items() if name not in apart]
    loose = ["[key=value …]"] if route.is_loose else []
    values = [_positional(route, name) for name in route.positional]
    return " ".join([route.verb, *values, *loose, *(_by_key(field) for field in by_key)])


def _positional(route: Route, name: str) -> str:
    field = route.fields[name]
    if field.kind == "object":
        return "[{…}]"
    word = name.removesuffix("s").removesuffix("_id").upper()
    several = route.takes_rest and name == route.positional[-1]
    shown = f"{word} …" if several else word
    return shown if field.required else f"[{shown}]"


def _by_key(field: Field) -> str:
    written = f"{field.name}={_sample(field)}"
    return written if field.required else f"[{written}]"


def _sample(field: Field) -> str:
    if field.choices and len(field.choices) <= _SHOWN_CHOICES:
        return "|".join(field.choices)
    return _SAMPLES.get(field.kind, "…")
