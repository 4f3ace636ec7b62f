"""What a member sent when their session was over, until they have signed in again (WCAG 2.2.5).

A form's token says whose page it was, and is signed by us. So nobody else is given the words, a
stranger can leave nothing here, and a page that is still open goes on as soon as its owner is in.
"""

import json
from datetime import timedelta

from flask import request, session
from huey import crontab
from sqlalchemy import delete, func, select

from portal.addresses import address_key
from portal.extensions import db, huey, now
from portal.people import Person
from portal.phones import phone_key
from portal.signing import read_signed
from portal.team.models import KeptForm, Member

LASTS = timedelta(days=7)  # until somebody who went home on Friday is back
LARGEST = 16 * 1024 * 1024  # bytes of a form that is read before it is known whose it is
MOST = 30  # forms of one member: whoever has an old page of theirs can leave some here
FIELD = "kept"
# What must not lie about.
SECRET = frozenset({"csrf_token", "password", "password_again", "code", "credential", FIELD})


def token_of(member: Member) -> str:
    """What the tokens of all of a member's forms stand on, in whatever session."""
    return f"member {member.id}"


def writer() -> Member | None:
    """Whose page the form that was sent came from, by its token."""
    if (request.content_length or 0) > LARGEST:
        return None
    said = read_signed("wtf-csrf-token", request.form.get("csrf_token", ""), LASTS)
    kind, _, number = said.partition(" ") if isinstance(said, str) else ("", "", "")
    member = db.session.get(Member, int(number)) if kind == "member" else None
    return member if member and member.active else None


def keep(member: Member, page: str) -> bool:
    """Keep the form that was sent from that page, if somebody typed in it; commits."""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in SECRET]
    files = [file.filename for file in request.files.values() if file.filename]
    kept = KeptForm(member_id=member.id, page=page, fields=fields, files=files)
    kept.address = request.full_path.removesuffix("?")
    if (not kept.words and not files) or count(member) >= MOST:
        return False
    if not any(one.fields == kept.fields and one.address == kept.address for one in of(member)):
        db.session.add(kept)
    db.session.commit()
    return True


def of(member: Member) -> list[KeptForm]:
    """What is kept for a member, oldest first."""
    query = select(KeptForm).where(KeptForm.member_id == member.id).order_by(KeptForm.id)
    return list(db.session.scalars(query))


def count(member: Member) -> int:
    """How much is kept for a member."""
    query = select(func.count()).where(KeptForm.member_id == member.id)
    return db.session.scalar(query) or 0


def drop(member: Member, number: int | None) -> None:
    """Forget one of a member's forms: it was sent, or is not wanted; commits."""
    mine = (KeptForm.id == number) & (KeptForm.member_id == member.id)
    db.session.execute(delete(KeptForm).where(mine))
    db.session.commit()
    session[FIELD] = count(member)


def forget(place: str, *contacts: str) -> None:
    """Erase what was written at a place or names somebody's contacts, before the caller commits."""
    names = [contact.casefold() for contact in contacts if contact]
    for kept in db.session.scalars(select(KeptForm)):
        said = json.dumps(kept.fields, ensure_ascii=False).casefold()
        if kept.address.startswith(place) or any(name in said for name in names):
            db.session.delete(kept)


def names(form: KeptForm, person: Person) -> bool:
    """Whether a form has somebody's address or number in any of its fields."""
    said = [text for _, text in form.fields]
    words = {word.strip(".,;:<>()") for text in said for word in text.split()}
    by_address = person.addresses & {address_key(word) for word in words if "@" in word}
    return bool(by_address or person.numbers & {phone_key(text) for text in said})


@huey.periodic_task(crontab(minute="50"))  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Every hour: forget what nobody came back for."""
    db.session.execute(delete(KeptForm).where(KeptForm.kept_at < now() - LASTS))
    db.session.commit()
