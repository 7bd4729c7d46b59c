"""An authority and a client's certificate, as a site's own tools would make them."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def write(folder, client):
    """Writes `clients.crt`, the authority, and `client.crt` and `client.key` with the common name `client`."""
    authority_key, authority_name = ec.generate_private_key(ec.SECP256R1()), named("clients of the tests")
    authority = sign(authority_name, authority_key.public_key(), authority_name, authority_key, authority=True)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = sign(named(client), key.public_key(), authority_name, authority_key, authority=False)
    (folder / "clients.crt").write_bytes(pem(authority))
    (folder / "client.crt").write_bytes(pem(certificate))
    (folder / "client.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def sign(subject, public_key, issuer, issuer_key, authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number(), now - DAY, now + DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(usage(authority), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def usage(authority):
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
