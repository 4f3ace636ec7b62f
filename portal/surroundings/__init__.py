"""What the portal stands on, looked at by `flask check`, the page “Set-up” and each start."""

from flask import Flask

from portal import checks
from portal.checks import SiteCheck
from portal.surroundings import machine, site, stores
from portal.surroundings.cli import check_command, tell_plainly

__all__ = ["init_app", "tell_plainly"]


def init_app(app: Flask) -> None:
    """Have all of this looked at, and register `flask check`."""
    is_shared = not app.config["RATELIMIT_STORAGE_URI"].startswith("sqlite:")
    is_bucket = "://" in app.config["UPLOADS_URL"]
    checks.register(
        app,
        SiteCheck("Settings", site.settings),
        SiteCheck("Web address", site.address),
        SiteCheck("Proxies", site.proxies),
        SiteCheck("Database", stores.database, at_start=stores.database),
        SiteCheck("Task queue", stores.queue, at_start=stores.queue),
        SiteCheck("Worker", stores.workers),
        # A full disk stops no start, so on one of our own nothing is written before.
        SiteCheck("Limits", stores.counts, at_start=stores.counts if is_shared else None),
        SiteCheck("Files", stores.files, at_start=stores.files if is_bucket else stores.folder),
        SiteCheck("Disks", machine.disks),
        SiteCheck("Access", machine.access),
        SiteCheck("Virus check", machine.virus_check),
        SiteCheck("Sound and film", machine.sound_and_film),
    )
    app.cli.add_command(check_command)
