"""A mail server over a pair of sockets (RFC 5321, 3207, 4954), as strict as the large ones."""

import re
import socket
import ssl
import threading
from base64 import b64decode
from contextlib import suppress

from .certificates import certificate_file
from .fake import FakeProvider

USER, PASSWORD = "team@example.org", "p@ss:w/rd?#%"
LOGIN = "team%40example.org:p%40ss%3Aw%2Frd%3F%23%25"
SETTINGS = {"url": f"smtp://{LOGIN}@mail.test"}
# In what a mode shows, and as what.
GREETINGS = {
    "unavailable": b"421 4.3.2 Service not active\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\n",
    "html": b"<!doctype html><title>Sign in</title>\r\n",
    "nowhere": b"HTTP/1.1 404 Not Found\r\n",
}


class FakeSMTP(FakeProvider):
    """`calls` are the lines that came, `opened` how often; `features` are what it can do.

    `replies` says for a command, or for "." at the end of a mail, what is answered in place of
    the usual; None closes the connection.
    """

    def begin(self):
        self.opened, self.connections, self.threads, self.replies = [], [], [], {}
        self.features = ["SIZE 50000000", "8BITMIME", "SMTPUTF8", "STARTTLS"]
        self.host, self.ways = "mail.test", "LOGIN PLAIN XOAUTH2"

    def reach(self, monkeypatch):
        """Make all ways lead here, and its certificate a right one."""
        monkeypatch.setattr(socket, "create_connection", self._connect)
        monkeypatch.setenv("SSL_CERT_FILE", certificate_file("mail.test"))

    def stop(self):
        self.behave()
        for one in self.connections:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for one in self.threads:
            one.join(10)

    def _connect(self, address, timeout=None, source_address=None):
        if self.mode == "away":
            raise ConnectionRefusedError
        self.opened.append(address)
        ours, theirs = socket.socketpair()
        theirs.settimeout(timeout)
        self.threads.append(threading.Thread(target=self._serve, args=(ours, address[1] == 465)))
        self.threads[-1].start()
        return theirs

    def _serve(self, connection, is_secret):
        self.connections.append(connection)
        with suppress(OSError, ValueError):
            if is_secret:
                connection = self._secured(connection)
            talk = _Conversation(self, connection, is_secret)
            with suppress(OSError, ValueError):
                talk.go_on()
            talk.file.close()
            talk.connection.close()
        connection.close()

    def _secured(self, connection):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_file(self.host))
        secured = context.wrap_socket(connection, server_side=True)
        self.connections.append(secured)
        return secured

    def is_now(self, *modes):
        """The mode, if it is one of these; it has then been seen."""
        with self.changed:
            mode = self.mode
            if mode not in modes:
                return ""
            if self.times is not None:
                self.times -= 1
                if self.times <= 0:
                    self.mode, self.times = "ok", None
            return mode


class _Conversation:
    def __init__(self, fake, connection, is_secret):
        self.fake, self.connection, self.is_secret = fake, connection, is_secret
        self.file, self.is_known, self.envelope = connection.makefile("rb"), False, []

    def say(self, *lines):
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def go_on(self):
        if mode := self.fake.is_now(*GREETINGS):
            self.connection.sendall(GREETINGS[mode])
            return
        self.say(self.fake.replies.get("greeting", "220 mail.test ready"))
        while line := self.file.readline():
            text = line.decode().rstrip("\r\n")
            self.fake.calls.append(text)
            verb = text.split()[0].upper()
            if verb in self.fake.replies:
                if (reply := self.fake.replies[verb]) is None:
                    return
                self.say(reply)
            elif getattr(self, f"on_{verb.lower()}", self.unknown)(text) is False:
                return

    def unknown(self, text):
        self.say("502 5.5.1 No such command")

    def on_ehlo(self, text):
        features = [one for one in self.fake.features if one != "STARTTLS" or not self.is_secret]
        features += [f"AUTH {self.fake.ways}"] if self.is_secret else []
        self.say("250-mail.test", *(f"250-{one}" for one in features), "250 HELP")

    def on_starttls(self, text):
        self.say("220 Go ahead")
        self.file.close()
        self.connection = self.fake._secured(self.connection)
        self.file, self.is_secret = self.connection.makefile("rb"), True

    def on_auth(self, text):
        """By PLAIN or LOGIN (RFC 4954); who is wrong once is hung up on."""
        _, way, *said = text.split()
        if way == "LOGIN":
            self.say("334 UGFzc3dvcmQ6")
            said.append(self.file.readline().decode().strip())
        shown = [b64decode(one).decode() for one in said]
        right = [f"\0{USER}\0{PASSWORD}"] if way == "PLAIN" else [USER, PASSWORD]
        self.is_known = shown == right and not self.fake.is_now("forbidden")
        self.say("235 2.7.0 Yes" if self.is_known else "535 5.7.8 Username and Password not known")
        return self.is_known

    def on_mail(self, text):
        if self.fake.is_now("busy"):
            self.say("421 4.7.0 Try again later")
            return False
        self.envelope = [text] if self.is_known else []
        return self.say("250 2.1.0 OK" if self.is_known else "530 5.7.0 Authentication required")

    def on_rcpt(self, text):
        refused = self.fake.is_now("refuse") or not self.envelope
        self.envelope += [] if refused else [text]
        self.say("550 5.1.1 No such user" if refused else "250 2.1.5 OK")

    def on_data(self, text):
        if len(self.envelope) != 2:
            return self.say("503 5.5.1 RCPT first")
        self.say("354 Go on")
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(re.sub(rb"^\.", b"", line))
        self.fake.calls.append(".")
        mode = self.fake.is_now("down", "error", "lose", "stall", "silent")
        reply = self.fake.replies.get(".", "250 2.0.0 OK queued as 7")
        if mode not in {"down", "error"} and (reply or "250").startswith("2"):
            self.fake.mails.append(b"".join(lines).decode())
        if mode == "silent":
            self.file.readline()  # until they hang up
        if mode in {"down", "lose", "stall"} or reply is None:
            return False
        return self.say("451 4.3.0 Temporary System Problem" if mode == "error" else reply)

    def on_rset(self, text):
        self.envelope = []
        self.say("250 2.0.0 OK")
