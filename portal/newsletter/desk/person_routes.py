"""The page of somebody on the list, and its buttons."""

from collections.abc import Callable
from functools import wraps

from flask import Response, abort, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import db
from portal.newsletter.desk import services, wording
from portal.newsletter.desk.forms import AskedForm, ChangeForm, PutOnForm
from portal.newsletter.desk.list_routes import bp
from portal.newsletter.desk.page import SubscriberPage
from portal.newsletter.models import Subscriber
from portal.team.access import fresh, member, requires
from portal.team.models import Role
from portal.transaction import NotPossible, Stale
from portal.web import UNPROCESSABLE, lead_to, render

OK, CONFLICT = 200, 409


def find(subscriber_id: int) -> Subscriber:
    """Somebody on the list, or the page that says there is nobody."""
    return db.session.get(Subscriber, subscriber_id) or abort(404)


@bp.get("/<int:subscriber_id>")
def person(subscriber_id: int) -> Response:
    """What they get, what they agreed to, what was sent, and why they get nothing."""
    return show(find(subscriber_id))


def show(subscriber: Subscriber, status: int = OK, **sent: AskedForm) -> Response:
    """The page with fresh forms, but for the one that was `sent` and cannot be used yet."""
    return render(
        "newsletter/desk/person.html",
        status,
        title=subscriber.name or subscriber.email,
        page=SubscriberPage(subscriber, **sent),
        subscriber=subscriber,
        states=wording.STATES,
        told=wording.TOLD,
        channels=wording.CHANNELS,
    )


def _said(subscriber: Subscriber, done: str) -> str:
    return url_for(".person", subscriber_id=subscriber.id, done=done)


Act = Callable[[Subscriber, str], str]


def _button(name: str) -> Callable[[Act], Callable[..., BaseResponse]]:
    """Register a verb as a button of the page, for which a way has to be chosen.

    It is given the subscriber and the way, and says where the answer leads.
    """

    def register(act: Act) -> Callable[..., BaseResponse]:
        @bp.post(f"/<int:subscriber_id>/{name}", endpoint=name)
        @requires(Role.EDITOR)
        @wraps(act)
        def run(subscriber_id: int) -> BaseResponse:
            subscriber, form = find(subscriber_id), AskedForm(prefix=f"{name}-")
            if not form.validate():
                return show(subscriber, UNPROCESSABLE, **{name: form})
            return redirect(act(subscriber, form.way.data), 303)

        return run

    return register


@_button("ask")
def ask(subscriber: Subscriber, way: str) -> str:
    """Mail them the link with which they confirm."""
    is_on_its_way = services.ask(subscriber, way, member())
    return _said(subscriber, "asked" if is_on_its_way else "asked-before")


@_button("allow")
def allow(subscriber: Subscriber, way: str) -> str:
    """Let mail go to their address again."""
    services.allow(subscriber, way, member())
    return _said(subscriber, "allowed")


@_button("off")
def off(subscriber: Subscriber, way: str) -> str:
    """Take them off the list. Who had not confirmed is not known any more then."""
    number = subscriber.id
    services.take_off(subscriber, way, member())
    left = db.session.get(Subscriber, number)
    return _said(left, "off") if left else url_for(".people", done="off")


@bp.errorhandler(NotPossible)
def gone(_: NotPossible) -> BaseResponse:
    """They were erased, or taken off before they had confirmed, since the page was made."""
    return lead_to(url_for(".people", done="gone"))


@bp.route("/add", methods=["GET", "POST"])
@requires(Role.EDITOR)
def add() -> BaseResponse:
    """Put somebody on the list who asked for it on paper, by phone or at an event."""
    form, problem = PutOnForm(member()), ""
    try:
        if form.validate_on_submit():
            return lead_to(_said(*_put_on(form)))
    except NotPossible as reason:
        problem = str(reason)
        form.email.errors = [problem]
    known = Subscriber.with_email(form.email.data) if problem else None
    return render(
        "newsletter/desk/add.html",
        form.status,
        title="Put somebody on the list",
        form=form,
        known=known,
    )


def _put_on(form: PutOnForm) -> tuple[Subscriber, str]:
    """Do so; returns who it is, and what is said then."""
    email, chosen, way = form.email.data, form.chosen, form.way.data
    if yes := form.kept_yes:
        return services.put_on(email, chosen, way, yes), "on"
    return services.invite(email, chosen, way, member()), "asked"


@bp.route("/<int:subscriber_id>/change", methods=["GET", "POST"])
@requires(Role.EDITOR)
def change(subscriber_id: int) -> BaseResponse:
    """Change what they get, as they asked."""
    subscriber = find(subscriber_id)
    form, is_stale = ChangeForm(obj=subscriber), False
    try:
        if form.validate_on_submit():
            services.change(subscriber, form.chosen, form.was, form.way.data, member())
            return lead_to(_said(subscriber, "changed"))
    except Stale:
        is_stale = True
    if is_stale or form.shown.data is None:
        form.show_anew(subscriber)
    return render(
        "newsletter/desk/change.html",
        CONFLICT if is_stale else form.status,
        title="Change what they get",
        form=form,
        subscriber=subscriber,
        is_stale=is_stale,
    )


@bp.route("/<int:subscriber_id>/erase", methods=["GET", "POST"])
@requires(Role.MANAGER)
@fresh
def erase(subscriber_id: int) -> BaseResponse:
    """Say what goes, then forget them here and at the provider."""
    subscriber, form = find(subscriber_id), AskedForm()
    if form.validate_on_submit():
        services.erase(subscriber, form.way.data, member())
        return lead_to(url_for(".people", done="erased"))
    return render(
        "newsletter/desk/erase.html",
        form.status,
        title="Erase their newsletter details",
        form=form,
        subscriber=subscriber,
    )
