"""What exists for the doors of people's work: cases, wishes, calls, stops; each is new, so that none is used up."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.db import case as cases
from service.db import contact
from service.domain.collect.contact import PointKind
from service.domain.collect.outreach import Purpose, Target
from service.usecases.collect.clear_call import clear_call
from service.usecases.collect.pause import pause
from service.usecases.collect.resume import resume
from service.usecases.desk.contact_others import ask_to_contact
from service.usecases.desk.open_cases import open_cases
from service.usecases.desk.work_case import claim
from service.usecases.loan.register_borrower import register_borrower
from service.wiring import Services

OURS, COLLEAGUE = "苏禾", "顾清"  # whose token opens the doors, and another
WORDS = "您好，请问您方便转告他给我们回个电话吗？"


@dataclass(frozen=True)
class RealDesk:
    at: Services

    def of(self, path: str) -> dict[str, Any]:
        """By the path of an operation; empty where it is about none of these."""
        told = {"reason": "核对无误", "note": "核对无误", "words": WORDS, "purpose": "locate", "approve": True}
        if "{pause_id}/resume" in path:
            return told | {"pause_id": self._stop(self._borrower(), "complaint")}
        if "/resume-requests/" in path:
            return told | {"request_id": self._resuming()}
        if "/calls/{call_id}" in path:
            return {"call_id": self._call(), "result": "unanswered"}
        if path.startswith("/collect/queue/contact-requests/"):
            return told | {"request_id": self._wish()}
        if "{case_id}" in path:
            case_id, point_id = self._case(held=not path.endswith("/claim"), by=OURS)
            return told | {"case_id": case_id, "contact_point_id": point_id, "code": "nothing_to_do"}
        return {}

    def _borrower(self) -> str:
        who = f"d-{secrets.token_hex(8)}"
        with self.at.database.transaction() as conn:
            register_borrower(conn, borrower_id=who, name="云小满", phone=self._phone(), now=self.at.clock.now())
        return who

    def _phone(self) -> str:
        return f"199{secrets.randbelow(10**8):08d}"

    def _stop(self, who: str, reason: str) -> str:
        with self.at.database.transaction() as conn:
            return pause(conn, borrower_id=who, reason=reason, by=OURS, note="样例", now=self.at.clock.now()).id

    def _resuming(self) -> str:
        pause_id = self._stop(self._borrower(), "fraud")
        with self.at.database.transaction() as conn:
            asked = resume(conn, pause_id=pause_id, by=COLLEAGUE, reason="已排除", **self._now())
        assert asked.request is not None
        return asked.request.id

    def _call(self) -> str:
        who, call_id = self._borrower(), f"call-{secrets.token_hex(8)}"
        with self.at.database.transaction() as conn:
            asked = clear_call(conn, attempt_id=call_id, borrower_id=who, purpose=Purpose.SERVE, by=OURS, **self._now())
        assert asked.allowed, asked.reasons
        return call_id

    def _case(self, *, held: bool, by: str) -> tuple[str, str]:
        """A case of somebody who cannot be reached, and a number of a third party's."""
        who = self._borrower()
        self._stop(who, "debtor_unavailable")
        open_cases(self.at.database, clock=self.at.clock, policy=self.at.policy)
        with self.at.database.transaction() as conn:
            found = cases.live_of(conn, who)
            assert found is not None
            if held:
                claim(conn, case_id=found.id, by=by, **self._now())
            return found.id, self._point(conn, who)

    def _point(self, conn: Connection, who: str) -> str:
        return contact.add_point(
            conn, borrower_id=who, kind=PointKind.PHONE, address=self._phone(), target=Target.CONTACT,
            relation="姐姐", now=self.at.clock.now(),
        )  # fmt: skip

    def _wish(self) -> str:
        case_id, point_id = self._case(held=True, by=COLLEAGUE)
        wish = {"case_id": case_id, "contact_point_id": point_id, "purpose": Purpose.LOCATE, "words": WORDS}
        with self.at.database.transaction() as conn:
            return ask_to_contact(conn, **wish, reason="联系不上本人", by=COLLEAGUE, **self._now()).id

    def _now(self) -> dict[str, Any]:
        return {"now": self.at.clock.now(), "policy": self.at.policy}
