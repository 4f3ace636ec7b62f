"""Certificates that vouch for themselves, each for one name."""

import atexit
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@cache
def certificate(host, days=1, *, is_rsa=False):
    """A certificate in PEM, which ends in so many days, and its key."""
    key = (
        rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())
    )
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    number, public = x509.random_serial_number(), key.public_key()
    named = x509.SubjectKeyIdentifier.from_public_key(public)
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days)
    made = x509.CertificateBuilder(own, own, public, number, start, end)
    for one, critical in (
        (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.KeyUsage(*[True, *[False] * 4, True, *[False] * 3]), True),
        (named, False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named), False),
    ):
        made = made.add_extension(one, critical)
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM), key


@cache
def certificate_file(host):
    """The path of a file with the certificate for that name, and its key."""
    content, key = certificate(host)
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    file = Path(folder) / "it.pem"
    file.write_bytes(content + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(file)
