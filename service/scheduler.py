"""What runs by itself and how often: close of day, promises, planning, sending, payment reconciliation.

APScheduler only ticks; each job claims its work in the database, so that a double tick is harmless.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from service.domain.days import business_date
from service.leader import Leader
from service.settings import Settings
from service.usecases.chat.charge_autopay import charge_autopay
from service.usecases.chat.tell_hardship import tell_hardship
from service.usecases.chat.tell_payments import tell_payments
from service.usecases.collect.count_tries import count_tries
from service.usecases.collect.judge_experiments import guard_experiments
from service.usecases.collect.plan import plan
from service.usecases.collect.remind_promises import remind_promises
from service.usecases.collect.send import mark_unknown, send_due
from service.usecases.collect.settle_hardship import settle_hardship
from service.usecases.collect.settle_promises import settle_due_promises
from service.usecases.desk.open_cases import open_cases, weigh_cases
from service.usecases.loan.close_day import close_day
from service.usecases.loan.expire_temporary_limits import expire_temporary_limits
from service.usecases.loan.forget_answers import forget_answers
from service.usecases.loan.reconcile_payments import reconcile_payments
from service.wiring import Services, build

log = logging.getLogger("xiaoqing.scheduler")
Progress = Callable[[int, int], None]
SEND_BATCH = 200
# Over a large portfolio planning takes minutes, and most of a day's later plans find nothing: it rests so many times as
# long as it took.
RESTS = 5


def close_and_plan(services: Services, progress: Progress | None = None) -> dict[str, Any]:
    """Age the ledger to today where that is not done, decide due promises and plans, plan today's outreach."""
    today = business_date(services.clock.now())
    closed = close_day(
        services.database,
        business_date=today,
        clock=services.clock,
        progress=progress,
    )
    expired = expire_temporary_limits(
        services.database, business_date=today, rules=services.limit_rules, clock=services.clock
    )
    with services.database.transaction() as conn:
        settled = settle_due_promises(conn, today=today, now=services.clock.now())
    # before planning: a broken plan returns to outreach, a running one stays out of it
    hardship = settle_hardship(services.database, day=today, clock=services.clock, tell=tell_hardship)
    services.bell.ring()
    forget_answers(services.database, clock=services.clock)
    guard_experiments(services.database, policy=services.policy, clock=services.clock)
    count_tries(services.database, policy=services.policy, clock=services.clock)
    reminded = remind_promises(
        services.database,
        clock=services.clock,
        policy=services.policy,
        channels=services.outreach_senders.keys(),
    )
    planned = plan(
        services.database,
        clock=services.clock,
        policy=services.policy,
        channels=services.outreach_senders.keys(),
        scorer=services.scorer,
    )
    weigh_cases(services.database, clock=services.clock, policy=services.policy)
    return {
        "日终": closed,
        "到期临时额度": expired,
        "到期承诺": settled,
        "困难方案": hardship,
        "约定提醒": reminded,
        "新计划": planned,
    }


def send(services: Services) -> Any:
    """Send what is planned and lawful now."""
    return send_due(
        services.database,
        clock=services.clock,
        policy=services.policy,
        senders=services.outreach_senders,
        limit=SEND_BATCH,
    )


def queue_cases(services: Services) -> int:
    """Bring what needs a person into the people's queue."""
    return open_cases(services.database, clock=services.clock, policy=services.policy)


def charge(services: Services) -> int:
    """Charge the cards of those with automatic payment for what falls due today."""
    return charge_autopay(
        services.database, gateway=services.gateway, clock=services.clock, hooks=services.after_payment
    )


def tell_news(services: Services) -> int:
    """Tell borrowers of money that came by a bank's file, was moved or was taken back."""
    told = tell_payments(services.database, clock=services.clock, policy=services.policy)
    if told:
        services.bell.ring()
    return told


def reconcile(services: Services) -> int:
    """Ask the gateway about payments that have not been called back."""
    return reconcile_payments(
        services.database,
        gateway=services.gateway,
        clock=services.clock,
        hooks=services.after_payment,
    )


def tick_once(services: Services, *, progress: Progress | None = None) -> dict[str, Any]:
    """Everything once, in the order in which each step needs the one before; a step that fails is reported."""
    done: dict[str, Any] = {}
    jobs: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("日终与计划", lambda: close_and_plan(services, progress)),
        ("自动扣款", lambda: charge(services)),
        ("发送", lambda: send(services)),
        ("人工队列", lambda: queue_cases(services)),
        ("支付对账", lambda: reconcile(services)),
        ("到账通知", lambda: tell_news(services)),
    )
    for name, job in jobs:
        try:
            done[name] = job()
        except Exception as error:
            log.exception("job failed: %s", name)
            done[name] = f"失败：{error}"
    return done


class Ticker:
    """Ticks in the background while this process leads; others wait, and take over when it dies."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._leader = Leader(services.database, services.settings.data_dir)
        self._started = False
        self._starting = threading.Lock()
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(job_defaults=options, timezone="UTC")
        every = services.settings.scheduler_seconds
        self._add(close_and_plan, seconds=every * 6, after=3, rests=RESTS)
        self._add(charge, seconds=every * 6, after=4)
        self._add(send, seconds=every, after=5)
        self._add(queue_cases, seconds=every, after=6)
        self._add(reconcile, seconds=every, after=4)
        self._add(tell_news, seconds=every, after=7)

    def _add(self, job: Callable[[Services], Any], *, seconds: int, after: int, rests: int = 0) -> None:
        name, first = job.__name__, datetime.now(timezone.utc) + timedelta(seconds=after)

        def run() -> None:
            began = time.monotonic()
            self._lead(job)
            rest = rests * (time.monotonic() - began)
            if rest > seconds:
                self._scheduler.modify_job(name, next_run_time=datetime.now(timezone.utc) + timedelta(seconds=rest))

        self._scheduler.add_job(run, "interval", id=name, name=name, seconds=seconds, next_run_time=first)

    def _lead(self, job: Callable[[Services], Any]) -> None:
        if not self._leader.acquire():
            return
        with self._starting:  # no other job begins to send before what was left behind is marked
            if not self._started:
                with self._services.database.transaction() as conn:
                    mark_unknown(conn, now=self._services.clock.now())
                self._started = True
        job(self._services)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)
        self._leader.release()


def run_forever(config: Settings) -> None:
    """The scheduler alone, until SIGINT or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ticker = Ticker(build(config))
    ticker.start()
    ended.wait()
    ticker.stop()
