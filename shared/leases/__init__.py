"""Leases: work that one process at a time does, and that another takes over when it is gone."""

from shared.leases.keeping import keep, let_go
from shared.leases.leases import LENGTH, Guard, LeaseLost, Leases
from shared.leases.owner import is_gone, new_owner
from shared.leases.rows import Lease

__all__ = [
    "LENGTH",
    "Guard",
    "Lease",
    "LeaseLost",
    "Leases",
    "is_gone",
    "keep",
    "let_go",
    "new_owner",
]
