"""What came after the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bandit_count",
        sa.Column("context", sa.String(length=64), nullable=False),
        sa.Column("option", sa.String(length=160), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("worked", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("context", "option", name=op.f("pk_bandit_count")),
    )
    op.create_table(
        "experiment_stop",
        sa.Column("experiment_id", sa.String(length=64), nullable=False),
        sa.Column("arm", sa.String(length=64), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id", "arm", name=op.f("pk_experiment_stop")),
    )
    op.create_table(
        "payment_set_aside",
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payment_set_aside")),
    )
    with op.batch_alter_table("payment_set_aside", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payment_set_aside_waits",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("posted_at IS NULL"),
            postgresql_where=sa.text("posted_at IS NULL"),
        )

    op.create_table(
        "channel_receipt",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("outreach_id", sa.String(length=64), nullable=True),
        sa.Column("borrower_id", sa.String(length=64), nullable=True),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=128), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_channel_receipt_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("channel", "id", name=op.f("pk_channel_receipt")),
    )
    with op.batch_alter_table("channel_receipt", schema=None) as batch_op:
        batch_op.create_index("ix_channel_receipt_borrower_id_at", ["borrower_id", "at"], unique=False)
        batch_op.create_index("ix_channel_receipt_outreach_id", ["outreach_id"], unique=False)

    op.create_table(
        "collection_case",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.String(length=64), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_action_on", sa.Date(), nullable=True),
        sa.Column("disposition", sa.String(length=32), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_collection_case_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_case")),
    )
    with op.batch_alter_table("collection_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_collection_case_borrower_id"), ["borrower_id"], unique=False)
        batch_op.create_index(
            "ix_collection_case_next",
            ["points", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.create_index(
            "uq_collection_case_live",
            ["borrower_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "contact_point",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("relation", sa.String(length=32), server_default="", nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suppressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suppressed_reason", sa.String(length=64), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("willing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_contact_point_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("borrower_id", "kind", "address", name=op.f("uq_contact_point_borrower_id_kind_address")),
    )
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.create_index("ix_contact_point_address", ["address", "kind"], unique=False)
        batch_op.create_index(
            "uq_contact_point_wechat",
            ["address"],
            unique=True,
            sqlite_where=sa.text("kind = 'wechat' AND suppressed_at IS NULL"),
            postgresql_where=sa.text("kind = 'wechat' AND suppressed_at IS NULL"),
        )

    op.create_table(
        "wechat_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("openid", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_wechat_code_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_wechat_code")),
    )
    with op.batch_alter_table("wechat_code", schema=None) as batch_op:
        batch_op.create_index("ix_wechat_code_borrower_id", ["borrower_id", "created_at"], unique=False)

    op.create_table(
        "wechat_event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("borrower_id", sa.String(length=64), nullable=True),
        sa.Column("contact_point_id", sa.String(length=64), nullable=True),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_wechat_event_borrower_id_borrower")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_wechat_event_contact_point_id_contact_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_event")),
    )
    with op.batch_alter_table("wechat_event", schema=None) as batch_op:
        batch_op.create_index("ix_wechat_event_borrower_id_at", ["borrower_id", "at"], unique=False)
        batch_op.create_index("ix_wechat_event_openid_act_at", ["openid", "act", "at"], unique=False)

    op.create_table(
        "contact_terms",
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("agreed_from", sa.Time(), nullable=True),
        sa.Column("agreed_until", sa.Time(), nullable=True),
        sa.Column("timezone", sa.String(length=64), server_default="Asia/Shanghai", nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(agreed_from IS NULL) = (agreed_until IS NULL)", name=op.f("ck_contact_terms_both_or_neither")
        ),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_contact_terms_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("borrower_id", name=op.f("pk_contact_terms")),
    )
    op.create_table(
        "contact_terms_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("agreed_from", sa.Time(), nullable=True),
        sa.Column("agreed_until", sa.Time(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_contact_terms_event_borrower_id_borrower")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_terms_event")),
    )
    with op.batch_alter_table("contact_terms_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_terms_event_borrower_id"), ["borrower_id"], unique=False)

    op.create_table(
        "experiment_exposure",
        sa.Column("experiment_id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("arm", sa.String(length=64), nullable=False),
        sa.Column("exposed_on", sa.Date(), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("overdue_fen", sa.BigInteger(), nullable=False),
        sa.Column("policy_version", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_experiment_exposure_borrower_id_borrower")
        ),
        sa.PrimaryKeyConstraint("experiment_id", "borrower_id", name=op.f("pk_experiment_exposure")),
    )
    with op.batch_alter_table("experiment_exposure", schema=None) as batch_op:
        batch_op.create_index(
            "ix_experiment_exposure_experiment_id_exposed_on", ["experiment_id", "exposed_on"], unique=False
        )

    op.create_table(
        "legal_file_export",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lines", sa.BigInteger(), nullable=True),
        sa.Column("last_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["borrower_id"], ["borrower.id"], name=op.f("fk_legal_file_export_borrower_id_borrower")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_file_export")),
    )
    with op.batch_alter_table("legal_file_export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_file_export_borrower_id"), ["borrower_id"], unique=False)

    op.create_table(
        "payment_card",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("bank_name", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(last_four) = 4", name=op.f("ck_payment_card_last_four_only")),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_payment_card_borrower_id_borrower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_card")),
        sa.UniqueConstraint("token", name=op.f("uq_payment_card_token")),
    )
    with op.batch_alter_table("payment_card", schema=None) as batch_op:
        batch_op.create_index("ix_payment_card_borrower_id", ["borrower_id", "created_at"], unique=False)

    op.create_table(
        "autopay",
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("enabled_from", sa.Date(), nullable=False),
        sa.Column("card_id", sa.String(length=64), nullable=True),
        sa.Column("card_from", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_autopay_borrower_id_borrower")),
        sa.ForeignKeyConstraint(["card_id"], ["payment_card.id"], name=op.f("fk_autopay_card_id_payment_card")),
        sa.PrimaryKeyConstraint("borrower_id", name=op.f("pk_autopay")),
    )
    op.create_table(
        "autopay_event",
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("enabled_from", sa.Date(), nullable=False),
        sa.Column("card_id", sa.String(length=64), nullable=True),
        sa.Column("card_from", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=160), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_autopay_event_borrower_id_borrower")),
        sa.ForeignKeyConstraint(["card_id"], ["payment_card.id"], name=op.f("fk_autopay_event_card_id_payment_card")),
        sa.PrimaryKeyConstraint("borrower_id", "no", name=op.f("pk_autopay_event")),
        sa.UniqueConstraint("borrower_id", "key", name=op.f("uq_autopay_event_borrower_id_key")),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name=op.f("fk_case_event_case_id_collection_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index("ix_case_event_by_act_at", ["by", "act", "at"], unique=False)
        batch_op.create_index("ix_case_event_case_id_id", ["case_id", "id"], unique=False)

    op.create_table(
        "case_source",
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name=op.f("fk_case_source_case_id_collection_case")
        ),
        sa.PrimaryKeyConstraint("source", "ref", name=op.f("pk_case_source")),
    )
    with op.batch_alter_table("case_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_source_case_id"), ["case_id"], unique=False)

    op.create_table(
        "contact_approval",
        sa.Column("contact_point_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_contact_approval_contact_point_id_contact_point")
        ),
        sa.PrimaryKeyConstraint(
            "contact_point_id", "purpose", "approved_by", "approved_at", name=op.f("pk_contact_approval")
        ),
    )
    op.create_table(
        "contact_attempt",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("contact_point_id", sa.String(length=64), nullable=True),
        sa.Column("outreach_id", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("medium", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("by_kind", sa.String(length=16), nullable=False),
        sa.Column("by_name", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy_version", sa.String(length=160), server_default="", nullable=False),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_contact_attempt_borrower_id_borrower")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_contact_attempt_contact_point_id_contact_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
    )
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_contact_attempt_borrower_id_at", ["borrower_id", "at"], unique=False)
        batch_op.create_index("ix_contact_attempt_contact_point_id_at", ["contact_point_id", "at"], unique=False)
        batch_op.create_index("ix_contact_attempt_outreach_id", ["outreach_id"], unique=False)
        batch_op.create_index(
            "uq_contact_attempt_outreach_id",
            ["outreach_id"],
            unique=True,
            sqlite_where=sa.text("outcome <> 'not_delivered'"),
            postgresql_where=sa.text("outcome <> 'not_delivered'"),
        )

    op.create_table(
        "contact_request",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=False),
        sa.Column("contact_point_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["collection_case.id"], name=op.f("fk_contact_request_case_id_collection_case")
        ),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_contact_request_contact_point_id_contact_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_request")),
    )
    with op.batch_alter_table("contact_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_request_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_contact_request_waiting",
            ["contact_point_id", "purpose"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "promise_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("promise_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=160), server_default="", nullable=False),
        sa.Column("was", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["promise_id"], ["promise.id"], name=op.f("fk_promise_event_promise_id_promise")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_event")),
    )
    with op.batch_alter_table("promise_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_event_promise_id"), ["promise_id"], unique=False)

    op.create_table(
        "promise_part",
        sa.Column("promise_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("counts_until", sa.Date(), nullable=False),
        sa.Column("is_rest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("condition", sa.String(length=64), server_default="", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("kept_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["promise_id"], ["promise.id"], name=op.f("fk_promise_part_promise_id_promise")),
        sa.PrimaryKeyConstraint("promise_id", "no", name=op.f("pk_promise_part")),
    )
    with op.batch_alter_table("promise_part", schema=None) as batch_op:
        batch_op.create_index(
            "ix_promise_part_pending",
            ["due_on"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "resume_request",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("pause_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["pause_id"], ["pause.id"], name=op.f("fk_resume_request_pause_id_pause")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resume_request")),
    )
    with op.batch_alter_table("resume_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resume_request_pause_id"), ["pause_id"], unique=False)
        batch_op.create_index(
            "uq_resume_request_waiting",
            ["pause_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "matter",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("loan_id", sa.String(length=64), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_matter_borrower_id_borrower")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_matter_loan_id_loan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("borrower_id", "key", name=op.f("uq_matter_borrower_id_key")),
    )
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.create_index("ix_matter_borrower_id", ["borrower_id", "created_at"], unique=False)

    op.create_table(
        "payment_news",
        sa.Column("payment_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("borrower_id", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=32), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["borrower_id"], ["borrower.id"], name=op.f("fk_payment_news_borrower_id_borrower")),
        sa.ForeignKeyConstraint(["payment_id"], ["receipt.payment_id"], name=op.f("fk_payment_news_payment_id_receipt")),
        sa.PrimaryKeyConstraint("payment_id", "kind", name=op.f("pk_payment_news")),
    )
    with op.batch_alter_table("payment_news", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_news_borrower_id"), ["borrower_id"], unique=False)
        batch_op.create_index(
            "ix_payment_news_waits",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        )

    with op.batch_alter_table("kept_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_answer_created_at"), ["created_at"], unique=False)

    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.add_column(sa.Column("treatment", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("basis", sa.JSON(), nullable=True))

    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_column("replaced_at")

    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.drop_column("basis")
        batch_op.drop_column("treatment")

    with op.batch_alter_table("kept_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_answer_created_at"))

    with op.batch_alter_table("payment_news", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_payment_news_waits",
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_news_borrower_id"))

    op.drop_table("payment_news")
    with op.batch_alter_table("matter", schema=None) as batch_op:
        batch_op.drop_index("ix_matter_borrower_id")

    op.drop_table("matter")
    with op.batch_alter_table("resume_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_resume_request_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_resume_request_pause_id"))

    op.drop_table("resume_request")
    with op.batch_alter_table("promise_part", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_promise_part_pending",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.drop_table("promise_part")
    with op.batch_alter_table("promise_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_event_promise_id"))

    op.drop_table("promise_event")
    with op.batch_alter_table("contact_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_request_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_contact_request_case_id"))

    op.drop_table("contact_request")
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_attempt_outreach_id",
            sqlite_where=sa.text("outcome <> 'not_delivered'"),
            postgresql_where=sa.text("outcome <> 'not_delivered'"),
        )
        batch_op.drop_index("ix_contact_attempt_contact_point_id_at")
        batch_op.drop_index("ix_contact_attempt_borrower_id_at")

    op.drop_table("contact_attempt")
    op.drop_table("contact_approval")
    with op.batch_alter_table("case_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_source_case_id"))

    op.drop_table("case_source")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index("ix_case_event_case_id_id")
        batch_op.drop_index("ix_case_event_by_act_at")

    op.drop_table("case_event")
    op.drop_table("autopay_event")
    op.drop_table("autopay")
    with op.batch_alter_table("payment_card", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_card_borrower_id")

    op.drop_table("payment_card")
    with op.batch_alter_table("legal_file_export", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_legal_file_export_borrower_id"))

    op.drop_table("legal_file_export")
    with op.batch_alter_table("experiment_exposure", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_exposure_experiment_id_exposed_on")

    op.drop_table("experiment_exposure")
    with op.batch_alter_table("contact_terms_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_terms_event_borrower_id"))

    op.drop_table("contact_terms_event")
    op.drop_table("contact_terms")
    with op.batch_alter_table("wechat_event", schema=None) as batch_op:
        batch_op.drop_index("ix_wechat_event_openid_act_at")
        batch_op.drop_index("ix_wechat_event_borrower_id_at")

    op.drop_table("wechat_event")
    with op.batch_alter_table("wechat_code", schema=None) as batch_op:
        batch_op.drop_index("ix_wechat_code_borrower_id")

    op.drop_table("wechat_code")
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_point_wechat",
            sqlite_where=sa.text("kind = 'wechat' AND suppressed_at IS NULL"),
            postgresql_where=sa.text("kind = 'wechat' AND suppressed_at IS NULL"),
        )
        batch_op.drop_index("ix_contact_point_address")

    op.drop_table("contact_point")
    with op.batch_alter_table("collection_case", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_collection_case_live",
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.drop_index(
            "ix_collection_case_next",
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )
        batch_op.drop_index(batch_op.f("ix_collection_case_borrower_id"))

    op.drop_table("collection_case")
    with op.batch_alter_table("channel_receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_channel_receipt_outreach_id")
        batch_op.drop_index("ix_channel_receipt_borrower_id_at")

    op.drop_table("channel_receipt")
    with op.batch_alter_table("payment_set_aside", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_payment_set_aside_waits",
            sqlite_where=sa.text("posted_at IS NULL"),
            postgresql_where=sa.text("posted_at IS NULL"),
        )

    op.drop_table("payment_set_aside")
    op.drop_table("experiment_stop")
    op.drop_table("bandit_count")
