"""Sound and film as phones make them, and all that they tell beside themselves."""

import struct
import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image

from portal.stories.files import remuxing
from tests.services import absent

PLACE, NAME, DEVICE, DAY = "+51.5074-000.1278/", "Ada Lovelace", "Pixel 9", "2025-06-14"
SECRETS = ("51.5074", "51,5074", "Lovelace", "Pixel", DAY, DAY.replace("-", ""))
SEI = f"086f3693-b7b3-4f2c-9653-21492feee5b8+{PLACE}{NAME}"
TOLD = {
    "location": PLACE,
    "artist": NAME,
    "title": f"{NAME} at home",
    "comment": PLACE,
    "make": DEVICE,
    "model": DEVICE,
    "date": DAY,
    "encoder": DEVICE,
    "creation_time": f"{DAY}T14:32:05Z",
    "TBPM": DEVICE,
    "com.apple.quicktime.location.ISO6709": PLACE,
    "com.apple.quicktime.make": DEVICE,
    "com.apple.quicktime.model": DEVICE,
    "com.apple.quicktime.creationdate": DAY,
}
CHAPTERS = f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle={NAME} {PLACE}\n"
H264 = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    *("-bsf:v", f"h264_metadata=sei_user_data={SEI}"),
)
APPLE = ("-movflags", "use_metadata_tags", "-timecode", "01:02:03:04")
# How each kind is made. What has no `-c:v` is sound alone.
MADE = {
    "film.mp4": (*H264, "-c:a", "aac"),
    "film.mov": (*H264, "-c:a", "aac", *APPLE, "-metadata:s:v", "rotate=90"),  # held upright
    "film.3gp": ("-c:v", "h263", "-s", "176x144", "-c:a", "aac", "-ar", "8000"),
    "film.webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    "film.mkv": (*H264, "-c:a", "flac"),
    "film.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "new.mp4": ("-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "aac"),
    "sound.mp3": ("-c:a", "libmp3lame", "-id3v2_version", "3", "-write_id3v1", "1"),
    "sound.m4a": ("-c:a", "aac"),
    "sound.aac": ("-c:a", "aac", "-write_id3v2", "1"),
    "sound.wav": (),
    "sound.aiff": ("-write_id3v2", "1"),
    "sound.flac": (),
    "sound.ogg": ("-c:a", "libvorbis"),
    "sound.opus": ("-c:a", "libopus"),
    "sound.caf": (),
    "sound.mka": ("-c:a", "libopus"),
}


@pytest.fixture
def ffmpeg():
    """Let a test be left out, with the reason, where the program is not installed."""
    if not remuxing.is_there():
        absent("There is no ffmpeg here (on Debian: apt install ffmpeg).")


@cache
def recorded(name: str) -> bytes:
    """Half a second of sound or film that tells everything about who made it."""
    has_picture = "-c:v" in MADE[name]
    with TemporaryDirectory() as folder:
        chapters, made = Path(folder, "chapters"), Path(folder, name)
        chapters.write_text(CHAPTERS)
        picture = ["-f", "lavfi", "-i", "testsrc=size=176x144:rate=10:duration=0.5"]
        told = [word for pair in TOLD.items() for word in ("-metadata", "=".join(pair))]
        each = [word for pair in TOLD.items() for word in ("-metadata:s", "=".join(pair))]
        run(
            *("-f", "lavfi", "-i", "sine=frequency=440:duration=0.5", "-i", str(chapters)),
            *(picture if has_picture else []),
            *("-map_metadata", "1", "-map", "0", *(["-map", "2"] if has_picture else [])),
            *MADE[name],
            *told,
            *each,
            str(made),
        )
        content = made.read_bytes()
    if content[4:8] == b"ftyp":
        return in_boxes(content)
    return BEFORE.get(name, b"") + content + AFTER.get(name, b"")


def run(*arguments: str) -> bytes:
    command = [remuxing.FFMPEG, "-v", "error", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def in_boxes(film: bytes) -> bytes:
    """With the boxes that Android (©xyz), 3GPP (loci) and others write; `moov` is the last one."""
    place = PLACE.encode()
    at = film.rindex(b"moov") - 4
    told = box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7) + place)
    told += box(b"loci", bytes(6) + NAME.encode() + bytes(13) + place + b"\0earth\0\0")
    told += box(b"\xa9mod", struct.pack(">HH", len(DEVICE), 0) + DEVICE.encode())
    movie = film[at + 8 :] + box(b"udta", told) + box(b"XMP_", place)
    after = box(b"uuid", bytes(16) + place) + box(b"free", NAME.encode() + DAY.encode())
    return film[:at] + box(b"moov", movie) + after


def tag(name: str, value: str) -> bytes:
    """One item of APEv2."""
    return struct.pack("<II", len(value), 0) + name.encode() + b"\0" + value.encode()


APE = tag("Artist", NAME) + tag("Place", PLACE)


def cover() -> bytes:
    """ID3v2.3 with a picture, in which stands where it was taken."""
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG", comment=PLACE + NAME)
    frame = b"\0image/jpeg\0\x03\0" + picture.getvalue()
    tag = b"APIC" + struct.pack(">IH", len(frame), 0) + frame
    size = bytes(len(tag) >> bits & 0x7F for bits in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + tag


BEFORE = {"sound.mp3": cover()}
AFTER = {
    "sound.mp3": APE + b"APETAGEX" + struct.pack("<IIII8x", 2000, len(APE) + 32, 2, 0),
    "sound.wav": b"bext" + struct.pack("<I", 602) + NAME.encode().ljust(602, b"\0"),
}


def played(content: bytes, folder: Path) -> list[bytes]:
    """What is heard and seen: digests of the sound as it is coded, and of all decoded pictures."""
    file = folder / "played"
    file.write_bytes(content)
    heard = folder / "heard"
    seen = run(
        *("-i", str(file), "-map", "0:V?", "-map", "0:a", "-f", "streamhash", "-"),
        *("-map", "0:a", "-c", "copy", "-f", "hash", str(heard)),
    )
    return [heard.read_bytes(), *(line for line in seen.splitlines() if b",v," in line)]
