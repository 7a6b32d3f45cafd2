#!/usr/bin/python3
"""Writes the matrix of X.509-SVIDs, good and bad, that the validator is tested with.

    svid_matrix.py OUTPUT_DIR

Every certificate is encoded by hand, so that it can be wrong in exactly one way, and signed with
keys made on the spot: nothing here is a secret, and nothing is kept. OUTPUT_DIR/manifest.tsv has one
line a case: name, verdict expected (names separated by | where libraries differ), chain file, trust
(domain=bundle[+crl],...), time as Unix seconds. Exits 77 where python3-cryptography is missing.
"""
import base64
import os
import sys

from handmade_x509 import (
    AGREE, ANY, BC, CERT_SIGN, CLIENT, CRL_SIGN, Cert, EMAIL, ENCIPHER, Ext, KU, NOW, SAN, SERVER,
    SIGNATURE, TRUST_DOMAIN, WORKLOAD, algorithm, bc, bits, boolean, ca_exts, crl, dns, eku, general,
    huge_rsa_spki, integer, intermediate, ku, leaf, leaf_exts, name, name_constraints, new_key,
    octets, oid, root, san, seq, tlv, uri)


class Matrix:
    def __init__(self, folder):
        self.folder = folder
        self.lines = []

    def write(self, file_name, label, ders):
        with open(os.path.join(self.folder, file_name), "w", encoding="ascii") as out:
            for der in ders:
                text = base64.b64encode(der).decode()
                out.write(f"-----BEGIN {label}-----\n")
                for at in range(0, len(text), 64):
                    out.write(text[at:at + 64] + "\n")
                out.write(f"-----END {label}-----\n")

    def case(self, case_name, expected, chain, trust, crls=None, now=NOW):
        """chain and trust values hold Certs or raw DER; trust maps a domain to its bundle."""
        def raw(items):
            return [item.der if isinstance(item, Cert) else item for item in items]

        self.write(f"{case_name}.pem", "CERTIFICATE", raw(chain))
        specs = []
        for number, (domain, bundle) in enumerate(trust.items()):
            file_name = f"{case_name}.bundle{number}.pem"
            self.write(file_name, "CERTIFICATE", raw(bundle))
            if crls is not None and number == 0:
                self.write(f"{case_name}.crl.pem", "X509 CRL", crls)
                file_name += f"+{case_name}.crl.pem"
            specs.append(f"{domain}={file_name}")
        self.lines.append("\t".join(
            [case_name, expected, f"{case_name}.pem", ",".join(specs), str(now)]))

    def finish(self):
        with open(os.path.join(self.folder, "manifest.tsv"), "w", encoding="ascii") as out:
            out.write("\n".join(self.lines) + "\n")


def simple_cases(matrix):
    """One leaf under one root, wrong in its extensions or its name: (name, verdict, extensions)."""
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}
    other_name = tlv(0xA0, oid("1.3.6.1.4.1.1"), tlv(0xA0, tlv(0x0C, WORKLOAD.encode())))
    ids = [
        ("id_upper_scheme", "INVALID_SPIFFE_ID", "SPIFFE://shop.example/a"),
        ("id_mixed_scheme", "INVALID_SPIFFE_ID", "Spiffe://shop.example/a"),
        ("id_https", "INVALID_SPIFFE_ID", "https://shop.example/a"),
        ("id_no_slashes", "INVALID_SPIFFE_ID", "spiffe:shop.example/a"),
        ("id_empty_host", "INVALID_SPIFFE_ID", "spiffe:///a"),
        ("id_empty", "INVALID_SPIFFE_ID", ""),
        ("id_scheme_only", "INVALID_SPIFFE_ID", "spiffe://"),
        ("id_upper_host", "INVALID_SPIFFE_ID", "spiffe://Shop.example/a"),
        ("id_port", "INVALID_SPIFFE_ID", "spiffe://shop.example:443/a"),
        ("id_userinfo", "INVALID_SPIFFE_ID", "spiffe://user@shop.example/a"),
        ("id_percent_path", "INVALID_SPIFFE_ID", "spiffe://shop.example/%41"),
        ("id_percent_host", "INVALID_SPIFFE_ID", "spiffe://shop%2eexample/a"),
        ("id_query", "INVALID_SPIFFE_ID", "spiffe://shop.example/a?b"),
        ("id_fragment", "INVALID_SPIFFE_ID", "spiffe://shop.example/a#b"),
        ("id_empty_segment", "INVALID_SPIFFE_ID", "spiffe://shop.example//a"),
        ("id_dot", "INVALID_SPIFFE_ID", "spiffe://shop.example/a/./b"),
        ("id_dot_dot", "INVALID_SPIFFE_ID", "spiffe://shop.example/a/../b"),
        ("id_last_dot_dot", "INVALID_SPIFFE_ID", "spiffe://shop.example/a/.."),
        ("id_trailing_slash", "INVALID_SPIFFE_ID", "spiffe://shop.example/a/"),
        ("id_root_slash", "INVALID_SPIFFE_ID", "spiffe://shop.example/"),
        ("id_root", "NO_PATH", "spiffe://shop.example"),
        ("id_space", "INVALID_SPIFFE_ID", "spiffe://shop.example/a b"),
        ("id_backslash", "INVALID_SPIFFE_ID", "spiffe://shop.example/a\\b"),
        ("id_nul", "MALFORMED_SAN", "spiffe://shop.example/a\0/evil"),
        ("id_nul_end", "MALFORMED_SAN", WORKLOAD + "\0"),
        ("id_newline", "MALFORMED_SAN", WORKLOAD + "\n"),
        ("id_utf8", "MALFORMED_SAN", "spiffe://shop.example/\u00e4"),
        ("id_2048_bytes", "OK", "spiffe://shop.example/" + "a" * (2048 - 22)),
        ("id_2049_bytes", "INVALID_SPIFFE_ID", "spiffe://shop.example/" + "a" * (2049 - 22)),
        ("id_dots_in_segment", "OK", "spiffe://shop.example/.../a..b/.c"),
        ("id_case_in_path", "OK", "spiffe://shop.example/Ns/A_b-C.d"),
    ]
    for case_name, expected, text in ids:
        matrix.case(case_name, expected, [leaf(ca, text)], trust)
    exts = [
        ("good_p256", "OK", leaf_exts()),
        ("san_absent", "NO_URI_SAN", leaf_exts(san=None)),
        ("san_dns_only", "NO_URI_SAN", leaf_exts(san=san(dns("orders.shop.example")))),
        ("san_spiffe_as_dns", "NO_URI_SAN", leaf_exts(san=san(dns(WORKLOAD)))),
        ("san_spiffe_as_mail", "NO_URI_SAN", leaf_exts(san=san(general(0x81, WORKLOAD)))),
        ("san_spiffe_as_other_name", "NO_URI_SAN", leaf_exts(san=san(other_name))),
        ("san_two_uris", "MULTIPLE_URI_SANS",
         leaf_exts(san=san(uri(WORKLOAD), uri("spiffe://shop.example/b")))),
        ("san_same_uri_twice", "MULTIPLE_URI_SANS", leaf_exts(san=san(uri(WORKLOAD), uri(WORKLOAD)))),
        ("san_second_uri_https", "MULTIPLE_URI_SANS",
         leaf_exts(san=san(uri(WORKLOAD), uri("https://shop.example/")))),
        ("san_thousand_uris", "MULTIPLE_URI_SANS",
         leaf_exts(san=san(*[uri(f"spiffe://x/{i}") for i in range(1000)]))),
        ("san_other_types_too", "OK",
         leaf_exts(san=san(dns("orders.shop.example"), uri(WORKLOAD), general(0x81, "a@b.example"),
                           general(0x87, b"\x0a\0\0\1"), general(0x87, b"\0" * 16), other_name,
                           tlv(0xA4, name("directory")), tlv(0x88, b"\x2a\x03")))),
        ("san_dns_with_nul", "MALFORMED_SAN",
         leaf_exts(san=san(uri(WORKLOAD), dns("a\0.example")))),
        ("san_ip_of_5_bytes", "MALFORMED_EXTENSION",
         leaf_exts(san=san(uri(WORKLOAD), general(0x87, b"12345")))),
        ("san_unknown_type", "MALFORMED_EXTENSION",
         leaf_exts(san=san(uri(WORKLOAD), general(0x8F, "x")))),
        ("san_constructed_uri", "MALFORMED_EXTENSION",
         leaf_exts(san=san(tlv(0xA6, tlv(0x16, WORKLOAD.encode()))))),
        ("san_trailing_bytes", "MALFORMED_EXTENSION",
         leaf_exts(san=Ext(SAN, seq(uri(WORKLOAD)) + b"\0"))),
        ("san_cut_short", "MALFORMED_EXTENSION", leaf_exts(san=Ext(SAN, seq(uri(WORKLOAD))[:-3]))),
        ("leaf_is_ca", "LEAF_IS_CA", leaf_exts(bc=bc(True))),
        ("leaf_without_bc", "OK", leaf_exts(bc=None)),
        ("bc_explicit_false", "MALFORMED_EXTENSION",
         leaf_exts(bc=Ext(BC, seq(boolean(False)), True))),
        ("bc_ber_true", "MALFORMED_EXTENSION", leaf_exts(bc=Ext(BC, seq(b"\x01\x01\x01"), True))),
        ("ku_absent", "KEY_USAGE_MISSING", leaf_exts(ku=None)),
        ("ku_not_critical", "KEY_USAGE_NOT_CRITICAL", leaf_exts(ku=ku(SIGNATURE, critical=False))),
        ("ku_empty", "NO_DIGITAL_SIGNATURE", leaf_exts(ku=ku())),
        ("ku_no_digital_signature", "NO_DIGITAL_SIGNATURE", leaf_exts(ku=ku(ENCIPHER))),
        ("ku_cert_sign", "LEAF_SIGNS_CERTIFICATES", leaf_exts(ku=ku(SIGNATURE, CERT_SIGN))),
        ("ku_crl_sign", "LEAF_SIGNS_CERTIFICATES", leaf_exts(ku=ku(SIGNATURE, CRL_SIGN))),
        ("ku_more", "OK", leaf_exts(ku=ku(SIGNATURE, ENCIPHER, AGREE))),
        ("ku_unused_bits_set", "MALFORMED_EXTENSION",
         leaf_exts(ku=Ext(KU, bits(b"\x81", 7), True))),
        ("eku_absent", "OK", leaf_exts(eku=None)),
        ("eku_server_only", "EXTENDED_KEY_USAGE", leaf_exts(eku=eku(SERVER))),
        ("eku_client_only", "EXTENDED_KEY_USAGE", leaf_exts(eku=eku(CLIENT))),
        ("eku_mail_only", "EXTENDED_KEY_USAGE", leaf_exts(eku=eku(EMAIL))),
        ("eku_any", "EXTENDED_KEY_USAGE", leaf_exts(eku=eku(ANY))),
        ("eku_more", "OK", leaf_exts(eku=eku(EMAIL, CLIENT, SERVER))),
        ("eku_empty", "MALFORMED_EXTENSION", leaf_exts(eku=eku())),
        ("unknown_critical", "UNKNOWN_CRITICAL_EXTENSION",
         leaf_exts(extra=[Ext("1.3.6.1.4.1.1.1", octets(b"x"), True)])),
        ("unknown_not_critical", "OK", leaf_exts(extra=[Ext("1.3.6.1.4.1.1.1", b"not even DER")])),
        ("critical_written_false", "MALFORMED_EXTENSION",
         leaf_exts(extra=[Ext("1.3.6.1.4.1.1.1", octets(b"x"), explicit_false=True)])),
        ("san_twice", "DUPLICATE_EXTENSION", leaf_exts(extra=[san(uri("spiffe://shop.example/b"))])),
        ("unknown_twice", "DUPLICATE_EXTENSION",
         leaf_exts(extra=[Ext("1.3.6.1.4.1.1.1", octets(b"x")), Ext("1.3.6.1.4.1.1.1", octets(b"y"))])),
        ("extensions_empty", "MALFORMED_EXTENSION", []),
    ]
    for case_name, expected, extensions in exts:
        matrix.case(case_name, expected, [leaf(ca, exts=extensions)], trust)
    matrix.case("subject_empty_san_critical", "OK",
                [leaf(ca, subject=None, exts=leaf_exts(san=san(uri(WORKLOAD), critical=True)))], trust)
    matrix.case("subject_empty_san_not_critical", "SAN_NOT_CRITICAL", [leaf(ca, subject=None)], trust)
    matrix.case("san_in_common_name_only", "NO_URI_SAN",
                [leaf(ca, subject=WORKLOAD, exts=leaf_exts(san=None))], trust)


def encoding_cases(matrix):
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}
    good = leaf(ca)
    matrix.case("trailing_byte", "MALFORMED", [good.der + b"\0"], trust)
    matrix.case("cut_short", "MALFORMED", [good.der[:-1]], trust)
    matrix.case("not_der", "MALFORMED", [b"GET / HTTP/1.1\r\n"], trust)
    matrix.case("empty_certificate", "MALFORMED", [b"\x30\x00"], trust)
    length = int.from_bytes(good.der[2:4], "big")
    matrix.case("long_form_length", "MALFORMED",
                [b"\x30\x83\x00" + length.to_bytes(2, "big") + good.der[4:]], trust)
    matrix.case("indefinite_length", "MALFORMED", [b"\x30\x80" + good.der[4:] + b"\0\0"], trust)
    matrix.case("deeply_nested", "MALFORMED", [deep(4000)], trust)
    matrix.case("version_1", "NOT_VERSION_3", [leaf(ca, version=0, no_exts=True)], trust)
    matrix.case("version_2", "NOT_VERSION_3", [leaf(ca, version=1)], trust)
    matrix.case("version_9", "NOT_VERSION_3", [leaf(ca, version=9)], trust)
    matrix.case("no_extensions", "NO_URI_SAN", [leaf(ca, no_exts=True)], trust)
    matrix.case("inner_algorithm_differs", "MALFORMED", [leaf(ca, inner=algorithm("sha384"))], trust)
    matrix.case("generalized_time", "OK", [leaf(ca, generalized=True)], trust)
    matrix.case("too_large", "CERTIFICATE_TOO_LARGE",
                [leaf(ca, exts=leaf_exts(extra=[Ext("1.3.6.1.4.1.1.1", b"x" * 20000)]))], trust)
    matrix.case("too_many", "CHAIN_TOO_LONG", [good] * 7, trust)
    matrix.case("chain_of_100", "CHAIN_TOO_LONG", [good] * 100, trust)
    matrix.case("bad_intermediate_der", "MALFORMED", [good, b"\x30\x00"], trust)


def deep(levels):
    der = b""
    for _ in range(levels):
        der = seq(der)
    return der


def key_cases(matrix):
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}
    rsa_ca = root("rsa root", key=new_key("rsa2048", "rsa-ca"))
    rsa_trust = {TRUST_DOMAIN: [rsa_ca]}
    for kind in ("p384", "p521", "ed25519"):
        matrix.case(f"good_{kind}_leaf", "OK", [leaf(ca, key=new_key(kind))], trust)
        other_ca = root(f"{kind} root", key=new_key(kind))
        matrix.case(f"good_{kind}_ca", "OK", [leaf(other_ca)], {TRUST_DOMAIN: [other_ca]})
    matrix.case("good_rsa2048_leaf", "OK", [leaf(ca, key=new_key("rsa2048", "rsa-leaf"))], trust)
    matrix.case("good_rsa_ca", "OK", [leaf(rsa_ca)], rsa_trust)
    matrix.case("good_rsa_pss", "OK", [leaf(rsa_ca, scheme="pss")], rsa_trust)
    matrix.case("pss_with_sha1", "WEAK_SIGNATURE", [leaf(rsa_ca, scheme="pss-default")], rsa_trust)
    matrix.case("rsa_sha1", "WEAK_SIGNATURE", [leaf(rsa_ca, scheme="rsa-sha1")], rsa_trust)
    matrix.case("ecdsa_sha1", "WEAK_SIGNATURE", [leaf(ca, scheme="sha1")], trust)
    matrix.case("rsa1024_leaf", "WEAK_KEY", [leaf(ca, key=new_key("rsa1024"))], trust)
    matrix.case("rsa16384_leaf", "WEAK_KEY", [leaf(ca, public=huge_rsa_spki(16384))], trust)
    matrix.case("p224_leaf", "UNSUPPORTED_KEY", [leaf(ca, key=new_key("p224"))], trust)
    matrix.case("secp256k1_leaf", "UNSUPPORTED_KEY", [leaf(ca, key=new_key("k256"))], trust)
    weak = intermediate(ca, public=huge_rsa_spki(16384))
    matrix.case("rsa16384_intermediate", "WEAK_KEY", [leaf(weak), weak], trust)
    weak_ca = root("weak root", key=new_key("rsa1024"))
    matrix.case("bundle_with_weak_key", "BUNDLE_REFUSED", [leaf(ca)], {TRUST_DOMAIN: [ca, weak_ca]})
    matrix.case("signature_spoiled", "BAD_SIGNATURE", [leaf(ca, spoil=True)], trust)
    matrix.case("signed_by_another_key", "BAD_SIGNATURE", [leaf(ca, signer=new_key())], trust)


def path_cases(matrix):
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}
    mid = intermediate(ca)
    good = leaf(mid)
    matrix.case("path_intermediate", "OK", [good, mid], trust)
    matrix.case("path_with_root", "OK", [good, mid, ca], trust)
    matrix.case("path_intermediate_missing", "UNTRUSTED_ISSUER", [good], trust)
    matrix.case("path_anchor_not_self_signed", "OK", [good], {TRUST_DOMAIN: [mid]})
    second = intermediate(mid, "second")
    matrix.case("path_two_intermediates", "OK", [leaf(second), mid, second], trust)
    matrix.case("path_out_of_order", "OK", [leaf(second), ca, second, mid], trust)
    stranger = root("stranger")
    matrix.case("path_extra_certificate", "OK", [good, stranger, mid], trust)
    matrix.case("path_other_root", "UNTRUSTED_ISSUER", [leaf(stranger), stranger], trust)
    matrix.case("path_self_signed_leaf", "UNTRUSTED_ISSUER", [leaf(None)], trust)
    matrix.case("path_same_name_other_key", "BAD_SIGNATURE|UNTRUSTED_ISSUER",
                [leaf(root())], trust)
    other_root = root("other root")
    crossed = intermediate(other_root, "intermediate", key=mid.key)
    matrix.case("path_cross_signed", "OK", [good, crossed, mid], trust)
    matrix.case("path_cross_signed_first", "OK", [good, mid, crossed], {TRUST_DOMAIN: [other_root]})
    renewed = root(key=new_key())
    matrix.case("path_two_roots_of_one_name", "OK", [leaf(renewed)], {TRUST_DOMAIN: [ca, renewed]})
    no_ca = intermediate(ca, exts=ca_exts(ca=False))
    matrix.case("path_intermediate_not_ca", "ISSUER_NOT_CA", [leaf(no_ca), no_ca], trust)
    leaf_as_ca = leaf(ca, "spiffe://shop.example/evil", subject="evil")
    matrix.case("path_leaf_as_issuer", "ISSUER_NOT_CA", [leaf(leaf_as_ca), leaf_as_ca], trust)
    no_sign = intermediate(ca, exts=ca_exts(usage=(CRL_SIGN,)))
    matrix.case("path_intermediate_no_cert_sign", "ISSUER_KEY_USAGE", [leaf(no_sign), no_sign], trust)
    no_ku = intermediate(ca, exts=ca_exts(usage=None))
    matrix.case("path_intermediate_no_ku", "ISSUER_KEY_USAGE", [leaf(no_ku), no_ku], trust)
    with_path = intermediate(ca, exts=ca_exts("spiffe://shop.example/ca"))
    matrix.case("path_intermediate_id_with_path", "ISSUER_SPIFFE_ID", [leaf(with_path), with_path],
                trust)
    bad_id = intermediate(ca, exts=ca_exts("SPIFFE://shop.example"))
    matrix.case("path_intermediate_bad_id", "ISSUER_SPIFFE_ID", [leaf(bad_id), bad_id], trust)
    root_path = root(exts=ca_exts("spiffe://shop.example/ca"))
    matrix.case("path_root_id_with_path", "ISSUER_SPIFFE_ID", [leaf(root_path)],
                {TRUST_DOMAIN: [root_path]})
    no_id = root(exts=ca_exts(None))
    matrix.case("path_root_without_id", "OK", [leaf(no_id)], {TRUST_DOMAIN: [no_id]})
    other_uri = root(exts=ca_exts("https://ca.example/"))
    matrix.case("path_root_other_uri", "OK", [leaf(other_uri)], {TRUST_DOMAIN: [other_uri]})
    matrix.case("path_ca_as_leaf", "NO_PATH", [ca], trust)
    matrix.case("path_ca_with_path_as_leaf", "LEAF_IS_CA", [with_path], trust)
    short = intermediate(ca, "short", exts=ca_exts(path_length=0))
    below = intermediate(short, "below")
    matrix.case("path_length_kept", "OK", [leaf(short), short], trust)
    matrix.case("path_length_exceeded", "PATH_LENGTH_EXCEEDED", [leaf(below), below, short], trust)
    critical = intermediate(ca, exts=ca_exts() + [Ext("1.3.6.1.4.1.1.1", octets(b"x"), True)])
    matrix.case("path_intermediate_unknown_critical", "UNKNOWN_CRITICAL_EXTENSION",
                [leaf(critical), critical], trust)
    no_ca_root = root(exts=ca_exts(ca=False))
    matrix.case("bundle_with_leaf", "BUNDLE_REFUSED", [leaf(ca)], {TRUST_DOMAIN: [no_ca_root]})
    loop_a = intermediate(None, "loop a", issuer_name="loop b", signer=new_key("p256", "loop-b"),
                          key=new_key("p256", "loop-a"))
    loop_b = intermediate(loop_a, "loop b", key=new_key("p256", "loop-b"))
    matrix.case("path_circle", "UNTRUSTED_ISSUER", [leaf(loop_a), loop_a, loop_b], trust)


def constraint_cases(matrix):
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}

    def under(permitted=(), excluded=(), **kw):
        return intermediate(ca, exts=ca_exts(None) + [name_constraints(permitted, excluded)], **kw)

    mid = under(["shop.example"])
    matrix.case("constraint_permits", "OK", [leaf(mid), mid], trust)
    mid = under(["other.example"])
    matrix.case("constraint_permits_another", "NAME_CONSTRAINT", [leaf(mid), mid], trust)
    mid = under(["hop.example"])
    matrix.case("constraint_is_no_suffix", "NAME_CONSTRAINT", [leaf(mid), mid], trust)
    mid = under([], ["shop.example"])
    matrix.case("constraint_excludes", "NAME_CONSTRAINT", [leaf(mid), mid], trust)


def trust_domain_cases(matrix):
    ca, other = root("ca shop"), root("ca other", exts=ca_exts("spiffe://other.example"))
    both = {TRUST_DOMAIN: [ca], "other.example": [other]}
    matrix.case("domain_federated", "OK", [leaf(other, "spiffe://other.example/a")], both)
    matrix.case("domain_minted_by_other", "UNTRUSTED_ISSUER", [leaf(other)], both)
    matrix.case("domain_minted_by_other_with_ca", "UNTRUSTED_ISSUER", [leaf(other), other], both)
    matrix.case("domain_unknown", "UNKNOWN_TRUST_DOMAIN", [leaf(ca, "spiffe://nobody.example/a")], both)
    matrix.case("domain_is_no_prefix", "UNKNOWN_TRUST_DOMAIN",
                [leaf(ca, "spiffe://shop.example.evil/a")], both)
    matrix.case("domain_is_no_suffix", "UNKNOWN_TRUST_DOMAIN", [leaf(ca, "spiffe://example/a")], both)
    matrix.case("domain_shared_root", "UNTRUSTED_ISSUER",
                [leaf(ca, "spiffe://other.example/a")], both)
    matrix.case("domain_empty_bundle", "EMPTY_BUNDLE", [leaf(ca)], {TRUST_DOMAIN: []})
    for case_name, domain in (("underscore", "shop_x"), ("like_ip", "10.0.0.1"), ("one_label", "shop"),
                              ("of_255_bytes", "d" * 255), ("dashes", "-a-.-"), ("of_dots", "..")):
        own = root(f"ca {case_name}", exts=ca_exts(f"spiffe://{domain}"))
        matrix.case(f"domain_{case_name}", "OK", [leaf(own, f"spiffe://{domain}/a")], {domain: [own]})
    matrix.case("domain_of_256_bytes", "INVALID_SPIFFE_ID",
                [leaf(ca, "spiffe://" + "d" * 256 + "/a")], both)


def time_cases(matrix):
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}
    matrix.case("time_expired", "EXPIRED", [leaf(ca, not_after=NOW - 1)], trust)
    matrix.case("time_expires_now", "EXPIRED", [leaf(ca, not_after=NOW)], trust)
    matrix.case("time_one_second_left", "OK", [leaf(ca, not_after=NOW + 1)], trust)
    matrix.case("time_begins_now", "OK", [leaf(ca, not_before=NOW)], trust)
    matrix.case("time_not_yet", "NOT_YET_VALID", [leaf(ca, not_before=NOW + 1)], trust)
    matrix.case("time_year_9999", "OK", [leaf(ca, not_after=253402300799)], trust)
    for word, when in (("expired", {"not_after": NOW - 1}), ("not_yet", {"not_before": NOW + 1})):
        expected = "ISSUER_EXPIRED" if word == "expired" else "ISSUER_NOT_YET_VALID"
        old_root = root(**when)
        matrix.case(f"time_root_{word}", expected, [leaf(old_root)], {TRUST_DOMAIN: [old_root]})
        mid = intermediate(ca, **when)
        matrix.case(f"time_intermediate_{word}", expected, [leaf(mid), mid], trust)


def revocation_cases(matrix):
    ca = root()
    trust = {TRUST_DOMAIN: [ca]}
    mid = intermediate(ca)
    direct, good = leaf(ca), leaf(mid)
    empty, empty_mid = crl(ca), crl(mid)
    stranger = root("stranger")
    matrix.case("crl_clean", "OK", [direct], trust, [empty])
    matrix.case("crl_of_others", "OK", [direct], trust, [crl(ca, [1, 2, 3])])
    matrix.case("crl_lists_leaf", "REVOKED", [direct], trust, [crl(ca, [1, direct.serial, 9])])
    matrix.case("crl_path_clean", "OK", [good, mid], trust, [empty, empty_mid])
    matrix.case("crl_lists_leaf_below", "REVOKED", [good, mid], trust,
                [empty, crl(mid, [good.serial])])
    matrix.case("crl_lists_intermediate", "ISSUER_REVOKED", [good, mid], trust,
                [crl(ca, [mid.serial]), empty_mid])
    matrix.case("crl_same_serial_other_issuer", "OK", [good, mid], trust,
                [crl(ca, [good.serial]), empty_mid])
    matrix.case("crl_missing_for_intermediate", "CRL_MISSING", [good, mid], trust, [empty])
    matrix.case("crl_stale", "CRL_STALE", [direct], trust, [crl(ca, next_update=NOW - 1)])
    matrix.case("crl_stale_lists_leaf", "REVOKED", [direct], trust,
                [crl(ca, [direct.serial], next_update=NOW - 1)])
    matrix.case("crl_stale_and_current", "OK", [direct], trust,
                [crl(ca, next_update=NOW - 1), empty])
    matrix.case("crl_from_the_future", "CRL_STALE", [direct], trust, [crl(ca, this_update=NOW + 1)])
    matrix.case("crl_wrong_issuer", "CRL_MISSING", [direct], trust, [crl(stranger)])
    matrix.case("crl_wrong_key", "CRL_MISSING", [direct], trust, [crl(ca, signer=stranger.key)])
    no_crl_sign = root(exts=ca_exts(usage=(CERT_SIGN,)))
    matrix.case("crl_issuer_may_not_sign", "CRL_MISSING", [leaf(no_crl_sign)],
                {TRUST_DOMAIN: [no_crl_sign]}, [crl(no_crl_sign)])
    refused = {
        "crl_without_next_update": crl(ca, next_update=None),
        "crl_delta": crl(ca, exts=[Ext("2.5.29.27", integer(1), True)]),
        "crl_indirect": crl(ca, exts=[Ext("2.5.29.28", seq(tlv(0x84, b"\xff")), True)]),
        "crl_sha1": crl(ca, scheme="sha1"),
        "crl_trailing_byte": empty + b"\0",
        "crl_cut_short": empty[:-1],
    }
    for case_name, der in refused.items():
        matrix.case(case_name, "BUNDLE_REFUSED", [direct], trust, [der])


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    os.makedirs(sys.argv[1], exist_ok=True)
    matrix = Matrix(sys.argv[1])
    for group in (simple_cases, encoding_cases, key_cases, path_cases, constraint_cases,
                  trust_domain_cases, time_cases, revocation_cases):
        group(matrix)
    matrix.finish()
    print(f"{len(matrix.lines)} cases in {sys.argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
