"""What a dispute and a complaint share: what it is about, the borrower's words, read back, filed once."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import pick, replies
from actions.form import LONGEST_WORDS, OF_A_FILING, ValidateForm, typed_words
from actions.replies import Said
from actions.service_client import Refused, Service
from actions.turn import FALLBACK_INTENT, Outcome, Turn

CALLS_ONE = re.compile("转|叫|找|要|接|换|让|派|人工|真人|有人")
SUPPLEMENT = re.compile("还有|补充|另外|而且|并且|应该|改成|不是")
PUTS_RIGHT = re.compile(r"(?:不对|不是|错了|(?:说|写|记|打)错了?|更正(?:一下)?)[了啊，,。\s]*(?=(?:应该)?是\S{2,})")
LONGEST_ABOUT, A_SENTENCE = 60, 6


# Said to what was read back, these tell more of it.
TELLS = frozenset({FALLBACK_INTENT, "inform", "out_of_scope", "call_back_later"})


class ValidateMatterForm(ValidateForm):
    """`slots` are about, words and the yes; `sure` is what such words have in them, so that they are no question."""

    explains = OF_A_FILING
    kind: str
    sure: re.Pattern[str]
    never: frozenset[str]
    what_is_wrong: str
    filed: str

    @abstractmethod
    async def choices(self, service: Service) -> Sequence[Mapping[str, Any]]:
        """What it can be about: each has a title, and a loan_id where it is a loan."""

    @abstractmethod
    def known(self, turn: Turn, choices: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """What a message is about, where it says so, or where there is but one thing."""

    async def opening(self, turn: Turn, service: Service) -> Outcome:
        about, words, _ = self.slots
        text = turn.text.strip()
        tells = not text.startswith("/") and len(text) >= A_SENTENCE and self.sure.search(text)
        found = self.known(turn, await self.choices(service))
        return Outcome(slots={**self.empty(), about: found, words: text if tells else None})

    async def reading(self, turn: Turn, service: Service) -> Outcome | None:
        about, words, confirm = self.slots
        if turn.intent == "human_agent" and not CALLS_ONE.search(turn.text):
            turn = replace(turn, intent="inform")  # 刚才那个客服 tells of one
        said = typed_words(turn, never=self.never, sure=self.sure)
        if turn.asked == about:
            return self._about(turn, said, await self.choices(service))
        if turn.asked == words:
            if said is not None and _only_names(said, turn, await self.choices(service)):
                return Outcome(slots={words: None, confirm: None})
            tells = said is not None and (turn.intent != "correct" or len(said) >= A_SENTENCE)  # 改一下 tells nothing
            return Outcome(slots={words: said, confirm: None}) if tells else None
        if said is not None and (put_right := PUTS_RIGHT.match(said)):  # 不对，是前天
            return Outcome(slots={words: _more(turn.slots[words], said[put_right.end() :]), confirm: None})
        adds = turn.intent in TELLS | self.own or (said and (SUPPLEMENT.search(said) or self.sure.search(said)))
        if said is not None and adds:
            return Outcome(slots={words: _more(turn.slots[words], said), confirm: None})
        if turn.intent in {"deny", "correct"}:
            return Outcome(says=(Said(self.what_is_wrong),), slots={words: None, confirm: None})
        return None

    def _about(self, turn: Turn, said: str | None, choices: Sequence[Mapping[str, Any]]) -> Outcome | None:
        about, words, confirm = self.slots
        chosen = pick.named(turn, choices) or self.known(turn, choices)
        if chosen is None and (said is None or turn.intent == "deny"):
            return None
        before = turn.slots.get(words)
        if chosen is None and before and len(str(said)) >= A_SENTENCE:  # goes on to tell, and names nothing
            noted: dict[str, Any] = {about: None, words: _more(before, str(said)), confirm: None}
            return Outcome(says=(Said("utter_matter_noted"),), slots=noted)
        slots = {about: chosen or {"title": str(said)[:LONGEST_ABOUT]}, confirm: None}
        if said is not None and len(said) >= A_SENTENCE and self.sure.search(said):
            slots[words] = said
        return Outcome(slots=slots)

    async def doing(self, turn: Turn, service: Service) -> Outcome:
        about, words, _ = (turn.slots[name] for name in self.slots)
        try:
            made = await service.file_matter(
                kind=self.kind, about=about["title"], words=words, loan_id=about.get("loan_id")
            )
        except Refused as refusal:
            return self.ended(replies.refused(refusal.detail))
        variables = {"reference": made["reference"], "answer_by": replies.day(made["answer_by"], today=turn.today)}
        return self.ended(Said(self.filed, variables))


def _only_names(said: str, turn: Turn, choices: Sequence[Mapping[str, Any]]) -> bool:
    """橱柜 says once more which one it is, and not what is wrong with it."""
    return len(said) < A_SENTENCE and pick.named(turn, choices) is not None


def _more(before: str, said: str) -> str:
    return f"{before}；{said}"[:LONGEST_WORDS]
