"""What answers the tests of the web process."""

import hashlib
import tempfile
import time

from flask import Flask, Response, request

from portal import storage

app = Flask(__name__)
app.config |= {
    "MAX_CONTENT_LENGTH": 1024 * 1024,
    "VAR_DIR": tempfile.gettempdir(),
    "UPLOADS_URL": tempfile.gettempdir(),
    "SQLALCHEMY_DATABASE_URI": "sqlite://",
    "DISK_RESERVE_MB": 0,
    "TRUSTED_PROXIES": 1,
}
came = []
PIECE, PIECES = b"x" * 64 * 1024, 256  # 16 MB


@app.route("/echo", methods=["GET", "POST"])
def echo():
    """What came."""
    request.max_content_length = request.args.get("most", 1024 * 1024, int)
    body = request.get_data()
    told = request.environ.get("CONTENT_LENGTH"), request.headers.get("Transfer-Encoding")
    return f"{len(body)} {hashlib.sha256(body).hexdigest()} {told}"


@app.post("/no")
def no():
    """It knows without reading the body."""
    return "no, thank you", 403


@app.errorhandler(413)
def too_large(_):
    return "too large, in words", 413


@app.errorhandler(storage.NoRoom)
def no_room(_):
    return "no room, in words", 503


@app.post("/disk/<word>")
def disk(word):
    """From now on, nothing can be kept on a disk; or it can."""
    tempfile.tempdir = "/no/such/folder" if word == "full" else None
    return word


@app.route("/part", methods=["GET", "POST"])
def part():
    """What came of the last body that was sent here, though it broke off."""
    if request.method == "POST":
        request.environ["portal.takes_part"] = True
        came.append(len(request.stream.read()))
    return str(came)


@app.get("/film")
def film():
    """It is made while it is sent, in a length that is said or is not."""
    length = {"Content-Length": str(len(PIECE) * PIECES)} if "length" in request.args else {}
    return Response((PIECE for _ in range(PIECES)), headers=length)


@app.get("/breaks")
def breaks():
    def pieces():
        yield b"x" * 10
        raise RuntimeError("in the middle")

    return Response(pieces())


@app.get("/wait")
def wait():
    """It takes its time."""
    time.sleep(0.5)
    return "waited"
