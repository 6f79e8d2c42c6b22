"""The worker's payload format on the Temporal wire, `json/wf_v1` (mistralai-workflows 3.16.0).

One payload per argument. The client's own converter leaves these alone because they travel as
`RawValue`, in both directions.
"""

import json
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from sandbox.errors import ApiError

ENCODING = b"json/wf_v1"


def encode(
    value: Any,
    *,
    namespace: str,
    execution_id: str,
    extensions: dict[str, Any] | None = None,
) -> RawValue:
    """Wrap one argument; None means that there is no argument."""
    metadata = {
        "encoding": ENCODING,
        "namespace": namespace.encode(),
        "execution_id": execution_id.encode(),
        "encoding_options": b"",
    }
    if value is None:
        metadata["empty_payload"] = b"\x00"
    if extensions:
        metadata["__internal_extensions"] = json.dumps(extensions).encode()
    return RawValue(Payload(metadata=metadata, data=json.dumps(value).encode()))


def decode(payload: Payload) -> Any:
    """Read one payload; raises ApiError 501 for an encrypted, compressed or offloaded one."""
    options = payload.metadata.get("encoding_options", b"").decode()
    if options:
        raise ApiError(
            501,
            "payload_encoding_not_supported",
            f"This payload is {options}; the sandbox reads plain payloads only.",
        )
    return json.loads(payload.data) if payload.data else None


def decode_raw(value: RawValue | None) -> Any:
    """Read what a query or an update returned."""
    return None if value is None else decode(value.payload)
