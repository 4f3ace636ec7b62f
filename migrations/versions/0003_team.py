"""The team's members and their passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROLES = ("reader", "editor", "manager")
MOMENT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "member",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("fs_uniquifier", sa.Text, nullable=False),
        sa.Column("tf_primary_method", sa.Text),
        sa.Column("tf_totp_secret", sa.Text),
        sa.Column("tf_last_counter", sa.Integer),
        sa.Column("mf_recovery_codes", sa.JSON),
        sa.Column("shortcuts", sa.Boolean, nullable=False),
        sa.Column("invited_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("email_key", name="uq_member_email_key"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_member_fs_uniquifier"),
        sa.CheckConstraint(f"role IN {ROLES}", name=op.f("ck_member_role")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", sa.JSON),
        sa.Column("extensions", sa.Text),
        sa.Column("backup_state", sa.Boolean, nullable=False),
        sa.Column("device_type", sa.Text, nullable=False),
        sa.Column("usage", sa.Text, nullable=False),
        sa.Column("create_datetime", MOMENT, nullable=False),
        sa.Column("lastuse_datetime", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
        sa.ForeignKeyConstraint(["user_id"], ["member.id"], name="fk_passkey_user_id_member"),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])


def downgrade():
    op.drop_table("passkey")
    op.drop_table("member")
