"""Work that one process at a time may do, for as long as it says that it is alive."""

from sqlalchemy import BigInteger, String, Table
from sqlalchemy import Column as C

from shared.tables.columns import UtcDateTime, metadata

# `token` grows whenever the lease changes hands: whoever writes under a lease checks, in the same
# transaction, that the token is still its own.
leases = Table(
    "leases",
    metadata,
    C("name", String(300), primary_key=True),
    C("owner", String(64), nullable=False),
    C("token", BigInteger, nullable=False),
    C("expires_at", UtcDateTime, nullable=False),
)
