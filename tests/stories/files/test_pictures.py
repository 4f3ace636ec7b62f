"""Pictures made anew: three widths, upright, in sRGB, and nothing of the file they came in."""

import io
import struct
import zlib
from itertools import product

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

from portal.file_kinds import Unwelcome
from portal.stories.files import pictures
from tests.stories.media import SVG, a_document

pillow_heif.register_heif_opener()
RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)
KINDS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP")
NOTED = KINDS[:-1]  # those that can have notes beside the pixels
SECRET = b"53.4808N-secret-place"


def drawn(width=120, height=80, mode="RGB"):
    """A picture that is red at the left and blue at the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def saved(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def made(content):
    return pictures.make(io.BytesIO(content))


def shown(picture, width="1600"):
    """What a reader sees."""
    return Image.open(io.BytesIO(picture.widths[width]))


def colours(picture, *places):
    """Which of red, green and blue is strongest there, in parts of the width and height."""
    image = shown(picture).convert("RGB")
    right, bottom = image.width - 1, image.height - 1
    pixels = [image.getpixel((int(x * right), int(y * bottom))) for x, y in places]
    return "".join("RGB"[pixel.index(max(pixel))] for pixel in pixels)


LEFT_RIGHT = ((0.1, 0.5), (0.9, 0.5))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_becomes_webp_in_three_widths_the_same_each_time(kind):
    picture = made(saved(drawn(1700, 1275), kind))

    sizes = {width: shown(picture, width).size for width in picture.widths}
    assert sizes == {"480": (480, 360), "960": (960, 720), "1600": (1600, 1200)}
    assert (picture.width, picture.height) == (1600, 1200)
    assert {shown(picture, width).format for width in picture.widths} == {"WEBP"}
    assert colours(picture, *LEFT_RIGHT) == "RB"
    small, again, other = (made(saved(drawn(90, y), kind)) for y in (70, 70, 71))
    assert small == again
    assert small.digest != other.digest


@pytest.mark.parametrize(
    ("size", "whole", "widths"),
    [
        ((300, 200), (300, 200), [300, 300, 300]),
        ((480, 200), (480, 200), [480, 480, 480]),
        ((700, 200), (700, 200), [480, 700, 700]),
        ((1, 1), (1, 1), [1, 1, 1]),
        ((500, 10_000), (320, 6400), [320, 320, 320]),
    ],
)
def test_a_small_picture_is_never_enlarged_and_a_very_tall_one_fits(size, whole, widths):
    picture = made(saved(drawn(*size)))

    assert [shown(picture, width).width for width in ("480", "960", "1600")] == widths
    assert (picture.width, picture.height) == whole


def exif(orientation=1):
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010E] = SECRET.decode()
    notes.get_ifd(0x8825)[1] = "N"
    notes.get_ifd(0x8825)[2] = (53.0, 28.0, 50.88)
    return notes.tobytes()


def with_all_notes(kind):
    """A picture with all that can be written beside its pixels, and another file behind it."""
    notes = {"exif": exif(), "icc_profile": profile(), "xmp": b"<x:xmpmeta>" + SECRET}
    if kind == "JPEG":
        notes["comment"] = SECRET
    if kind == "PNG":
        notes["pnginfo"] = text = PngImagePlugin.PngInfo()
        text.add_itxt("Comment", SECRET.decode())
        notes.pop("xmp")
    return saved(drawn(), kind, **notes) + a_document("page.html")


@pytest.mark.parametrize("kind", NOTED)
def test_nothing_that_was_written_beside_the_pixels_is_kept(kind):
    content = with_all_notes(kind)
    assert SECRET in content

    picture = made(content)
    for width, file in picture.widths.items():
        assert SECRET not in file
        assert b"PK\3\4" not in file
        assert not {"exif", "icc_profile", "xmp"} & shown(picture, width).info.keys()


# How the stored rows and columns lie, by Exif 2.32, 1 to 8: what must be done to see it upright.
T = Image.Transpose
STORED = (
    *(None, T.FLIP_LEFT_RIGHT, T.ROTATE_180, T.FLIP_TOP_BOTTOM),
    *(T.TRANSPOSE, T.ROTATE_90, T.TRANSVERSE, T.ROTATE_270),
)


@pytest.mark.parametrize(
    ("kind", "orientation"),
    [*product(["JPEG", "HEIF", "AVIF", "TIFF"], range(1, 9)), ("PNG", 6), ("WEBP", 6)],
)
def test_a_picture_stands_upright_however_the_camera_was_held(kind, orientation):
    is_large = orientation == 6  # some are made smaller too
    image = drawn(1800, 1200) if is_large else drawn(180, 120)
    image.paste(GREEN, (0, 0, image.width // 8, image.width // 8))
    if orientation > 1:
        image = image.transpose(STORED[orientation - 1])
    picture = made(saved(image, kind, exif=exif(orientation)))

    assert (picture.width, picture.height) == ((1600, 1067) if is_large else (180, 120))
    assert colours(picture, (0.03, 0.03), (0.1, 0.9), (0.9, 0.1)) == "GRB"


def test_of_a_moving_picture_the_first_moment_is_kept():
    then = [Image.new("RGB", (120, 80), GREEN)]
    for kind in ("GIF", "WEBP", "PNG", "AVIF", "TIFF"):
        moving = saved(drawn(), kind, save_all=True, append_images=then, duration=50)
        picture = made(moving)

        assert colours(picture, *LEFT_RIGHT) == "RB"
        assert getattr(shown(picture), "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        *(("P", "PNG"), ("P", "BMP"), ("P", "TIFF"), ("CMYK", "JPEG"), ("CMYK", "TIFF")),
        *(("YCbCr", "TIFF"), ("LAB", "TIFF")),
        *(("RGBA", kind) for kind in ("PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP")),
    ],
)
def test_colours_stay_in_every_way_of_keeping_them(mode, kind):
    assert colours(made(saved(drawn(mode=mode), kind)), *LEFT_RIGHT) == "RB"


@pytest.mark.parametrize(
    ("mode", "kind"),
    [*product(["1", "L", "LA", "I;16"], ["PNG", "TIFF"]), ("F", "TIFF")],
)
def test_greys_stay_in_every_way_of_keeping_them(mode, kind):
    image = Image.new("L", (120, 80), 0)
    image.paste(255, (60, 0, 120, 80))
    if mode == "I;16":
        twice = bytes(byte for value in image.tobytes() for byte in (value, value))
        image = Image.frombytes("I;16", image.size, twice)
    else:
        image = image.convert(mode)
    picture = made(saved(image, kind))

    grey = shown(picture).convert("L")
    assert grey.getpixel((5, 40)) < 10
    assert grey.getpixel((115, 40)) > 245


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA"])
def test_what_is_seen_through_stays_so(mode):
    image = Image.new("RGBA", (120, 80), (255, 255, 255, 255))
    image.paste((0, 0, 0, 0), (0, 0, 60, 80))
    picture = made(saved(image.convert(mode), **({"transparency": 0} if mode == "P" else {})))

    assert shown(picture).mode == "RGBA"
    assert shown(picture).getpixel((5, 40))[3] == 0
    assert shown(picture).getpixel((115, 40))[3] == 255


def profile(*, swapped=False):
    """An sRGB profile; or one in which red and green have changed places."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    if swapped:
        red, green = content.index(b"rXYZ", 128), content.index(b"gXYZ", 128)
        content[red : red + 4], content[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(content)


@pytest.mark.parametrize("kind", NOTED)
def test_colours_are_turned_into_those_of_every_screen(kind):
    swapped = saved(drawn(), kind, icc_profile=profile(swapped=True))

    assert colours(made(swapped), *LEFT_RIGHT) == "GB"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says that it leaves them out
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("notes", [b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\1\2", b"nothing"])
def test_notes_that_cannot_be_read_are_left_out(kind, notes):
    content = saved(drawn(), kind, icc_profile=b"no profile at all" * 20, exif=notes)

    assert colours(made(content), *LEFT_RIGHT) == "RB"


def png_head(width, height):
    """A whole PNG file that says that it is so large."""

    def chunk(name, content):
        check = struct.pack(">L", zlib.crc32(name + content))
        return struct.pack(">L", len(content)) + name + content + check

    head = struct.pack(">LLBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def gif_head(width, height):
    content = bytearray(saved(drawn(), "GIF"))
    content[6:10] = struct.pack("<HH", width, height)
    return bytes(content)


def bmp_head(width, height):
    content = bytearray(saved(drawn(), "BMP"))
    content[18:26] = struct.pack("<LL", width, height)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        *(png_head(size, size) for size in (50_000, 2**31 - 1, 9_000, 5_200)),
        gif_head(65_535, 65_535),
        bmp_head(50_000, 50_000),
    ],
)
def test_far_too_many_pixels_are_refused_before_any_is_decoded(monkeypatch, content):
    monkeypatch.setattr(ImageFile.ImageFile, "load", pytest.fail)

    with pytest.raises(Unwelcome, match="more than 26 million pixels"):
        made(content)


def test_a_phone_may_take_more_pixels_than_a_drawing_has(monkeypatch):
    large = saved(Image.new("L", (6_000, 5_000)), "JPEG")
    assert made(large).width == 1600

    monkeypatch.setattr(pictures, "MOST_ON_PHONES", 29_000_000)
    with pytest.raises(Unwelcome, match="more than 29 million pixels"):
        made(large)


NOISE = {kind: saved(Image.effect_noise((90, 60), 50).convert("RGB"), kind) for kind in KINDS}


@pytest.mark.parametrize(
    "content",
    [
        *(
            NOISE[kind][: int(len(NOISE[kind]) * part)]
            for kind, part in product(KINDS, (0.95, 0.5, 0.02))
        ),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\xff" * 500,
        saved(drawn(), "HEIF").replace(b"hvcC", b"hvcX"),
        saved(drawn(), "HEIF").replace(b"ispe", b"ispX"),
        saved(drawn(), "HEIF")[:-1200] + bytes(1200),
        b"GIF89a=1;/*" + b" " * 40 + b"*/alert(1)",
        *(SVG, b"", saved(drawn(), "PPM"), saved(drawn(), "TGA"), saved(drawn(), "EPS")),
    ],
)
def test_what_is_broken_cut_off_or_of_another_kind_is_refused_in_plain_words(content):
    with pytest.raises(Unwelcome, match="it is broken, or a part of it is missing"):
        made(content)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    at=st.floats(0, 1, exclude_max=True),
    rubbish=st.binary(min_size=1, max_size=40),
)
def test_whatever_is_wrong_with_a_file_it_is_a_picture_or_refused(kind, at, rubbish):
    content = bytearray(NOISE[kind])
    start = int(at * len(content))
    content[start : start + len(rubbish)] = rubbish
    try:
        picture = made(bytes(content))
    except Unwelcome:
        return
    assert shown(picture).format == "WEBP"
