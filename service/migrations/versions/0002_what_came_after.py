"""What came after the first tables"""

from alembic import op
import sqlalchemy as sa


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

    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.add_column(sa.Column("treatment", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("basis", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outreach", schema=None) as batch_op:
        batch_op.drop_column("basis")
        batch_op.drop_column("treatment")

    with op.batch_alter_table("experiment_exposure", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_exposure_experiment_id_exposed_on")

    op.drop_table("experiment_exposure")
    op.drop_table("experiment_stop")
    op.drop_table("bandit_count")
