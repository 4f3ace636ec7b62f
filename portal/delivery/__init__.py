"""Everything that leaves the portal goes through here."""

from flask import Flask

from portal import people, retention, words
from portal.delivery import (
    batches,
    brake,
    cli,
    events,
    gauges,
    holdings,
    leftovers,
    lookout,
    occasions,
    periods,
    providers_cli,
    routes,
    tasks,
    uncertain,
)
from portal.delivery.alerts import alert
from portal.delivery.brake import held as mails_held
from portal.delivery.claims import corrected, settled
from portal.delivery.compose import compose, compose_from_team
from portal.delivery.erasing import forget, forget_mails, forget_rows, forget_told, strip
from portal.delivery.events import arriving, heard, told
from portal.delivery.lookout import silent_since
from portal.delivery.models import Alert, Erase, Event, Late, Unsubscribe, Urgency
from portal.delivery.occasions import enqueue_once, happened, key_of, too_often, too_soon, turn
from portal.delivery.outbox import (
    enqueue,
    enqueue_all,
    has_left,
    history,
    last_sent,
    recently_sent,
    retry,
    sent_to,
    silence,
    take_back,
)
from portal.delivery.providers import Providers, is_told
from portal.delivery.routing import mail_rest


def init_app(app: Flask) -> None:
    """Make the chosen providers and register the `flask delivery` and `flask worker` commands.

    Raises `SetupError`: see `Providers.from_config`.
    """
    app.extensions["providers"] = Providers.from_config(app.config)
    people.register(holdings.HOLDER)
    gauges.register()
    lookout.init_app(app)
    retention.register(*periods.PERIODS)
    for command in (cli.worker_command, cli.delivery_cli, leftovers.files_cli):
        app.cli.add_command(command)
    providers_cli.init_app(app)
    app.register_blueprint(routes.bp)
    app.jinja_env.globals |= {"is_told": is_told, "worker_silent_since": silent_since}
    words.show_periods(
        app,
        mail_takes=lambda: f"up to {wait}" if (wait := brake.slow()) else "a few minutes",
        mail_pause=lambda: words.per(occasions.MAIL_PAUSE),
        addresses_kept=lambda: words.count(app.config["SENT_DAYS"], "day"),
    )
