"""How Alembic runs our migrations: on the app's database, each in a transaction of its own."""

from alembic import context
from flask import current_app

from portal.extensions import db
from portal.inbox.search.fulltext import has_model
from portal.postgres import within

with current_app.extensions["migrate"].db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        compare_type=True,
        include_name=has_model,
        render_as_batch=True,  # SQLite can only change a table by writing it anew
        transaction_per_migration=True,
    )
    with within(None), context.begin_transaction():
        context.run_migrations()
