"""Certificates for tests, good and deliberately bad: python-cryptography makes them, not our own code.

    pki = Authority("shop.example")
    good = pki.issue("ns/shop/sa/orders")
    old = pki.issue("ns/shop/sa/orders", not_after=hours(-1))
"""
import datetime
import ipaddress
import os
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def hours(count):
    """A time that many hours from now; negative: in the past."""
    return datetime.datetime.utcnow() + datetime.timedelta(hours=count)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(ca):
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Svid:
    """A leaf certificate and its key."""

    def __init__(self, principal, certificate, key):
        self.principal, self.certificate, self.key = principal, certificate, key
        self.chain_pem, self.key_pem = _pem(certificate), _key_pem(key)

    def secrets(self):
        """What must never stand in a log: the lines of the key, and its number."""
        lines = [line for line in self.key_pem.decode().splitlines() if not line.startswith("---")]
        return lines + [f"{self.key.private_numbers().private_value:064x}"]


class Authority:
    """A certificate authority for one trust domain."""

    def __init__(self, trust_domain, name="test CA"):
        self.trust_domain = trust_domain
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(f"{name} of {trust_domain}")
        self.certificate = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(hours(-24)).not_valid_after(hours(24))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(f"spiffe://{trust_domain}")]), critical=False)
            .sign(self.key, hashes.SHA256()))
        self.pem = _pem(self.certificate)

    def issue(self, path, trust_domain=None, not_before=None, not_after=None, padding=0):
        """An SVID for spiffe://TRUST_DOMAIN/path. padding adds that many bytes of unknown extension."""
        principal = f"{trust_domain or self.trust_domain}/{path}"
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder().subject_name(_name("workload")).issuer_name(self.name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(not_before or hours(-12)).not_valid_after(not_after or hours(12))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier("spiffe://" + principal)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                           critical=False))
        if padding:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), bytes(padding)),
                critical=False)
        return Svid(principal, builder.sign(self.key, hashes.SHA256()), key)

    def issue_server(self, *names, not_after=None):
        """A certificate as servers on the web have one, for DNS names and IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder().subject_name(_name(names[0])).issuer_name(self.name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(hours(-12)).not_valid_after(not_after or hours(12))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                           critical=False)
            .sign(self.key, hashes.SHA256()))
        return Svid(names[0], certificate, key)

    def crl(self, *revoked, last_update=None):
        """A revocation list, in PEM, with the serial numbers of these SVIDs; an hour old unless told."""
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.name)
                   .last_update(last_update or hours(-1)).next_update(hours(24))
                   .add_extension(x509.CRLNumber(1), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                                  critical=False))
        for svid in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(svid.certificate.serial_number)
                .revocation_date(hours(-1)).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _load_svid(context, svid):
    # The ssl module takes a certificate from a file only.
    with tempfile.NamedTemporaryFile(suffix=".pem") as both:
        os.chmod(both.name, 0o600)
        both.write(svid.chain_pem + svid.key_pem)
        both.flush()
        context.load_cert_chain(both.name)


def client_context(svid, bundle_pem):
    """Python's TLS as a client that shows svid (None: no certificate) and trusts bundle_pem."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # an SVID has no host name
    context.load_verify_locations(cadata=bundle_pem.decode())
    if svid is not None:
        _load_svid(context, svid)
    return context


def server_context(svid, bundle_pem=None):
    """Python's TLS as a server that asks for a client certificate; None: that asks for none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if bundle_pem is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=bundle_pem.decode())
    _load_svid(context, svid)
    return context


def first_flight(context):
    """The bytes that a client sends first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()
