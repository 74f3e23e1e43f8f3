"""Turns a password into what may be kept of it, and checks one against that."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory
# Checked where no such agent exists, so that the time an answer takes does not tell.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
MAX_LENGTH = 256


def hash_password(password: str) -> str:
    """Raises ValueError for an empty password or one of more than 256 characters."""
    if not password or len(password) > MAX_LENGTH:
        raise ValueError(f"a password has 1 to {MAX_LENGTH} characters")
    return _hasher.hash(password)


def is_password(password: str, kept: str) -> bool:
    """Whether `kept` was made from `password`; takes as long for a wrong one."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
