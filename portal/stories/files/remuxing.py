"""Sound and film without what they tell beside themselves: place, device, names and times.

ffmpeg copies the sound and the picture as they are into a new file, and nothing else. It reads
what strangers sent, so it gets little: one file, the one format that this is, no network, none of
our settings, and bounded time and room.
"""

import json
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple

from portal.providers.errors import TryLater
from portal.stories.files import programs
from portal.stories.files.programs import BROKEN, CannotBeCleaned

FFMPEG, FFPROBE = "ffmpeg", "ffprobe"
MOST_MEMORY = 256 * 1024 * 1024  # bytes in one piece
MAY_GROW_BY = 1024 * 1024  # bytes: the new file has a head of its own

MISSING = "ffmpeg is not installed: readers get no sound and no film"
OTHER_KIND = (
    "We cannot take the hidden details out of this kind of file. "
    "Make it an MP4 film, or MP3 sound, and add that."
)

# What reads a kind, and what writes it. Of each kind that browsers or phones play.
FORMATS = {
    "audio/3gpp": ("mov", "3gp"),
    "audio/aac": ("aac", "adts"),
    "audio/aiff": ("aiff", "aiff"),
    "audio/amr": ("amr", "amr"),
    "audio/flac": ("flac", "flac"),
    "audio/mp4": ("mov", "ipod"),
    "audio/mpeg": ("mp3", "mp3"),
    "audio/ogg": ("ogg", "ogg"),
    "audio/quicktime": ("mov", "mov"),
    "audio/wav": ("wav", "wav"),
    "audio/webm": ("matroska", "webm"),
    "audio/x-caf": ("caf", "caf"),
    "audio/x-matroska": ("matroska", "matroska"),
    "video/3gpp": ("mov", "3gp"),
    "video/mp4": ("mov", "mp4"),
    "video/ogg": ("ogg", "ogg"),
    "video/quicktime": ("mov", "mov"),
    "video/webm": ("matroska", "webm"),
    "video/x-matroska": ("matroska", "matroska"),
}
# How pictures are coded, and the units in which notes stand between them (SEI, metadata OBU): some
# cameras write the place and the time there. Others have such notes where nothing takes them out.
PICTURES = {"h264": "6", "hevc": "39|40", "av1": "5"}
PICTURES |= dict.fromkeys(("vp8", "vp9", "theora", "h263"), "")
SOUNDS = {"aac", "alac", "amr_nb", "amr_wb", "flac", "mp2", "mp3", "opus", "vorbis"}
PLAIN_SOUNDS = "pcm_"
KEEPS_NOTES = ("matroska", "vorbis")  # Vorbis brings its own notes along into this one

QUIET = ("-hide_banner", "-nostdin", "-v", "error", "-max_alloc", str(MOST_MEMORY))
ASKED = "stream=index,codec_type,codec_name:stream_disposition=attached_pic,timed_thumbnails"
NO_NOTES = (
    *("-map_metadata", "-1", "-map_metadata:s", "-1", "-map_metadata:c", "-1"),
    *("-map_chapters", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"),
)
OF_MUXER = {
    "mp3": ("-id3v2_version", "0"),
    **dict.fromkeys(("mp4", "mov", "ipod", "3gp"), ("-movflags", "+faststart", "-write_tmcd", "0")),
}


class Media(NamedTuple):
    """What is in a sound or film."""

    seconds: float
    streams: list[dict[str, Any]]


def is_there() -> bool:
    """Whether the programs are installed."""
    return bool(which(FFMPEG) and which(FFPROBE))


def clean(source: Path, target: Path, content_type: str) -> float:
    """Write the sound and picture of a file anew, alone; returns how many seconds it takes.

    Raises CannotBeCleaned, and TryLater where something of ours is missing.
    """
    if content_type not in FORMATS:
        raise CannotBeCleaned(OTHER_KIND)
    reads, writes = FORMATS[content_type]
    before = look_at(source, reads)
    most = source.stat().st_size * 2 + MAY_GROW_BY
    _run(
        *(FFMPEG, *QUIET, "-y", *_only(source, reads)),
        *_streams(before, reads, only_sound=content_type.startswith("audio/")),
        *("-c", "copy", *NO_NOTES, *OF_MUXER.get(writes, ())),
        *("-fs", str(most), "-f", writes, f"file:{target}"),
    )
    after = look_at(target, reads)
    if target.stat().st_size >= most:
        raise CannotBeCleaned(BROKEN)
    return after.seconds


def look_at(file: Path, reads: str) -> Media:
    """How long a sound or film takes, and what is in it. Raises CannotBeCleaned, TryLater."""
    shown = ("-show_entries", f"format=duration:{ASKED}", "-of", "json")
    found = json.loads(_run(FFPROBE, *QUIET[:1], *QUIET[2:], *shown, *_only(file, reads)))
    seconds = 0.0
    with suppress(KeyError, ValueError):
        seconds = float(found["format"]["duration"])
    return Media(seconds, found.get("streams", []))


def _only(file: Path, reads: str) -> tuple[str, ...]:
    """Read this file as what it is, and let it lead to no other."""
    return ("-protocol_whitelist", "file", "-f", reads, "-i", f"file:{file}")


def _streams(media: Media, reads: str, *, only_sound: bool) -> list[str]:
    """Which parts are copied: a film's first picture, and each sound. Raises CannotBeCleaned."""
    parts: list[str] = []
    has_picture = False
    for one in media.streams:
        is_still = any(one.get("disposition", {}).values())
        kind, codec, index = one.get("codec_type"), one.get("codec_name", ""), one["index"]
        if kind == "video" and not (is_still or only_sound or has_picture):
            if codec not in PICTURES:
                raise CannotBeCleaned(OTHER_KIND)
            has_picture = True
            parts += ["-map", f"0:{index}"]
            if units := PICTURES[codec]:
                parts += ["-bsf:v", f"filter_units=remove_types={units}"]
        elif kind == "audio" and (codec in SOUNDS or codec.startswith(PLAIN_SOUNDS)):
            if (reads, codec) == KEEPS_NOTES:
                raise CannotBeCleaned(OTHER_KIND)
            parts += ["-map", f"0:{index}"]
    if not parts:
        raise CannotBeCleaned(OTHER_KIND)
    return parts


def _run(program: str, *arguments: str) -> bytes:
    """What ffmpeg or its companion answers. Raises CannotBeCleaned, TryLater."""
    path = which(program)
    if path is None:
        raise TryLater(MISSING)
    ended = programs.run(path, *arguments)
    if ended.code:
        raise CannotBeCleaned(BROKEN)
    return ended.answer
