"""A person's own words are shown; what folds away is what we sent, or a marked quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.extensions import db
from portal.inbox import emails
from portal.inbox.incoming import quoting
from portal.inbox.models import Direction, Message
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.mails import hand_on, item, reply_address

US = "Get Yourself Active"
OURS = "Hello Grace,\n\nwould you like to come on Monday? It is warm.\n\nBen"
SENT = f"{OURS}\n\n--\n{US}, media team\nRead more: https://portal.test/contact/a.b-c\nBye."
OWN = "Yes please, I come on Monday.\n\nGrace"
FROM = f"{US} <reply+7-abcdefghijklmnop@portal.localhost>"
OTHER = "Council <council@example.org>"


def marked(text):
    return "".join(f"> {line}\n" for line in text.split("\n"))


def block(*labels, sender=FROM):
    return "".join(
        f"{one}: {it}\n"
        for one, it in zip(labels, (sender, "3 May 10:00", "G", "Re: A"), strict=False)
    )


# ruff: noqa: RUF001 - letters of other languages
# How mail programs bring in what they answer to, and quote it.
PROGRAMS = {
    "Gmail": f"On Mon, 3 Nov 2025, {US}\n<reply@portal.localhost> wrote:\n\n{marked(SENT)}",
    "iPhone": marked(f"On 3 Nov 2025, at 10:00, {FROM} wrote:\n\n\ufeff{SENT}"),
    "Thunderbird": f"On 03/11/2025 10:00, {US} wrote:\n{marked(SENT)}",
    "Proton": f"----- Original Message -----\nOn Monday at 10:00, {FROM} wrote:\n\n{marked(SENT)}",
    "Outlook": f"{'_' * 32}\n{block('From', 'Sent', 'To', 'Subject')}\n{SENT}",
    "Outlook in bold": f"{block('*From', '*Sent', '*To', '*Subject')}\n\n{SENT}",
    "Outlook, German": f"-----Ursprüngliche Nachricht-----\n{block('Von', 'Gesendet')}\n{SENT}",
    "Outlook, Japanese": f"{block('差出人', '送信日時', '宛先', '件名')}\n{SENT}",
    "Danish": f"Den man. 3. nov. 2025 kl. 10.00 skrev {FROM}:\n\n{marked(SENT)}",
    "Finnish": f"ma 3. marrask. 2025 klo 10.00 {FROM} kirjoitti:\n\n{SENT}",
    "Portuguese": f"Em seg., 3 de nov. de 2025 às 10:00, {FROM}\nescreveu:\n{marked(SENT)}",
    "Russian": f"пн, 3 нояб. 2025 г. в 10:00, {FROM}:\n\n{marked(SENT)}",
    "Japanese": f"2025年11月3日(月) 10:00 {FROM}:\n\n{SENT}",
    "Chinese": f"{FROM} 于2025年11月3日周一 10:00写道：\n\n{marked(SENT)}",
    "Welsh": f"Ar Llun, 3 Tach 2025 am 10:00 ysgrifennodd {FROM}:\n{SENT}",
    "Zoho": f"---- On Mon, 03 Nov 2025 10:00:00 +0000 {FROM} wrote ----\n\n{SENT}",
    "no head, marked": marked(SENT),
    "no head at all": SENT,
    "a part alone": f"On 03/11/2025 10:00, {US} wrote:\nBen",
    "other lines": f"On 3/11/2025 10:00, {US} wrote:\n\n{SENT.replace(' ', chr(10))}",
    "links with addresses": f"{block('From', 'Sent')}\n{SENT}".replace(
        "Read", "Read<https://b.test>"
    ),
    "of somebody else, marked": f"On Mon, 3 Nov 2025 at 10:00, {OTHER} wrote:\n\n{marked('No.')}",
}
# A person's own words, whatever they look like.
SHOWN = {
    "a letter in a story": "On Monday 3 May 2026 at 10:00, the manager wrote:\n\n“No.”\n\nI cried.",
    "a letter at the end": f"On Monday 3 May 2026 at 10:00, {OTHER} wrote:\n\n“No.”",
    "an event": "Print:\n\nFrom: 3 May 10am\nTo: 7 May 4pm\nSubject: Basketball\nWhere: Leeds",
    "a forward": f"See:\n\n--- Forwarded message ---\n{block('From', 'Date', sender=OTHER)}\nNo.",
    "our mail forwarded": f"See:\n\n-- Begin forwarded message:\n{block('From', 'Date')}\n{SENT}",
    "answers between": "> Hello Grace,\n\nHello!\n\n> would you like to come on Monday?",
    "an answer below": f"On 3/11/2025 10:00, {US} wrote:\n{marked(SENT)}\n{OWN}",
    "our words alone": SENT,
    "words of ours that are theirs too": "You said Monday.\n\nMonday\n\nBen",
    "a mark without a head": "My sister says:\n> Come!",
}


def split(text, subject="Re: A"):
    return quoting.split(text, subject, [SENT, "another"], US)


@pytest.mark.parametrize("quote", PROGRAMS.values(), ids=PROGRAMS)
def test_what_we_sent_folds_with_its_head_however_a_program_quotes_it(quote):
    assert split(f"{OWN}\n\n{quote}") == (OWN, quote.strip())


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
def test_a_persons_own_words_are_shown_whatever_they_look_like(text):
    assert split(text) == (text.strip(), "")


LINES = st.lists(
    st.text() | st.sampled_from([*SENT.split("\n"), *OWN.split("\n"), "> a", "From: a"])
)


@given(LINES.map("\n".join), st.sampled_from(["", *PROGRAMS.values()]), LINES.map("\n".join))
def test_nothing_is_lost_between_what_is_shown_and_what_is_folded(above, quote, below):
    text = f"{above}\n\n{quote}\n\n{below}"
    new, quoted = split(text)

    assert "".join((new + quoted).split()) == "".join(text.split())


@given(
    st.text().filter(lambda own: any(map(str.isalnum, own))), st.sampled_from([*PROGRAMS.values()])
)
def test_words_above_and_below_a_quote_are_shown(own, quote):
    word = f"Xylophone {own}"

    assert word.split() == split(f"{word}\n\n{quote}")[0].split()[: len(word.split())]
    assert split(f"{quote}\n\n{word}")[1] == ""


@pytest.mark.parametrize("quote", [*PROGRAMS.values()][:1])
@pytest.mark.parametrize("subject", ["Fwd: Pool", "WG: Pool", "FW : Pool"])
def test_nothing_of_a_forward_folds(quote, subject):
    assert split(f"{OWN}\n\n{quote}", subject)[1] == ""


HEAD = f"From: {US}\nSent: 3 May 2026 10:00\n"
HTML = (
    "<p>Yes please</p><div><p><b>From:</b> Get Yourself Active<br><b>Sent:</b> 3 May 2026</p></div>"
)


@pytest.mark.parametrize("form", ["text", "html"])
@pytest.mark.parametrize("place", ["its conversation", "one put in there", "none"])
def test_an_answer_of_the_teams_folds_as_it_left_and_where_nothing_is_answered_nothing_folds(
    client, conversation, form, place
):
    other = a_conversation()
    ours = {"direction": Direction.OUTGOING, "way": Way.EMAIL, "text": OURS}
    db.session.add(Message(conversation_id=conversation.id, **ours))
    if place == "one put in there":
        conversation.merged_into_id = other.id
    sent = emails.reply(conversation, OURS)
    body = {"text": f"Yes please\n\n{HEAD}\n{sent.text}", "html": HTML + sent.html}
    to = {} if place == "none" else {"to": reply_address(conversation)}
    text, html = (body["text"], None) if form == "text" else (None, body["html"])
    hand_on(client, item(**to, RawTextBody=text, RawHtmlBody=html))

    message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message.text.startswith("Yes please")
    assert (message.text == "Yes please") is (place != "none")
    assert bool(message.quoted) is (place != "none")
