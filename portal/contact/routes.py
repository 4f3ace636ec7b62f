"""The pages to get in touch. A route reads the request, calls one service, chooses the answer."""

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.addresses import mailbox_key
from portal.contact import services
from portal.contact.forms import BackForm, ContactForm
from portal.extensions import csrf
from portal.floods import many
from portal.forms import AddressForm
from portal.inbox import links, sender_page
from portal.inbox.desk import file_routes
from portal.inbox.desk import services as desk_services
from portal.inbox.figures import numbers
from portal.inbox.models import Conversation
from portal.phones import phone_key
from portal.web import add_page, allow_long_texts, render, render_problem, wants_fragment

bp = Blueprint("contact", __name__, url_prefix="/contact")
# Forms that anybody can open check their token themselves, to keep what was typed. The other
# pages are reached by a private link: who has it needs no cookie, and no other site knows it.
csrf.exempt(bp)

OK, NOT_FOUND = 200, 404
LARGEST = 768 * 1024  # bytes: the longest message, four bytes a letter, each sent as three

allow_long_texts(bp, LARGEST)


@bp.route("/", methods=["GET", "POST"])
def form() -> BaseResponse:
    """Ask; show good answers for people to check, or the form again to change one."""
    form = ContactForm()
    if change := request.form.get("change"):
        form.focus_on(change)
        return _ask(form)
    if not form.validate_on_submit():
        return _ask(form, form.status)
    return _may_be_gone_back_to(_page("check", "Check your answers", form=form))


@bp.route("/send", methods=["GET", "POST"])
def send() -> BaseResponse:
    """Send what was checked, once, and lead to the receipt."""
    if request.method != "POST":
        return redirect(url_for(".form"))
    form = ContactForm()
    if not form.validate_on_submit():
        return _ask(form, form.status)
    conversation = services.send_message(form.enquiry(_doubts(form)))
    return redirect(url_for(".sent", token=links.own_token(conversation)), 303)


def _doubts(form: ContactForm) -> list[str]:
    """Why a person should look at this first. From outside it looks no different."""
    keys = {"email": mailbox_key, "phone": phone_key, "postal": str.casefold}
    contacts = [key(form[name].data) for name, key in keys.items() if name in form.needed]
    return [*form.doubts(), *many("contact sent", contacts)]


def _ask(form: ContactForm, status: int = OK) -> Response:
    measured = numbers.first_answer()
    return _may_be_gone_back_to(_page("form", "Get in touch", status, form=form, measured=measured))


def _may_be_gone_back_to(answer: Response) -> Response:
    """Let the browser keep what was typed for its “back” button, which else would show an error."""
    answer.headers["Cache-Control"] = "no-cache, private"
    return answer


@bp.get("/<token>/sent")
def sent(token: str) -> BaseResponse:
    """Say that we have it, what happens next, and how to come back. It can be bookmarked."""
    conversation = _find(token)
    url = links.own_url(conversation)
    answer = _page("sent", "We have your message", conversation=conversation, url=url)
    if wants_fragment():  # what is printed, kept or loaded again must be this page
        answer.headers["HX-Redirect"] = url_for(".sent", token=token)
    return answer


@bp.route("/<token>", methods=["GET", "POST"])
def own(token: str) -> BaseResponse:
    """Show the sender what they sent, where it is and what was answered; take more from them."""
    conversation = _find(token)
    form = BackForm()
    if not form.validate_on_submit():
        return _own(conversation, token, form, form.status)
    services.write_back(conversation, form.message.data, form.seen.number)
    return redirect(url_for(".own", token=token, done="saved"), 303)


def _own(conversation: Conversation, token: str, form: BackForm, status: int) -> Response:
    if status == OK:
        form.seen.data = sender_page.written(conversation)
    said = sender_page.entries(conversation)
    return _page(
        "own",
        "Your message to us",
        status,
        form=form,
        token=token,
        conversation=conversation,
        said=said,
        steps=sender_page.steps(conversation, said),
    )


@bp.get("/<token>/files/<int:row_id>")
def file(token: str, row_id: int) -> Response:
    """A file that came with an answer, to be saved."""
    return file_routes.give_out(sender_page.find_file(_find(token), row_id) or abort(404))


@bp.route("/<token>/stop", methods=["GET", "POST"])
def stop(token: str) -> BaseResponse:
    """Ask once, then make the private link stop working."""
    conversation = _find(token)
    if request.method == "POST":
        desk_services.revoke_link(conversation)
        return redirect(url_for(".stopped"), 303)
    return _page("stop", "Stop this link", token=token)


@bp.route("/lost", methods=["GET", "POST"])
def lost() -> BaseResponse:
    """Mail somebody their private links. The answer is the same for every address."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _page("lost", "Get your private link again", form.status, form=form)
    services.send_links(form.email.data)
    return redirect(url_for(".lost_sent"), 303)


def _find(token: str) -> Conversation:
    """The conversation of a private link, or kind words, beside a form and what was typed."""
    conversation = links.read_own(token)
    if conversation is None:
        abort(render_problem("contact/gone.html", NOT_FOUND, title="This link does not work"))
    return conversation


def _page(name: str, title: str, status: int = OK, **context: object) -> Response:
    """A page of this feature."""
    return render(f"contact/{name}.html", status, title=title, **context)


add_page(bp, "/stopped", "contact/stopped", "Your link is stopped")
add_page(bp, "/lost/sent", "contact/lost_sent", "Check your email")
