"""The page for who lost the link to their story. A route reads, calls one service, answers."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.extensions import csrf
from portal.floods import from_network, timed, use
from portal.forms import Form
from portal.stories import links
from portal.stories.finding import services, tries
from portal.stories.finding.forms import MailForm, PhoneForm, PhraseForm
from portal.stories.states import StoryState
from portal.web import UNPROCESSABLE, add_page, lead_to, render

bp = Blueprint("finding", __name__, url_prefix="/stories/share/find")
# Each form checks its token itself, to keep what was typed.
csrf.exempt(bp)

OK, TOO_MANY = 200, 429
FIND = "Find your story again"
MANY_CALLS = "5/hour"  # from one place: a person looks at the rest
MANY_ASKED = "Many asked for a call from one place in {an_hour}"
NOWHERE = (
    "These words do not open a story. Check each word. If it still does not work, use another "
    "way on this page."
)
TOO_OFTEN = "There were too many tries. Try again in {an_hour}, or use another way on this page."


@bp.route("", methods=["GET", "POST"])
def lost() -> BaseResponse:
    """Show the ways back; with four words, lead straight to the story."""
    if request.method != "POST":
        return _page()
    form = PhraseForm()
    if not form.validate():
        return _page(UNPROCESSABLE, words=form)
    if not (worth := tries.worth()):
        form.words.errors = [timed(TOO_OFTEN, tries.FROM_ONE_PLACE)]
        return _page(TOO_MANY, words=form)
    story = services.by_words(form.words.data, worth)
    if story is None:
        form.words.errors = [NOWHERE]
        return _page(UNPROCESSABLE, words=form)
    endpoint = "telling.steps" if story.state is StoryState.DRAFT else "storyteller.show"
    return lead_to(url_for(endpoint, token=links.token(story)))


@bp.route("/mail", methods=["GET", "POST"])
def mail() -> BaseResponse:
    """Mail somebody the links to their stories. The answer is the same for every address."""
    if request.method != "POST":
        return redirect(url_for(".lost"))
    form = MailForm()
    if not form.validate_on_submit():
        return _page(form.status, mail=form)
    services.send_links(form.email.data)
    return redirect(url_for(".mailed"), 303)


@bp.route("/call", methods=["GET", "POST"])
def call() -> BaseResponse:
    """Ask the team to call somebody. The answer is the same for every number."""
    if request.method != "POST":
        return redirect(url_for(".lost"))
    form = PhoneForm()
    if not form.validate_on_submit():
        return _page(form.status, call=form)
    is_much = max(use(*from_network(MANY_CALLS, "call"))) > 1
    services.ask_for_call(form.phone.data, [timed(MANY_ASKED, MANY_CALLS)] if is_much else [])
    return redirect(url_for(".asked"), 303)


def _page(status: int = OK, **sent: Form) -> Response:
    """The ways back, with fresh forms but for one that was `sent` and cannot be used yet."""
    fresh = {"words": PhraseForm, "mail": MailForm, "call": PhoneForm}
    forms = {name: sent.get(name) or form(formdata=None) for name, form in fresh.items()}
    wrong = next(iter(sent.values()), None)
    return render("stories/finding/page.html", status, title=FIND, wrong=wrong, **forms)


add_page(bp, "/mailed", "stories/finding/mailed", "Check your email")
add_page(bp, "/asked", "stories/finding/asked", "We will call you")
