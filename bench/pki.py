"""Certificates for the benchmark: one CA and two X.509-SVIDs, valid for a day, made anew each run.

ECDSA P-256. The leaves keep to the SPIFFE rules, so that firebreak-proxy accepts them, and carry a
DNS name beside the URI, because nginx will not verify a server without one.
"""
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TRUST_DOMAIN = "bench.example"
DNS_NAME = "peer.bench.example"


def spiffe_path(account):
    return f"{TRUST_DOMAIN}/ns/bench/sa/{account}"


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(ca):
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


def _builder(subject, issuer, key):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1)))


def _write(path, *parts):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.writelines(parts)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def make(folder):
    """Writes ca.pem and, for each of client and server, NAME.pem, NAME.key and NAME.both.pem."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("benchmark CA")
    ca = (_builder(ca_name, ca_name, ca_key)
          .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
          .add_extension(_usage(ca=True), critical=True)
          .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
          .add_extension(x509.SubjectAlternativeName(
              [x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}")]), critical=False)
          .sign(ca_key, hashes.SHA256()))
    _write(os.path.join(folder, "ca.pem"), _pem(ca))
    for account in ("client", "server"):
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.UniformResourceIdentifier("spiffe://" + spiffe_path(account)), x509.DNSName(DNS_NAME)]
        leaf = (_builder(_name(account), ca_name, key)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .add_extension(_usage(ca=False), critical=True)
                .add_extension(x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
                .add_extension(x509.SubjectAlternativeName(names), critical=False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
                               critical=False)
                .sign(ca_key, hashes.SHA256()))
        key_pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption())
        _write(os.path.join(folder, account + ".pem"), _pem(leaf))
        _write(os.path.join(folder, account + ".key"), key_pem)
        _write(os.path.join(folder, account + ".both.pem"), _pem(leaf), key_pem)
