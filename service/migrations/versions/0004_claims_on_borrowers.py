"""Refunds that are to be given back"""

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


def downgrade() -> None:
    with op.batch_alter_table("borrower", schema=None) as batch_op:
        batch_op.drop_column("refund_claim_since")
    for table in ("receipt", "borrower"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("refund_claim_fen")
