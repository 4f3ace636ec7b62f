"""Documents for readers: without who wrote, changed or commented them, when, and with what."""

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject

from portal.file_kinds import TYPES
from portal.stories.files import cleaning
from tests.stories import published
from tests.stories.files.test_cleaning import offered, secrets_in
from tests.stories.media import PDF
from tests.stories.recordings import DAY, DEVICE, NAME, PLACE

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BY = f'w:author="{NAME}" w:initials="Lovelace" w:date="{DAY}T10:00:00Z"'
TEXT = "I roll to the pool."


def jpeg() -> bytes:
    """A picture that says where it was taken, with a second one behind it, as phones make them."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = DEVICE, DAY
    made = io.BytesIO()
    image = Image.effect_noise((64, 48), 60)
    image.save(made, "JPEG", exif=exif, comment=NAME, progressive=True)
    return made.getvalue() * 2 + PLACE.encode()


def png() -> bytes:
    notes, made = PngInfo(), io.BytesIO()
    notes.add_text("Author", NAME)
    Image.new("RGB", (64, 48)).save(made, "PNG", pnginfo=notes)
    return made.getvalue()


CORE = f"""<cp:coreProperties xmlns:cp="x" xmlns:dc="y"><dc:creator>{NAME}</dc:creator>
<cp:lastModifiedBy>{NAME}</cp:lastModifiedBy><created>{DAY}</created></cp:coreProperties>"""
PROPS = {
    "docProps/core.xml": CORE,
    "docProps/app.xml": f"<Properties><Company>{NAME}</Company></Properties>",
    "docProps/custom.xml": f"<Properties><p>{PLACE}</p></Properties>",
    "docProps/thumbnail.jpeg": jpeg(),
    "customXml/item1.xml": f"<a>{NAME}</a>",
    "_rels/.rels": '<Relationships><Relationship Id="a" Type="x/thumbnail" Target="docProps/'
    'thumbnail.jpeg"/><Relationship Id="b" Type="x/officeDocument" Target="word/document.xml"/>'
    "</Relationships>",
}
KINDS = {
    "docx": PROPS
    | {
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:ins {BY}><w:t>{TEXT}</w:t></w:ins>'
        f"<w:del w:author='{NAME}'/></w:document>",
        "word/comments.xml": f'<w:comments xmlns:w="{W}"><w:comment {BY}/></w:comments>',
        "word/people.xml": f'<p xmlns:w15="z"><w15:person w15:author="{NAME}"><w15:presenceInfo'
        f' w15:providerId="AD" w15:userId="{NAME}"/></w15:person></p>',
        "word/_rels/settings.xml.rels": f'<R><Relationship Target="file:///C:/Users/{NAME}/N.dotm"/>'
        "</R>",
        "word/media/image1.jpeg": jpeg(),
        "word/media/image2.png": png(),
    },
    "xlsx": PROPS
    | {
        "xl/workbook.xml": f'<w xmlns:x15ac="q"><x15ac:absPath url="C:\\Users\\{NAME}\\"/></w>',
        "xl/worksheets/sheet1.xml": f'<s xmlns:r="r"><t>{TEXT}</t>'
        '<pageSetup scale="1" r:id="r1"/></s>',
        "xl/comments1.xml": f"<comments><authors><author>{NAME}</author></authors></comments>",
        "xl/tables/table1.xml": '<table displayName="Table1"/>',
        "xl/persons/person.xml": f'<p><person displayName="{NAME}" userId="{NAME}"/></p>',
        "xl/threadedComments/threadedComment1.xml": f'<t><threadedComment dT="{DAY}"/></t>',
        "xl/printerSettings/printerSettings1.bin": DEVICE,
    },
    "pptx": PROPS
    | {
        "ppt/slides/slide1.xml": f"<s>{TEXT}</s>",
        "ppt/slideMasters/slideMaster1.xml": '<m xmlns:p="p"><p:hf dt="0"/></m>',
        "ppt/authors.xml": f'<a xmlns:p="p"><p:author id="1" name="{NAME}" initials="L"/></a>',
        "ppt/comments/modern.xml": f'<c xmlns:p="p"><p:cm created="{DAY}T10:00:00"/></c>',
        "ppt/commentAuthors.xml": f'<c xmlns:p="p"><p:cmAuthor id="1" name="{NAME}"/></c>',
        "ppt/comments/comment1.xml": f'<c xmlns:p="p"><p:cm authorId="1" dt="{DAY}"/></c>',
    },
    "odt": {
        "mimetype": TYPES["odt"],
        "meta.xml": f"<m><creator>{NAME}</creator><date>{DAY}</date></m>",
        "content.xml": f'<c xmlns:dc="d" xmlns:meta="m"><a><dc:creator>{NAME}</dc:creator><dc:date>'
        f"{DAY}</dc:date><meta:creator-initials>Lovelace</meta:creator-initials></a>{TEXT}</c>",
        "settings.xml": '<s xmlns:config="c"><config:config-item config:name="PrinterName">'
        f"{DEVICE}</config:config-item></s>",
        "META-INF/manifest.xml": '<manifest xmlns:manifest="m"><manifest:file-entry manifest:'
        'full-path="Thumbnails/thumbnail.png" manifest:media-type=""/></manifest>',
        "Thumbnails/thumbnail.png": png(),
        "Pictures/1.jpg": jpeg(),
    },
}


def packed(parts) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, (2025, 6, 14, 10, 0, 0))
            part.comment = NAME.encode()
            archive.writestr(part, content)
        archive.comment = PLACE.encode()
    return made.getvalue()


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {part.date_time[0] for part in archive.infolist()} == {1980}
        return {name: archive.read(name) for name in archive.namelist()}


def got(client, work, name, content):
    """What readers get of a document; None where they do not get it."""
    path = offered(published(), name, content)
    cleaning.sweep.call_local()
    work()
    answer = client.get(path)
    return answer.data if answer.status_code == 200 else None


@pytest.mark.parametrize("end", KINDS)
def test_office_documents_lose_who_and_when_and_keep_all_else(client, work, end):
    before = KINDS[end]
    made = got(client, work, f"Ada Lovelace.{end}", packed(before))
    after = parts_of(made)

    assert secrets_in(made, *after.values()) == []
    assert any(TEXT.encode() in part for part in after.values())
    for same in ("xl/tables/table1.xml", "ppt/slideMasters/slideMaster1.xml"):
        assert after.get(same) == (before[same].encode() if same in before else None)
    gone = {name for name in before if "humbnail" in name or "printerSettings" in name}
    assert after.keys() == before.keys() - gone
    for name, part in after.items():
        assert not any(name_gone.encode() in part for name_gone in gone)
        if name.endswith((".xml", ".rels")):
            ET.fromstring(part)
        elif name != "mimetype":
            old, new = (Image.open(io.BytesIO(one)) for one in (before[name], part))
            assert old.tobytes() == new.tobytes()


def test_a_pdf_loses_who_and_when_and_keeps_its_pages(client, work, tmp_path):
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": NAME, "/CreationDate": f"D:{DAY}", "/Producer": DEVICE})
    writer.xmp_metadata = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{NAME}</x:xmpmeta>".encode()
    writer.add_attachment("place.txt", PLACE.encode())
    words, image = StreamObject(), StreamObject()
    words._data = f"BT ({TEXT}) Tj ET".encode()
    image._data = jpeg()
    shown = {"/Type": "/XObject", "/Subtype": "/Image", "/Filter": "/DCTDecode"}
    image.update({NameObject(key): NameObject(name) for key, name in shown.items()})
    page[NameObject("/Contents")] = writer._add_object(words)
    images = DictionaryObject({NameObject("/I"): writer._add_object(image)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): images})
    said = {"/T": NAME, "/M": f"D:{DAY}", "/Contents": "A pool"}
    note = DictionaryObject({NameObject(key): TextStringObject(one) for key, one in said.items()})
    note[NameObject("/Subtype")] = NameObject("/Text")
    note[NameObject("/Rect")] = ArrayObject([])
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    made = io.BytesIO()
    writer.write(made)
    assert len(secrets_in(made.getvalue())) >= 3

    clean = got(client, work, "Ada Lovelace.pdf", made.getvalue())
    (page,) = PdfReader(io.BytesIO(clean)).pages
    assert secrets_in(clean) == []
    assert TEXT.encode() in page["/Contents"].get_data()
    assert page["/Annots"][0].get_object()["/Contents"] == "A pool"
    assert page["/Resources"]["/XObject"]["/I"].get_object()._data.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("macro.docx", packed(KINDS["docx"] | {"word/vbaProject.bin": b"x"})),
        ("film.pptx", packed(KINDS["pptx"] | {"ppt/media/film.mp4": b"x"})),
        ("cut.docx", packed(KINDS["docx"] | {"word/media/image1.jpeg": jpeg()[:200]})),
        ("letters.docx", packed(KINDS["docx"] | {"word/footer.xml": "é".encode("latin-1")})),
        ("cut.pdf", PDF),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ],
)
def test_a_document_that_cannot_be_cleaned_is_not_given_out(client, work, name, content):
    assert got(client, work, name, content) is None
