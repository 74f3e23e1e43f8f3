"""What a command finds before it begins: secrets, the newest schema, a gateway; else it says what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from service.domain.errors import XiaoqingError
from service.screen import fail
from service.settings import Settings, settings

if TYPE_CHECKING:  # loaded where they are needed, so that `xiaoqing --help` answers at once
    from service.db.engine import Database
    from service.usecases.ports import SystemClock


def prepared() -> Settings:
    """Settings with every secret in place (made on the first start)."""
    from service.prepare import ensure_secrets

    ensure_secrets()
    settings.cache_clear()
    return settings()


def ready(*, takes_payments: bool = False) -> Settings:
    """Settings of a system whose database has the newest schema and, where it `takes_payments`, that has a gateway;
    else says what makes it so."""
    from service.prepare import is_migrated

    config = prepared()
    if not is_migrated(config):
        raise fail("数据库还没有建好，或不是最新结构。请先运行：xiaoqing migrate（或直接运行 xiaoqing up）", code=3)
    if takes_payments:
        need_gateway(config)
    return config


def need_gateway(config: Settings) -> None:
    if not config.has_gateway:
        raise fail(
            "没有支付网关，无法收款。请设置 XIAOQING_PAYMENT_GATEWAY_URL 和 XIAOQING_PAYMENT_GATEWAY_KEY；"
            "只是演示的话，请设置 XIAOQING_DEMO=true，使用本机的沙箱。",
            code=3,
        )


def clock_of(config: Settings) -> SystemClock:
    """The clock that the service goes by, shifted as it is: what a command writes or judges is of the same time."""
    from service.usecases.ports import SystemClock

    return SystemClock(timedelta(seconds=config.clock_offset_seconds))


@contextmanager
def database(config: Settings) -> Iterator[Database]:
    """Closed in the end; what is refused meanwhile is told in a line, and ends the command with 2."""
    from service.db.engine import Database

    found = Database(config.database)
    try:
        yield found
    except XiaoqingError as refusal:
        raise fail(refusal.detail, code=2) from None
    finally:
        found.close()
