"""What debtors do in WeChat, as rules of the machine that tells histories of collection; what came of it is kept by
hand for the phone to judge by (`outreach_oracle.Account`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy import Connection

from service.db.chat import conversation_id_of
from service.domain.chat.wechat_binding import Ended
from service.domain.collect.policy import Policy
from service.domain.collect.treatment import Step
from service.domain.errors import Refused
from service.usecases.chat.bind_wechat import Written, end_binding, issue_code, take_message
from service.usecases.chat.keep_consents import keep_consent, withdraw_consents
from service.usecases.chat.receive import receive
from service.usecases.chat.say import say
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import for_everybody_alike
from tests.service.outreach_oracle import Account, Phone

WHO = st.sampled_from(["late", "later", "soon"])
CHANNELS = ("inapp", "wechat", "subscription")
BY_WECHAT = {"wechat": ("wechat_notice",), "subscription": ("subscription_notice",)}


@lru_cache
def wechat_first() -> Policy:
    """The shipped policy where every message goes by WeChat as far as it can."""
    alike = for_everybody_alike()
    treatments = tuple(replace(one, steps=tuple(map(_by_wechat, one.steps))) for one in alike.strategy.treatments)
    return replace(alike, strategy=replace(alike.strategy, treatments=treatments))


def _by_wechat(step: Step) -> Step:
    return replace(step, say=BY_WECHAT | dict(step.say)) if step.say else step


class InWechat(RuleBasedStateMachine):
    """`accounts` by debtor, each with the WeChat "o-" and his id."""

    outer: Connection
    clock: FrozenClock
    phone: Phone
    accounts: dict[str, Account]
    count = 0

    def key(self) -> str:
        self.count += 1
        return f"k-{self.count}"

    def try_to(self, what: Callable[[], Any]) -> Any:
        """Refusals are fine: they change nothing."""
        with self.outer.begin_nested() as point:
            try:
                return what()
            except Refused:
                point.rollback()
                return None

    @rule(who=WHO)
    def binds(self, who: str) -> None:
        made = self.try_to(lambda: issue_code(self.outer, borrower_id=who, now=self.clock.now(), policy=policy()))
        if made is None:  # ten a day
            return
        said = Written(f"o-{who}", self.key(), f"绑定 {made.code}")
        assert take_message(self.outer, said, now=self.clock.now(), policy=policy())
        self.accounts[who] = Account(bound=True, wrote_at=self.clock.now(), replies=1)

    @rule(who=WHO, menu=st.booleans())
    def writes_in_wechat(self, who: str, menu: bool) -> None:
        """Or presses a menu entry, which opens no window of two days."""
        if who not in self.accounts:
            return
        key = f"event-{self.key()}" if menu else self.key()
        said = {"channel": "wechat", "message_id": key, "channel_user_id": f"o-{who}", "text": "怎么还款"}
        kept = self.try_to(lambda: receive(self.outer, **said, now=self.clock.now()))
        if kept is not None and not menu:  # thirty without an answer are enough
            self.accounts[who] = replace(self.accounts[who], wrote_at=self.clock.now(), replies=0)

    @rule(who=WHO, times=st.integers(1, 4))
    def is_answered_in_wechat(self, who: str, times: int) -> None:
        for _ in range(times if who in self.accounts else 0):
            talk = conversation_id_of("wechat", f"o-{who}")
            say(
                self.outer, conversation_id=talk, message_id=self.key(), text="好的", sender="bot",
                now=self.clock.now(),
            )  # fmt: skip
            self.accounts[who].replies += 1

    @rule(who=WHO)
    def leaves_wechat(self, who: str) -> None:
        end_binding(self.outer, f"o-{who}", by="wechat", why=Ended.UNFOLLOWED, now=self.clock.now())
        if who in self.accounts:
            self.accounts[who] = replace(self.accounts[who], bound=False, allowed=0)

    @rule(who=WHO, withdraws=st.booleans())
    def answers_a_request_for_notices(self, who: str, withdraws: bool) -> None:
        told = {"openid": f"o-{who}", "template_id": "t", "message_id": self.key(), "now": self.clock.now()}
        keep = partial(withdraw_consents, by="borrower") if withdraws else keep_consent
        kept = keep(self.outer, **told)
        bound = who in self.accounts and self.accounts[who].bound
        assert kept == bound
        if bound:
            self.accounts[who].allowed = 0 if withdraws else self.accounts[who].allowed + 1
