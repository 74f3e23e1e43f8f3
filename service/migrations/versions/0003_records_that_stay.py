"""Records of what was decided about a person stay as they are; what waits is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RECORDS = (
    "case_event",
    "autopay_event",
    "promise_event",
    "contact_terms_event",
    "contact_approval",
    "wechat_event",
    "channel_receipt",
    "experiment_exposure",
    "experiment_stop",
)
FOR_PEOPLE = sa.text("state IN ('for_person', 'unknown')")


def upgrade() -> None:
    with op.batch_alter_table("wechat_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("note", sa.String(length=500), server_default="", nullable=False))
    op.create_index(
        "ix_outreach_for_people", "outreach", ["id"], sqlite_where=FOR_PEOPLE, postgresql_where=FOR_PEOPLE
    )
    op.create_index("ix_pause_borrower_id", "pause", ["borrower_id"])
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    for statement in _without_guards():
        op.execute(statement)
    op.drop_index("ix_pause_borrower_id", table_name="pause")
    op.drop_index("ix_outreach_for_people", table_name="outreach")
    with op.batch_alter_table("wechat_event", schema=None) as batch_op:
        batch_op.drop_column("note")


def _guards() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in RECORDS
            for change in ("UPDATE", "DELETE")
        ]
    refuse = (
        "CREATE OR REPLACE FUNCTION refuse_record_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    return [refuse] + [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_record_change()"
        for table in RECORDS
    ]


def _without_guards() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [f"DROP TRIGGER {table}_refuses_{change}" for table in RECORDS for change in ("update", "delete")]
    return [f"DROP TRIGGER {table}_append_only ON {table}" for table in RECORDS] + [
        "DROP FUNCTION refuse_record_change()"
    ]
