"""Who was in which arm of an experiment since when, which arms were stopped, and what the options of steps led to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, String, Table

from service.db.engine import UtcDateTime
from service.db.tables import metadata
from service.db.tables.append_only import append_only

experiment_exposure = Table(
    "experiment_exposure",
    metadata,
    Column("experiment_id", String(64), primary_key=True),
    Column("borrower_id", String(64), ForeignKey("borrower.id"), primary_key=True),
    Column("arm", String(64), nullable=False),
    Column("exposed_on", Date, nullable=False),
    Column("tier", String(16), nullable=False),
    Column("overdue_fen", BigInteger, nullable=False),
    Column("policy_version", String(160), nullable=False),
    Index("ix_experiment_exposure_experiment_id_exposed_on", "experiment_id", "exposed_on"),
)

experiment_stop = Table(
    "experiment_stop",
    metadata,
    Column("experiment_id", String(64), primary_key=True),
    Column("arm", String(64), primary_key=True),
    Column("stopped_at", UtcDateTime, nullable=False),
    Column("stopped_by", String(64), nullable=False),  # an agent's name, or "guard"
    Column("reason", String(500), nullable=False),
)

# What the options of steps led to, counted anew every day.
bandit_count = Table(
    "bandit_count",
    metadata,
    Column("context", String(64), primary_key=True),  # tier/profile
    Column("option", String(160), primary_key=True),  # channel/template/hour
    Column("times", BigInteger, nullable=False),
    Column("worked", BigInteger, nullable=False),
    Column("counted_on", Date, nullable=False),
)

append_only(experiment_stop)
append_only(experiment_exposure, told_again=True)
