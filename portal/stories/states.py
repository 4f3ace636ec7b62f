"""The words of which a story has one each: where it is, how it is told, how hard it is to read."""

from enum import StrEnum


class StoryState(StrEnum):
    """Where a story is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    EDITING = "editing"
    WITH_STORYTELLER = "with_storyteller"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


class Telling(StrEnum):
    """How somebody tells their story."""

    WRITE = "write"
    RECORD = "record"
    UPLOAD = "upload"
    LINK = "link"
    CALL = "call"


class Level(StrEnum):
    """How hard a text is to read."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class VersionKind(StrEnum):
    """In which other form a story can be had."""

    EASY_READ = "easy-read"
    AUDIO = "audio"
    BSL = "bsl"
    LANGUAGE = "language"


class Giver(StrEnum):
    """Who says yes to a text."""

    STORYTELLER = "storyteller"
    GUARDIAN = "guardian"


class YesWay(StrEnum):
    """How a yes was given: on our pages, or read out by the team and noted."""

    WEB = "web"
    PHONE = "phone"
    RELAY = "relay"
    VIDEO = "video"
    IN_PERSON = "in_person"
