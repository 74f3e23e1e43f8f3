"""Refunds that are to be given back, and payments that a person accepts"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("borrower", "receipt"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("refund_claim_fen", sa.BigInteger(), server_default="0", nullable=False))
    with op.batch_alter_table("borrower", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refund_claim_since", sa.Date(), nullable=True))
    with op.batch_alter_table("payment_set_aside", schema=None) as batch_op:
        batch_op.add_column(sa.Column("why", sa.String(length=16), server_default="unknown_account", nullable=False))
        batch_op.add_column(sa.Column("accepted_by", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("accepted_why", sa.String(length=500), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("payment_set_aside", schema=None) as batch_op:
        for column in ("accepted_why", "accepted_by", "why"):
            batch_op.drop_column(column)
    with op.batch_alter_table("borrower", schema=None) as batch_op:
        batch_op.drop_column("refund_claim_since")
    for table in ("receipt", "borrower"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("refund_claim_fen")
