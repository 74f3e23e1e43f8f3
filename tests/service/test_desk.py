"""Handing a conversation to a person and back, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from service.db import desk
from service.db.engine import Database
from service.db.tables.chat import conversation, turn
from service.db.tables.desk import handover
from service.db.tables.loan import borrower
from service.domain.collect.policy import policy_from
from service.domain.desk.handover import Agent
from service.domain.errors import NotFound, Refused
from service.usecases.chat.conversation import open_conversation
from service.usecases.chat.receive import receive
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.desk.give_back import give_back
from service.usecases.desk.hand_over import hand_over, position
from service.usecases.desk.log_in import log_in, log_out, still_logged_in
from service.usecases.desk.pages import Wanted, conversations, outreach, promises, turns
from service.usecases.desk.reply import reply
from service.usecases.desk.take import take
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.service.desk_cast import WORDING, agent, in_app, said

