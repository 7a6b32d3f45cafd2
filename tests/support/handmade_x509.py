"""X.509 certificates and revocation lists encoded by hand, each as right or as wrong as a test wants it.

Keys are made on the spot: nothing here is a secret, and nothing is kept. Leaves are SVIDs of WORKLOAD
unless told otherwise, and valid around NOW. Without python3-cryptography the program exits with 77.
"""
import datetime
import sys

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
except ImportError:
    print("SKIP: python3-cryptography is not installed", file=sys.stderr)
    sys.exit(77)

NOW = 1_780_000_000
HOUR = 3600
DAY = 24 * HOUR
TRUST_DOMAIN = "shop.example"
WORKLOAD = "spiffe://shop.example/ns/shop/sa/orders"


# --- DER ---------------------------------------------------------------------------------------

def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def seq(*parts):
    return tlv(0x30, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    out = bytes([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number > 0x7F:
            number >>= 7
            groups.append(0x80 | (number & 0x7F))
        out += bytes(reversed(groups))
    return tlv(0x06, out)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def octets(content):
    return tlv(0x04, content)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def name(common_name):
    if common_name is None:
        return seq()
    attribute = seq(oid("2.5.4.3"), tlv(0x0C, common_name.encode()))
    return seq(tlv(0x31, attribute))


def stamp(seconds, generalized=False):
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    if generalized or when.year >= 2050:
        return tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())
    return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())


# --- Extensions --------------------------------------------------------------------------------

class Ext:
    """One extension; explicit_false writes the DEFAULT out, which DER forbids."""

    def __init__(self, name_, value, critical=False, explicit_false=False):
        self.oid, self.value, self.critical = name_, value, critical
        self.explicit_false = explicit_false

    def der(self):
        flag = boolean(True) if self.critical else boolean(False) if self.explicit_false else b""
        return seq(oid(self.oid), flag, octets(self.value))


SAN, KU, EKU, BC = "2.5.29.17", "2.5.29.15", "2.5.29.37", "2.5.29.19"
SERVER, CLIENT, EMAIL, ANY = ("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4",
                              "2.5.29.37.0")
SIGNATURE, ENCIPHER, AGREE, CERT_SIGN, CRL_SIGN = 0, 2, 4, 5, 6


def general(tag, content):
    return tlv(tag, content if isinstance(content, bytes) else content.encode())


def uri(text):
    return general(0x86, text)


def dns(text):
    return general(0x82, text)


def san(*names, critical=False):
    return Ext(SAN, seq(*names), critical)


def ku(*usage, critical=True):
    value = 0
    for bit in usage:
        value |= 0x80 >> bit
    unused = (value & -value).bit_length() - 1 if value else 0
    return Ext(KU, bits(bytes([value]), unused), critical)


def eku(*purposes):
    return Ext(EKU, seq(*(oid(p) for p in purposes)))


def bc(ca=False, path_length=None):
    length = b"" if path_length is None else integer(path_length)
    return Ext(BC, seq(boolean(True) if ca else b"", length), True)


def name_constraints(permitted=(), excluded=()):
    parts = b""
    for tag, names in ((0xA0, permitted), (0xA1, excluded)):
        if names:
            parts += tlv(tag, *(seq(uri(n)) for n in names))
    return Ext("2.5.29.30", seq(parts), True)


# --- Keys and signatures -----------------------------------------------------------------------

def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


NULL = tlv(0x05)
RSA_SHA256, RSA_SHA1, RSA_PSS = ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5",
                                 "1.2.840.113549.1.1.10")
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2",
         "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512}


def pss_algorithm():
    sha256 = seq(oid("2.16.840.1.101.3.4.2.1"), NULL)
    mgf = seq(oid("1.2.840.113549.1.1.8"), sha256)
    return seq(oid(RSA_PSS), seq(tlv(0xA0, sha256), tlv(0xA1, mgf), tlv(0xA2, integer(32))))


def default_scheme(key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "rsa-sha256"
    return {256: "sha256", 384: "sha384", 521: "sha512", 224: "sha256"}[key.curve.key_size]


def algorithm(scheme):
    if scheme == "ed25519":
        return seq(oid("1.3.101.112"))
    if scheme == "pss":
        return pss_algorithm()
    if scheme == "pss-default":  # no parameters named: SHA-1
        return seq(oid(RSA_PSS), seq())
    if scheme.startswith("rsa-"):
        return seq(oid(RSA_SHA1 if scheme == "rsa-sha1" else RSA_SHA256), NULL)
    return seq(oid(ECDSA[scheme]))


def sign(key, scheme, data):
    if scheme == "ed25519":
        return key.sign(data)
    if scheme in ("pss", "pss-default"):
        digest = hashes.SHA256() if scheme == "pss" else hashes.SHA1()
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    if scheme.startswith("rsa-"):
        return key.sign(data, padding.PKCS1v15(), HASHES[scheme[4:]]())
    return key.sign(data, ec.ECDSA(HASHES[scheme]()))


_keys = {}


def new_key(kind="p256", label=None):
    """Keys with a label are made once."""
    if label is not None and label in _keys:
        return _keys[label]
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif kind.startswith("rsa"):
        key = rsa.generate_private_key(65537, int(kind[3:]))
    else:
        curve = {"p224": ec.SECP224R1, "p256": ec.SECP256R1, "p384": ec.SECP384R1,
                 "p521": ec.SECP521R1, "k256": ec.SECP256K1}[kind]
        key = ec.generate_private_key(curve())
    if label is not None:
        _keys[label] = key
    return key


def huge_rsa_spki(bit_size):
    modulus = (1 << bit_size - 1) | 0xF1
    return seq(seq(oid("1.2.840.113549.1.1.1"), NULL), bits(seq(integer(modulus), integer(65537))))


# --- Certificates ------------------------------------------------------------------------------

_serial = 0x1000


def next_serial():
    global _serial
    _serial += 1
    return _serial


class Cert:
    """A certificate with its key: what a test needs to present it and to sign with it."""

    def __init__(self, der, key, subject, serial):
        self.der, self.key, self.subject, self.serial = der, key, subject, serial


def make(issuer=None, subject="workload", key=None, exts=(), *, public=None, serial=None,
         not_before=NOW - HOUR, not_after=NOW + HOUR, scheme=None, version=2, generalized=False,
         inner=None, spoil=False, signer=None, issuer_name=None, no_exts=False):
    """Signed by issuer, or by itself. Each keyword breaks or changes one thing."""
    key = key or new_key()
    serial = serial or next_serial()
    signing_key = signer or (issuer.key if issuer else key)
    scheme = scheme or default_scheme(signing_key)
    algo = algorithm(scheme)
    tbs = seq(
        b"" if version == 0 else tlv(0xA0, integer(version)), integer(serial), inner or algo,
        name(issuer_name or (issuer.subject if issuer else subject)),
        seq(stamp(not_before, generalized), stamp(not_after, generalized)), name(subject),
        public or spki(key), b"" if no_exts else tlv(0xA3, seq(*(e.der() for e in exts))))
    signature = sign(signing_key, scheme, tbs)
    if spoil:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return Cert(seq(tbs, algo, bits(signature)), key, subject, serial)


def ca_exts(spiffe_id="spiffe://shop.example", usage=(CERT_SIGN, CRL_SIGN), ca=True,
            path_length=None):
    out = [bc(ca, path_length)]
    if usage is not None:
        out.append(ku(*usage))
    if spiffe_id is not None:
        out.append(san(uri(spiffe_id)))
    return out


def root(subject="root", exts=None, **kw):
    kw.setdefault("not_before", NOW - DAY)
    kw.setdefault("not_after", NOW + 30 * DAY)
    return make(None, subject, exts=exts if exts is not None else ca_exts(), **kw)


def intermediate(issuer, subject="intermediate", exts=None, **kw):
    kw.setdefault("not_before", NOW - DAY)
    kw.setdefault("not_after", NOW + 30 * DAY)
    return make(issuer, subject, exts=exts if exts is not None else ca_exts(), **kw)


def leaf_exts(spiffe_id=WORKLOAD, **replace):
    """The extensions of a good leaf; replace drops one with None, or takes another in its place."""
    parts = {"bc": bc(), "ku": ku(SIGNATURE), "eku": eku(SERVER, CLIENT), "san": san(uri(spiffe_id))}
    extra = replace.pop("extra", [])
    parts.update(replace)
    return [part for part in parts.values() if part is not None] + list(extra)


def leaf(issuer, spiffe_id=WORKLOAD, exts=None, **kw):
    return make(issuer, exts=exts if exts is not None else leaf_exts(spiffe_id), **kw)


def crl(issuer, serials=(), *, this_update=NOW - HOUR, next_update=NOW + HOUR, exts=(), signer=None,
        scheme=None):
    signing_key = signer or issuer.key
    algo = algorithm(scheme or default_scheme(signing_key))
    entries = b"".join(seq(integer(s), stamp(this_update)) for s in serials)
    tbs = seq(integer(1), algo, name(issuer.subject), stamp(this_update),
              stamp(next_update) if next_update else b"", seq(entries) if entries else b"",
              tlv(0xA0, seq(*(e.der() for e in exts))) if exts else b"")
    signature = sign(signing_key, scheme or default_scheme(signing_key), tbs)
    return seq(tbs, algo, bits(signature))
