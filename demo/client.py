#!/usr/bin/python3
"""A TLS client that is no sidecar: what an attacker, or a control, does to an inbound port.

Usage: client.py HOST PORT [--tcp | --chain FILE --key FILE] [--send TEXT]
Prints one JSON object: connected, handshake, reply, error. It checks nothing about the server: an
attacker would not. With TLS 1.3 the server's answer to a certificate comes after the client's side of
the handshake is done, so only a reply proves that somebody let us in.
"""
import argparse
import json
import socket
import ssl

TIMEOUT_SECONDS = 3


def talk(arguments, seen):
    with socket.create_connection((arguments.host, arguments.port), TIMEOUT_SECONDS) as plain:
        seen["connected"] = True
        if arguments.tcp:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if arguments.chain:
            context.load_cert_chain(arguments.chain, arguments.key)
        with context.wrap_socket(plain) as secure:
            seen["handshake"] = True
            secure.sendall(arguments.send.encode().decode("unicode_escape").encode())
            seen["reply"] = secure.recv(4096).decode(errors="replace")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--tcp", action="store_true", help="connect and hang up, no TLS")
    parser.add_argument("--chain")
    parser.add_argument("--key")
    parser.add_argument("--send", default="", help=r"with \r and \n")
    seen = {"connected": False, "handshake": False, "reply": "", "error": ""}
    try:
        talk(parser.parse_args(), seen)
    except OSError as error:  # ssl.SSLError is one
        seen["error"] = getattr(error, "reason", None) or error.strerror or str(error)
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
