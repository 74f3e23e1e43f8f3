"""A request that carries a key has one effect and one answer, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.db import kept_answer
from service.domain.errors import InProgress, KeyReused

Answer = Mapping[str, Any]


def answer_once(
    conn: Connection, *, scope: str, key: str, request: Mapping[str, Any], act: Callable[[], Answer], now: datetime
) -> Answer:
    """What `act` answers, kept in the transaction of its effect; the answer of the first time where `scope` has
    had this key with this request. Both are JSON. A refusal leaves nothing, so that the key may be used again.

    Raises KeyReused where the key came with another request, InProgress while another transaction works on it.
    """
    if not kept_answer.take(conn, scope=scope, key=key):
        raise InProgress("同一个请求正在处理中，请稍后用同一个编号再试。")
    asked = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    known = kept_answer.answer_of(conn, scope=scope, key=key)
    if known is not None:
        first, answer = known
        if first != asked:
            raise KeyReused("这个请求编号已用于另一项操作，请换一个编号。")
        kept: Answer = answer
        return kept
    made = act()
    kept_answer.keep(conn, scope=scope, key=key, request=asked, answer=dict(made), now=now)
    return made
