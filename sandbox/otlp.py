"""OTLP over HTTP as the worker sends it: protobuf bodies, and the values inside them."""

import base64
import json
import math
import zlib
from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from sandbox.errors import ApiError

# Exporters send 512 spans at a time; a worker may put 512 KiB of arguments into each.
MAX_BODY_BYTES = 64 * 1024 * 1024
# A longer text says no more to anybody who reads it here.
MAX_TEXT = 32 * 1024

_INTERNAL_PREFIX = "__internal_"


def parse[M: Message](kind: type[M], body: bytes, encoding: str | None) -> M:
    """Read one export request; raises ApiError 400, 413 or 415."""
    try:
        return kind.FromString(_unpacked(body, encoding))
    except (DecodeError, zlib.error) as error:
        raise ApiError(400, "invalid_telemetry", f"Not a {kind.__name__}: {error}") from error


def plain(value: AnyValue) -> Any:
    """The Python value, always fit for JSON."""
    match value.WhichOneof("value"):
        case "array_value":
            return [plain(item) for item in value.array_value.values]
        case "kvlist_value":
            return attributes(value.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "double_value":
            number = value.double_value
            return number if math.isfinite(number) else str(number)
        case "string_value":
            whole = value.string_value
            return whole if len(whole) <= MAX_TEXT else f"{whole[:MAX_TEXT]}..."
        case None:
            return None
        case name:
            return getattr(value, name)


def nanoseconds(moment: int) -> int:
    """A time of OTLP within the bounds of the store and of calendars: until the year 2116."""
    return min(moment, 2**62)


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes by key; what the worker keeps to itself is left out."""
    return {
        pair.key: plain(pair.value) for pair in pairs if not pair.key.startswith(_INTERNAL_PREFIX)
    }


def text(value: Any) -> str:
    """A value as people read it: text as it is, nothing for nothing, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _unpacked(body: bytes, encoding: str | None) -> bytes:
    match encoding:
        case None | "" | "identity":
            unpacked = body
        case "gzip":
            unpacked = _gunzipped(body)
        case _:
            raise ApiError(415, "invalid_telemetry", f"Content-Encoding {encoding!r} is unknown.")
    if len(unpacked) > MAX_BODY_BYTES:
        raise ApiError(413, "invalid_telemetry", "This telemetry is too large.")
    return unpacked


def _gunzipped(body: bytes) -> bytes:
    # 16 asks zlib for the gzip format; one byte more than allowed tells a bomb.
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    unpacked = stream.decompress(body, MAX_BODY_BYTES + 1)
    if not stream.eof and len(unpacked) <= MAX_BODY_BYTES:
        raise zlib.error("the gzip stream is cut short")
    return unpacked
