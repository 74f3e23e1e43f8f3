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
        batch_op.create_index(
            "uq_contact_attempt_outreach_id",
            ["outreach_id"],
            unique=True,
            sqlite_where=sa.text("outcome <> 'not_delivered'"),
            postgresql_where=sa.text("outcome <> 'not_delivered'"),
        )

    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.add_column(sa.Column("treatment", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("basis", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.drop_column("basis")
        batch_op.drop_column("treatment")

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
    with op.batch_alter_table("contact_point", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_point_address")

    op.drop_table("contact_point")
    op.drop_table("experiment_stop")
    op.drop_table("bandit_count")
