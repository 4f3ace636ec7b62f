"""Pictures for the page: made anew in three widths, so that nothing else comes along with them.

What a phone or a trickster wrote beside the pixels (the place, a thumbnail,
comments, another file) is in none of them. Pillow is loaded when it is needed.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from portal.file_kinds import Unwelcome

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTHS = (480, 960, 1600)  # pixels
TALLEST = 4 * WIDTHS[-1]
# What common phones take, and what others make. While one is decoded it needs up to 400 MB.
MOST_PIXELS, MOST_ON_PHONES = 26_000_000, 52_000_000
PHONES = ("JPEG", "MPO", "HEIF", "AVIF")
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF")
QUALITY = 80
ORIENTATION, ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)  # Exif 2.32, 4.6.4
SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L", "I;16N")

TOO_MANY_PIXELS = "It has more than {most} million pixels. Make it smaller, and add that."
BROKEN = "We cannot open it: it is broken, or a part of it is missing. Add it again from the start."

_one_at_a_time = Lock()  # so that several large ones together do not fill the memory


@dataclass(frozen=True)
class KeptPicture:
    """A picture as we keep it."""

    widths: dict[str, bytes]
    """The WebP file for each width. A small picture is the same in several: none is enlarged."""
    width: int
    height: int
    """Of the largest, in pixels."""
    digest: str
    """SHA-256 of the largest, the same whenever the same file is made into one."""


def make(file: BinaryIO) -> KeptPicture:
    """Make a picture anew in each width. Raises Unwelcome where it cannot be read."""
    with _one_at_a_time:
        try:
            largest = _decode(_open(file))
            files = {largest.width: _encode(largest)}
            for width in WIDTHS:
                if width < largest.width:
                    files[width] = _encode(_narrow(largest, width))
        except Unwelcome:
            raise
        except Exception as error:  # the decoders fail in many ways on what breaks the rules
            raise Unwelcome(BROKEN) from error
    return KeptPicture(
        widths={str(width): files[min(width, largest.width)] for width in WIDTHS},
        width=largest.width,
        height=largest.height,
        digest=hashlib.sha256(files[largest.width]).hexdigest(),
    )


def pixels(file: BinaryIO) -> int:
    """How many pixels its head says that it has; 0 where that is not to be read."""
    try:
        width, height = _open(file).size
    except Exception:
        return 0
    return width * height


def has_pages(file: BinaryIO) -> bool:
    """Whether it is a scan of several pages. Of those nobody wants the first alone."""
    with suppress(Exception):
        image = _open(file)
        if image.format == "TIFF":
            image.seek(1)
            return True
    return False


@cache
def _pillow() -> Any:
    """Pillow's module for images, able to read HEIC, and with a limit of its own."""
    from PIL import Image  # noqa: PLC0415 - a fifth of a second, which few starts need
    from pillow_heif import register_heif_opener  # noqa: PLC0415

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MOST_ON_PHONES
    return Image


def _open(file: BinaryIO) -> Image:
    """Read its head only. Raises Unwelcome where it is too large."""
    pillow = _pillow()
    file.seek(0)
    try:
        image: Image = pillow.open(file, formats=FORMATS)
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning) as error:
        raise Unwelcome(TOO_MANY_PIXELS.format(most=MOST_PIXELS // 1_000_000)) from error
    _check_size(image)
    return image


def _check_size(image: Image) -> None:
    most = MOST_ON_PHONES if image.format in PHONES else MOST_PIXELS
    if image.width * image.height > most:
        raise Unwelcome(TOO_MANY_PIXELS.format(most=most // 1_000_000))


def _decode(image: Image) -> Image:
    """Its first frame, upright, in sRGB, no larger than we show it, and with nothing beside it."""
    turned = image.format != "TIFF" and _orientation(image) in ON_ITS_SIDE  # TIFF says it as it is
    size = _fit(image.height, image.width)[::-1] if turned else _fit(image.width, image.height)
    if image.format in {"JPEG", "MPO"}:
        image.draft(None, size)  # decodes to a half, a quarter or an eighth, where that is enough
    image.load()
    _check_size(image)  # some heads say less than there is
    image = _in_usual_mode(image)
    if image.size != size:
        image = image.resize(size, _pillow().Resampling.LANCZOS, reducing_gap=2.0)
    return _upright(_in_srgb(image))


def _orientation(image: Image) -> int:
    """How the camera was held. A picture with unreadable notes is taken as it is."""
    with suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _fit(width: int, height: int) -> tuple[int, int]:
    """The size of the largest that we show, for a picture of this size."""
    scale = min(1, WIDTHS[-1] / width, TALLEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _in_usual_mode(image: Image) -> Image:
    """Each pixel by itself, in 8 bits a colour."""
    if image.mode in SIXTEEN_BITS:
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if "transparency" in image.info or image.mode in {"PA", "LA", "La", "RGBa"}:
        return image.convert("RGBA")
    usual = {"1": "L", "P": "RGB"}.get(image.mode)
    return image.convert(usual) if usual else image


def _in_srgb(image: Image) -> Image:
    """The colours as every screen shows them. A profile that cannot be used is left out."""
    from PIL import ImageCms  # noqa: PLC0415

    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile := image.info.get("icc_profile"):
        with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            if converted := ImageCms.profileToProfile(image, source, srgb, outputMode=mode):
                return converted
    return image.convert(mode)


def _upright(image: Image) -> Image:
    from PIL import ImageOps  # noqa: PLC0415

    with suppress(Exception):  # as in _orientation
        ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    image.info.clear()
    return image


def _narrow(image: Image, width: int) -> Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), _pillow().Resampling.LANCZOS)


def _encode(image: Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return file.getvalue()
