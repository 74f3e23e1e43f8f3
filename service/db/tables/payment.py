"""What is kept of payments on their way: the orders, and every outcome the gateway told."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, String, Table, text

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.quote import quote

_OPEN = text("state IN ('created', 'pending')")
_HOLDS_QUOTE = text("quote_id IS NOT NULL AND quote_released_at IS NULL")
_UNTOLD = text("told_at IS NULL")

payment_order = Table(
    "payment_order",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("conversation_id", String(64), nullable=False),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # bill | minimum | all | amount | payoff
    Column("asked_fen", BigInteger),  # the amount the borrower named, if he did
    Column("amount_fen", BigInteger, nullable=False),
    Column("to_suspense_fen", BigInteger, nullable=False),
    Column("shares", JSON, nullable=False),  # [{loan_id, amount_fen, settles}]
    Column("state", String(16), nullable=False),  # created | pending | succeeded | failed
    Column("gateway_reference", String(64), nullable=False, server_default=""),
    Column("failure_reason", String(200), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("next_query_at", UtcDateTime),  # when to ask the gateway again; NULL once there is an outcome
    Column("quote_id", String(64), ForeignKey(quote.c.id)),  # what it was confirmed by; NULL: by kind and amount
    # When a failure let go of the quote. Money told after it is posted all the same, and must not meet the index.
    Column("quote_released_at", UtcDateTime),
    # One payment on its way per borrower, whatever two requests do at once.
    Index("uq_payment_order_one_open", "borrower_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    # A quote is used once while its order is open or has succeeded; a failed order leaves it to another.
    Index("uq_payment_order_quote", "quote_id", unique=True, sqlite_where=_HOLDS_QUOTE, postgresql_where=_HOLDS_QUOTE),
    Index("ix_payment_order_next_query_at", "next_query_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

payment_callback = Table(
    "payment_callback",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("order_id", String(64), nullable=False, index=True),
    Column("told", String(16), primary_key=True),  # succeeded | failed
    Column("amount_fen", BigInteger, nullable=False),
    Column("step", String(16), nullable=False),  # post | fail | nothing | mismatch: what the first one led to
    Column("received_at", UtcDateTime, nullable=False),
)

# Money that came or went without an order of the conversation, to be told to its borrower within the hours.
payment_news = Table(
    "payment_news",
    metadata,
    Column("payment_id", String(128), ForeignKey("receipt.payment_id"), primary_key=True),
    Column("kind", String(16), primary_key=True),  # received | reversed
    Column("borrower_id", String(64), ForeignKey("borrower.id"), nullable=False, index=True),
    Column("cause", String(32), nullable=False, server_default=""),  # of a reversal: bounced, wrong_account …
    Column("created_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),  # when it was told, or was found to be nothing to tell any more
    Index("ix_payment_news_waits", "created_at", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
)
