"""A passkey made of code: it answers a page as a browser and its authenticator would (WebAuthn)."""

import json
import os
import struct
from hashlib import sha256

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as text_of

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40
ALGORITHM = {1: 2, 3: -7, -1: 1}  # an elliptic curve key, ES256, on P-256


class Authenticator:
    """One key on one device. What it should say otherwise than the truth is given by name."""

    def __init__(self) -> None:
        self.id = os.urandom(16)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def make(self, options: str, **lies) -> str:
        """What a browser answers when it is asked for a new passkey."""
        point = self.key.public_key().public_numbers()
        key = ALGORITHM | {-2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        known = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(key)
        says = self._says("webauthn.create", options, lies)
        data = self._data(options, lies, flags=WITH_KEY) + known
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=says, attestationObject=attestation)

    def use(self, options: str, **lies) -> str:
        """What a browser answers when it is asked to sign in."""
        says, data = self._says("webauthn.get", options, lies), self._data(options, lies)
        signer = lies.get("key", self.key)
        signed = signer.sign(data + sha256(says).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=says, authenticatorData=data, signature=signed)

    def _says(self, kind: str, options: str, lies: dict) -> bytes:
        truth = {
            "type": kind,
            "challenge": json.loads(options)["challenge"],
            "origin": "http://localhost",
        }
        return json.dumps(truth | {name: lies[name] for name in truth if name in lies}).encode()

    def _data(self, options: str, lies: dict, flags: int = 0) -> bytes:
        self.count = lies.get("count", self.count + 1)
        flags |= lies.get("flags", PRESENT | VERIFIED)
        site = lies.get("site", "localhost")
        return sha256(site.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": text_of(self.id),
                "rawId": text_of(self.id),
                "type": "public-key",
                "response": {name: text_of(value) for name, value in response.items()},
            }
        )
