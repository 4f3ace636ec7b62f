"""The media team's accounts: Flask-Security's machinery under pages of our own.

Flask-Security hashes passwords, makes and checks codes, and keeps sessions.
Its own views are not registered: see docs/decisions/team-accounts.md.
"""

from typing import Any

from flask import Flask, Response, request
from flask_login import current_user
from flask_login.utils import _user_context_processor
from flask_security import SQLAlchemyUserDatastore

from portal import people, retention, words
from portal.extensions import db
from portal.team import (
    account_routes,
    browsers,
    cli,
    forms,
    holdings,
    kept,
    link_routes,
    links,
    member_routes,
    periods,
    session_routes,
    set_up_routes,
    tasks,
)
from portal.team import session as sessions
from portal.team.audit import routes as audit_routes
from portal.team.codes import recovery_keys, secrets_of, security
from portal.team.models import Granted, Member, Passkey
from portal.web import KEPT_NOWHERE, is_for_team

__all__ = ["init_app", "tasks"]  # the worker finds its regular work by importing it

PAGES = (
    *(link_routes.bp, account_routes.bp, member_routes.bp, session_routes.bp, audit_routes.bp),
    set_up_routes.bp,
)
# OWASP's least for argon2id: to check a password takes 19 MiB for a moment, and not 64.
COST = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 2, "argon2__parallelism": 1}


def init_app(app: Flask) -> None:
    """Join Flask-Security to our members, and register the pages and commands."""
    app.config.update(
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_PASSWORD_SINGLE_HASH=True,  # argon2, which has a salt of its own
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=COST,
        SECURITY_TOTP_ISSUER=app.config["ORG_NAME"],
        SECURITY_TOTP_SECRETS=secrets_of(app.config),
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=8,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=recovery_keys(app.config),
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_CLI_USERS_NAME=None,  # ours end sessions, and are noted
        SECURITY_CLI_ROLES_NAME=None,
    )
    datastore = SQLAlchemyUserDatastore(db, Member, Granted, Passkey)
    security.init_app(app, datastore)
    _leave_strangers_alone(app)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.after_request(_keep_nowhere)
    for holder in holdings.HOLDERS:
        people.register(holder)
    app.cli.add_command(cli.team_cli)
    retention.register(*periods.PERIODS)
    app.jinja_env.globals |= {
        "session_ends": lambda: sessions.here().ends,
        "session_ends_soon": sessions.ends_soon,
    }
    words.show_periods(
        app,
        invitation_lasts=lambda: words.span(links.INVITE_LASTS),
        reset_lasts=lambda: f"{words.spelled(links.RESET_LASTS // words.HOUR)} hours",
        reset_pause=lambda: words.per(links.RESET_PAUSE),
        password_letters=lambda: forms.SHORTEST,
        session=lambda: words.span(sessions.LASTS),
        kept=lambda: words.span(kept.LASTS),
        known=lambda: words.span(browsers.KNOWN_FOR),
    )


def _keep_nowhere(response: Response) -> Response:
    """Nothing behind the door is kept, whatever it is: a page, a part, a file, an error."""
    if is_for_team(request.path):
        response.headers["Cache-Control"] = KEPT_NOWHERE
    return response


def _leave_strangers_alone(app: Flask) -> None:
    """Take out what would read or write every visitor's session.

    Pages of strangers would all vary by cookie, and a first form would set one
    of Flask-Login's. Our guards ask `current_user` where it matters, nobody is
    remembered beyond a session, and nobody signs in by a token, for which the
    body of every call in JSON would be read.
    """
    login: Any = app.login_manager  # type: ignore[attr-defined]
    login.session_protection = None
    login.user_loader(sessions.load)
    login.request_loader(lambda _: None)
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    app.after_request_funcs[None].remove(login._update_remember_cookie)
    app.template_context_processors[None].remove(_user_context_processor)
    app.context_processor(lambda: {"current_user": current_user})
