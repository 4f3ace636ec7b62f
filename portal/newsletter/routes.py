"""The newsletter's pages. A route reads the request, calls one service and chooses the answer."""

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from portal.addresses import mailbox_key
from portal.extensions import csrf
from portal.floods import many
from portal.forms import AddressForm
from portal.newsletter import links, services
from portal.newsletter.forms import PreferencesForm, SignupForm
from portal.newsletter.models import Subscriber, SubscriberState
from portal.web import add_page, allow_framing, render, wants_fragment

bp = Blueprint("newsletter", __name__, url_prefix="/newsletter")
# Forms that ask for an address check their token themselves, to keep what was typed. The other
# pages are reached by a private link: who has it needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK, GONE = 200, 410
MANY_FOR_ADDRESS = "Many came for one address in {an_hour}"
SIGN_UP = "Get our newsletter"
CHECK_MAIL = "Check your email"


@bp.route("/", methods=["GET", "POST"])
def signup() -> BaseResponse:
    """Ask for an address; a good one is recorded and its owner is mailed."""
    form = SignupForm()
    if status := _take(form):
        return _page("signup", SIGN_UP, status, form=form, wording=services.wording())
    return redirect(url_for(".thanks"), 303)


@bp.route("/embed", methods=["GET", "POST"])
def embed() -> BaseResponse:
    """The form to sign up as a bare page, for a frame on the sites named in EMBED_ORIGINS."""
    allow_framing(current_app.config["EMBED_ORIGINS"])
    form = SignupForm(meta={"csrf": False})
    if status := _take(form):
        return _page("embed", SIGN_UP, status, form=form, wording=services.wording())
    return _page("thanks", CHECK_MAIL, framed=True)


@bp.route("/beside", methods=["GET", "POST"])
def beside() -> BaseResponse:
    """The form to sign up as a part of another page, whose heading and title stay."""
    if not wants_fragment():
        return signup() if request.method == "POST" else redirect(url_for(".signup"))
    form = SignupForm()
    if status := _take(form):
        context = {"title": SIGN_UP, "form": form, "wording": services.wording()}
        return make_response(render_template("newsletter/_beside.html", **context), status)
    return make_response(render_template("newsletter/_beside_thanks.html", title=CHECK_MAIL))


def _take(form: SignupForm) -> int:
    """Sign up, or hold, what a sent form asks for. Otherwise the status to show the form with."""
    if not form.validate_on_submit():
        return form.status
    asked = form.email.data, form.topics.data, form.chosen_format
    doubts = form.doubts() + many("signup", [mailbox_key(asked[0])], person=MANY_FOR_ADDRESS)
    if doubts:  # from outside it looks no different
        services.hold(*asked, doubts)
    else:
        services.sign_up(*asked)
    return 0


@bp.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> BaseResponse:
    """Show what was asked for; the button signs up. Following the link changes nothing."""
    asked = links.read_confirm(token) or abort(404)
    posted = request.method == "POST"
    subscriber = services.confirm(asked) if posted else services.find_asked(asked)
    if subscriber is None:
        return _page("expired", "This link no longer works", GONE, token=token)
    if subscriber.state is not SubscriberState.SUBSCRIBED:
        return _page(
            "confirm", "One last step", asked=asked, token=token, wording=services.wording()
        )
    url = links.preferences_url(subscriber)
    return _page("confirmed", "You are signed up", preferences_url=url)


@bp.post("/confirm/<token>/again")
def confirm_again(token: str) -> BaseResponse:
    """Mail a new link to the address that an old one was mailed to."""
    asked = links.read_confirm(token) or abort(404)
    services.sign_up(asked.email, list(asked.topics), asked.format)
    return redirect(url_for(".thanks"), 303)


@bp.route("/preferences/<token>", methods=["GET", "POST"])
def preferences(token: str) -> BaseResponse:
    """Show and save what somebody gets."""
    subscriber = _subscriber(token)
    form = PreferencesForm(obj=subscriber)
    if form.validate_on_submit():
        services.change(subscriber, form.name.data, form.topics.data, form.chosen_format)
        return redirect(url_for(".preferences", token=token, done="saved"), 303)
    return _page(
        "preferences", "Your newsletter", form.status, form=form, subscriber=subscriber, token=token
    )


@bp.route("/preferences/", methods=["GET", "POST"])
def lost_link() -> BaseResponse:
    """Mail somebody the link to their choices. The answer is the same for every address."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _page("lost_link", "Get your private link again", form.status, form=form)
    services.send_link(form.email.data)
    return redirect(url_for(".link_sent"), 303)


@bp.route("/preferences/<token>/erase", methods=["GET", "POST"])
def erase(token: str) -> BaseResponse:
    """Ask once, then forget the reader here and at the provider. Repeats are harmless."""
    public_id = links.read_subscriber(token) or abort(404)
    posted = request.method == "POST"
    subscriber = Subscriber.with_public_id(public_id, to_change=posted)
    if posted and subscriber:
        services.erase(subscriber)
    if posted or subscriber is None:
        return redirect(url_for(".erased"), 303)
    return _page("erase", "Erase your newsletter details", token=token)


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
def unsubscribe(token: str) -> BaseResponse:
    """Show a button that ends the newsletter, and do so on POST, without a redirect (RFC 8058)."""
    public_id = links.read_leaver(token) or abort(404)
    if request.method == "POST":
        one_click = request.form.get("List-Unsubscribe") == "One-Click"
        services.unsubscribe(public_id, "one-click" if one_click else "web")
        return _page("unsubscribed", "You have left the newsletter", token=token)
    return _page("unsubscribe", "Leave the newsletter", token=token)


def _subscriber(token: str) -> Subscriber:
    """The subscriber whom a private link was made for, or the page that says it does not work."""
    public_id = links.read_subscriber(token) or abort(404)
    to_change = request.method == "POST"  # an unsubscribe at the same moment must be seen
    return Subscriber.with_public_id(public_id, to_change=to_change) or abort(404)


def _page(name: str, title: str, status: int = OK, **context: object) -> Response:
    """A page of this feature."""
    return render(f"newsletter/{name}.html", status, title=title, **context)


add_page(bp, "/thanks", "newsletter/thanks", CHECK_MAIL)
add_page(bp, "/preferences/sent", "newsletter/link_sent", CHECK_MAIL)
add_page(bp, "/erased", "newsletter/erased", "Your newsletter details are erased")
