"""Backups, and what comes back of them."""

from pathlib import Path

from portal import join_migrations
from portal.backups import making, restoring
from portal.extensions import db


def back_up(folder) -> Path:
    """Make a backup; nothing that a test changed stays uncommitted."""
    db.session.commit()
    return making.make(folder, 30)


def empty() -> None:
    """Lose the database: all of it, as a broken disk would."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        path = Path(db.engine.url.database)
        db.engine.dispose()
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        return
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    db.engine.dispose()


def bring_back(app, backup, *others):
    """Restore it into the empty database, also with the journals of other machines."""
    join_migrations(app)
    journals = [Path(app.config["JOURNAL_DIR"]), *others]
    told = restoring.check(backup, journals, without_journal=False)
    over = restoring.bring_back(backup, told, journals)
    return over.numbers
