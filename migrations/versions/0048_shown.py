"""What editors have found in a text that its teller does not want shown."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

TO = {"revision_id": "revision", "consent_id": "story_consent", "member_id": "member"}


def upgrade():
    op.create_table(
        "shown_check",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("revision_id", sa.Integer, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("consent_id", sa.Integer),
        sa.Column("shows", sa.Boolean, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_check")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_shown_check_{column}_{table}")
            )
            for column, table in TO.items()
        ),
    )
    columns = ["revision_id", "purpose"]
    op.create_index("ix_shown_check_revision_id_purpose", "shown_check", columns)


def downgrade():
    op.drop_table("shown_check")
