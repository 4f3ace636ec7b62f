"""What a guardian sees: one text as readers would get it, its other forms, and their own yes."""

from functools import cached_property

from portal.stories import consents, languages, publication, texts
from portal.stories.files import store
from portal.stories.files.models import StoryFile
from portal.stories.guardian import status
from portal.stories.models import Approval, Revision, Story, Version
from portal.stories.states import Giver


class GuardianPage:
    """All that the page shows. No draft and no message is on it."""

    def __init__(self, story: Story) -> None:
        self.story = story

    @cached_property
    def text(self) -> Revision | None:
        """The newest text once the storyteller said yes to it; until then what is public."""
        yes = None if self.story.is_over else texts.valid_approval(self.story)
        return yes.revision if yes else self.story.published

    @property
    def is_public(self) -> bool:
        """Whether readers have exactly this text."""
        return self.text is not None and self.text is self.story.published

    @cached_property
    def approval(self) -> Approval | None:
        """The guardian's yes to this text."""
        said = [one for one in self.story.approvals if one.giver is Giver.GUARDIAN]
        standing = [one for one in said if one.revision is self.text and not one.taken_back_at]
        return standing[-1] if standing else None

    @property
    def may_approve(self) -> bool:
        """Whether their yes is what is missing."""
        return self.text is not None and self.approval is None

    @property
    def form_waits(self) -> bool:
        """Whether they said yes to the text, and another form of it waits for them."""
        return self.approval is not None and not all(one.guardian_at for one in self.versions)

    @property
    def wants_to_talk(self) -> bool:
        """Whether they told us so since they were asked."""
        return status.wants_to_talk(self.story)

    @property
    def language(self) -> str:
        """Which language the text is in, in words."""
        tag = self.text.language if self.text else ""
        return languages.OFFERED.get(tag, tag)

    @cached_property
    def pictures(self) -> list[tuple[StoryFile, str]]:
        """The pictures that readers would get, each with its words."""
        may_show = consents.allows(self.story, "photo")
        return store.pictures_of(self.story, self.text) if may_show else []

    @cached_property
    def versions(self) -> list[Version]:
        """The other forms that the storyteller said yes to."""
        return publication.agreed_by_storyteller(self.story) if self.text else []

    def file(self, key: str) -> StoryFile | None:
        """A file that belongs to what is shown; None for any other."""
        shown = [file for file, _ in self.pictures]
        shown += [version.file for version in self.versions if version.file]
        return next((file for file in shown if file.key == key), None)
