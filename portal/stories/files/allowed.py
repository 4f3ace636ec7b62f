"""How much may come: by the room that there is, and from one network. Said before a byte is taken.

What is refused loses nobody their story: it goes without the file, and a person finds a way.
"""

from datetime import timedelta

from flask import current_app
from sqlalchemy import func, or_, select

from portal import room
from portal.file_kinds import MB
from portal.floods import from_network, use
from portal.room import SITE, UNSENT
from portal.stories.files.models import FileState, StoryFile
from portal.stories.models import Story
from portal.stories.states import StoryState

LEAST = 64 * 1024  # bytes that a file counts for its network, however small
ONE_MORE = MB  # a page with a form says that there is no room where so little does not fit
LONGER, TIMES = timedelta(days=30), 2  # in that long, so many times what may come in a day
OTHER_WAY = (
    "Nothing that you gave us is lost. You can send your words without the file. Write in them "
    "that you have one. We will find a way to get it from you."
)
NO_ROOM = f"We have no room for more files just now. {OTHER_WAY}"
OFTEN = "Many files came in a short time. Choose yours again {}."
MUCH_FROM_NETWORK = f"We cannot take more files from your network for now. {OTHER_WAY}"

TAKEN = StoryFile.state != FileState.REFUSED
# Pieces are counted as the whole that was announced: so many can come at any moment.
BYTES = select(func.sum(StoryFile.size + StoryFile.public_size)).where(TAKEN)
IS_UNSENT = or_(Story.state == StoryState.DRAFT, StoryFile.state == FileState.COMING)
room.counted[SITE]["stories"] = BYTES
room.counted[UNSENT]["stories"] = BYTES.join(Story).where(IS_UNSENT)


def problem(story: Story, size: int = 0) -> str:
    """Why a file of `size` bytes cannot come now, in words; counted for its network where it can.

    Without a size nothing is counted: it is whether any could.
    """
    sums = [UNSENT] if story.state is StoryState.DRAFT else []
    if not room.has_room(size or ONE_MORE, *sums, is_look=not size):
        return NO_ROOM
    most = current_app.config["FILES_NETWORK_MB"] * MB
    amount = max(size, LEAST) if size else ONE_MORE
    rates = (f"{most}/day", f"{TIMES * most}/{LONGER.days} day")
    each = (one for rate in rates for one in from_network(rate, "file bytes"))
    wanted = [one._replace(amount=amount) for one in each]
    if any(used > 1 for used in use(*(one._replace(is_look=True) for one in wanted))):
        return MUCH_FROM_NETWORK  # and something smaller may still fit: it is not counted
    if size:
        use(*wanted)
    return ""
