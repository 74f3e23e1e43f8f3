"""What can go wrong in ways a caller should know, as one family of exceptions.

XiaoqingError
├── NotFound            the thing named does not exist (or may not be known to the caller)
├── IdentityRequired    the conversation has no verified borrower
├── Refused             a rule says no; `code` is stable, `detail` is Chinese and says what to do next
│   └── KeyReused       one idempotency key came with two different requests
├── InProgress          the same request is being worked on; sending it again in a moment gets its answer
└── Unavailable         another process or a gateway did not answer; trying again is safe

Expected refusals inside the core are values (`Violation`, `Shortfall`); a use case raises `Refused` where the
transaction must be abandoned. HTTP statuses are chosen in `service/api/errors.py` alone.
"""

from __future__ import annotations


class XiaoqingError(Exception):
    """Root of the family. `code` names the case for machines, `detail` explains it in Chinese."""

    code = "internal"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or code or self.code)
        self.detail = detail
        if code is not None:
            self.code = code


class NotFound(XiaoqingError):
    code = "not_found"


class IdentityRequired(XiaoqingError):
    code = "identity_required"


class Refused(XiaoqingError):
    code = "refused"


class KeyReused(Refused):
    code = "idempotency_key_reused"


class InProgress(XiaoqingError):
    code = "request_in_progress"


class Unavailable(XiaoqingError):
    code = "unavailable"
