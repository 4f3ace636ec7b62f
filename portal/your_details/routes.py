"""The pages on which somebody gets or erases what we keep. A route calls one service."""

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal import people
from portal.extensions import csrf, now
from portal.forms import AddressForm
from portal.inbox import links as inbox_links
from portal.inbox.models import Conversation
from portal.newsletter.links import read_subscriber
from portal.newsletter.models import Subscriber
from portal.stories import links as story_links
from portal.web import add_page, render
from portal.your_details import links, services

bp = Blueprint("your_details", __name__, url_prefix="/your-details")
# The form that asks for an address checks its token itself, to keep what was typed. The other
# pages are reached by a private link: who has it needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK = 200
FILE_NAME = "all-that-you-keep-about-me.json"


@bp.route("/", methods=["GET", "POST"])
def ask() -> BaseResponse:
    """Mail somebody the link that proves that an address is theirs. Each gets the same answer."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _page("ask", "See or erase what we keep about you", form.status, form=form)
    services.send_link(form.email.data)
    return redirect(url_for(".sent"), 303)


@bp.post("/newsletter/<token>")
def ask_reader(token: str) -> BaseResponse:
    """Do so for who has the private link of a newsletter, and may not be whom it was mailed to."""
    subscriber = Subscriber.with_public_id(read_subscriber(token) or abort(404)) or abort(404)
    services.send_link(subscriber.email)
    return redirect(url_for(".sent"), 303)


@bp.post("/message/<token>")
def ask_sender(token: str) -> BaseResponse:
    """Do so for the sender of a message; who gave no address is called or written to."""
    return _asked(inbox_links.read_own(token) or abort(404))


@bp.post("/story/<token>")
def ask_storyteller(token: str) -> BaseResponse:
    """Do so for a storyteller whose story was sent."""
    story = story_links.read(token) or abort(404)
    return _asked(story.conversation or abort(404))


def _asked(talk: Conversation) -> BaseResponse:
    return redirect(url_for(".sent" if services.ask(talk) else ".heard"), 303)


@bp.get("/<token>")
def show(token: str) -> Response:
    """All that we keep, to read and to print."""
    address = _address(token)
    kinds = services.everything(address)
    title = "All that we keep about you"
    return _page("show", title, token=token, address=address, kinds=kinds, made=now())


@bp.get("/<token>/all.json")
def data(token: str) -> Response:
    """The same as a file, for programs."""
    address = _address(token)
    words = people.to_json(people.as_data(services.person_of(address), address))
    answer = Response(words, mimetype="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={FILE_NAME}"
    return answer


@bp.route("/<token>/erase", methods=["GET", "POST"])
def erase(token: str) -> BaseResponse:
    """Ask once, and say what goes and what stays; then erase it."""
    address = _address(token)
    if request.method == "POST":
        services.erase(address)
        return redirect(url_for(".erased"), 303)
    kinds = services.everything(address)
    return _page("erase", "Erase everything about you", token=token, address=address, kinds=kinds)


def _address(token: str) -> str:
    """The address that a link was mailed to, or the page that says it does not work."""
    return links.read(token) or abort(404)


def _page(name: str, title: str, status: int = OK, **context: object) -> Response:
    """A page of this feature."""
    return render(f"your_details/{name}.html", status, title=title, **context)


add_page(bp, "/sent", "your_details/sent", "Check your email")
add_page(bp, "/heard", "your_details/heard", "We have your request")
add_page(bp, "/erased", "your_details/erased", "Everything about you is erased")
