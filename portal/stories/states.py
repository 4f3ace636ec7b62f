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
