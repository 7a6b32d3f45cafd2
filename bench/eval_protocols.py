#!/usr/bin/python3
"""How often `firebreak inspect pcap` names the protocol of a flow, and how often it is wrong.

Usage: eval_protocols.py DATA [--build FOLDER] [--show wrong|unknown|unlabelled]. DATA: a folder, or a .tar.zst of
one, of captures with labels.tsv: file, protocol, flows. Exits 2 when it is not there.

Labels count flows of a file; they do not say which. Within a file each of our flows is given to one label
that it may belong to: a label of an application (a shop, a cloud) belongs to what carries it (TLS, QUIC,
HTTP, DNS). What remains of ours is wrong, what remains of the labels is unknown. Flows without payload are
left out, and as many labels that nothing of ours matches. An answer of ours for a flow that the labels call
Unknown is counted by itself: nobody knows whether it is right.
"""
import argparse
import collections
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Label -> what we call it. A label that is not here names an application or a protocol that the table
# of protocols does not have; it is matched by CARRIERS, and not counted.
NAMES = {
    "HTTP": "http1", "SOAP": "http1", "WebDAV": "http1", "OCSP": "http1", "HTTP_Connect": "http-connect",
    "HTTP_Proxy": "http1", "WebSocket": "websocket", "TLS": "tls", "SOCKS": "socks4 socks5", "AJP": "ajp",
    "FastCGI": "fastcgi", "HTTP2": "http2", "gRPC": "grpc", "SSH": "ssh", "Telnet": "telnet", "RDP": "rdp",
    "VNC": "vnc", "X11": "x11", "FTP_CONTROL": "ftp", "FTPS": "ftp",
    "SMBv1": "smb1 netbios-session netbios-name", "SMBv23": "smb2",
    "NetBIOS": "netbios-session netbios-name", "NFS": "nfs", "AFP": "afp", "RSYNC": "rsync", "TFTP": "tftp",
    "iSCSI": "iscsi", "Git": "git", "SMTP": "smtp", "POP3": "pop3", "IMAP": "imap", "Usenet": "nntp", "IRC": "irc",
    "Jabber": "xmpp", "SIP": "sip", "RTSP": "rtsp", "RTMP": "rtmp", "CiscoSkinny": "skinny", "H323": "h323",
    "MGCP": "mgcp", "Megaco": "megaco", "STUN": "stun", "RTP": "rtp", "RTCP": "rtcp", "SMPP": "smpp",
    "MySQL": "mysql", "PostgreSQL": "postgresql", "MongoDB": "mongodb",
    "RESP": "redis", "Redis": "redis",
    "Memcached": "memcached", "Cassandra": "cassandra", "ClickHouse": "clickhouse", "MsSQL-TDS": "mssql",
    "Oracle": "oracle", "DRDA": "drda", "Elasticsearch": "elasticsearch", "Kafka": "kafka", "AMQP": "amqp amqp1.0",
    "MQTT": "mqtt", "Nats": "nats", "STOMP": "stomp", "Gearman": "gearman", "ZeroMQ": "zeromq", "OpenWire": "openwire",
    "Thrift": "thrift", "ApacheThrift": "thrift", "JSON-RPC": "json-rpc http1", "JRMI": "java-rmi", "DCERPC": "dcerpc",
    "RPC": "dcerpc", "FIX": "fix", "HL7": "hl7", "DICOM": "dicom", "LDAP": "ldap", "Kerberos": "kerberos",
    "TACACS": "tacacs", "Diameter": "diameter", "Radius": "radius", "DNS": "dns", "MDNS": "mdns", "LLMNR": "llmnr",
    "DHCP": "dhcp", "DHCPV6": "dhcpv6", "NTP": "ntp", "SNMP": "snmp", "SSDP": "ssdp", "Syslog": "syslog", "BGP": "bgp",
    "LDP": "ldp", "OpenVPN": "openvpn", "WireGuard": "wireguard", "L2TP": "l2tp", "PPTP": "pptp", "QUIC": "quic",
    "DTLS": "dtls stun", "GTP": "gtp", "COAP": "coap", "NetFlow": "netflow", "sFlow": "sflow", "NAT-PMP": "nat-pmp",
    "Teredo": "teredo", "VXLAN": "vxlan", "RX": "rx", "RMCP": "rmcp", "Zabbix": "zabbix", "CHECKMK": "check-mk",
    "Roughtime": "roughtime", "Modbus": "modbus", "UMAS": "modbus", "DNP3": "dnp3", "S7Comm": "s7comm",
    "S7CommPlus": "s7comm", "IEC60870": "iec104", "CIP": "ethernet-ip", "EthernetIP": "ethernet-ip",
    "OPC-UA": "opc-ua", "IEEE-C37118": "synchrophasor", "BACnet": "bacnet", "KNXnet_IP": "knxnet-ip",
    "SOMEIP": "some-ip", "BitTorrent": "bittorrent", "BITCOIN": "bitcoin",
    "Mining": "stratum json-rpc bitcoin ethereum",
    "Ethereum": "ethereum", "Gnutella": "gnutella", "RakNet": "raknet", "Source_Engine": "source-engine",
    "DoH_DoT": "tls quic http2", "WhatsAppCall": "stun rtp dtls", "IPSec": "ike",
}
# What an application's label may turn out to be on the wire.
CARRIERS = set("tls quic http1 http2 grpc dns websocket stun dtls rtp rtcp http-connect socks5 sip json-rpc"
               " ssdp mdns bittorrent raknet source-engine xmpp ike openvpn wireguard rtsp rtmp mqtt ftp".split())
NO_FLOWS_OF_OURS = {"ICMP", "ICMPV6", "IGMP", "OSPF", "IP_PIM", "HSRP", "VRRP", "SCTP", "GRE", "EGP"}


def read_labels(folder):
    labels = collections.defaultdict(collections.Counter)
    lines = (folder / "labels.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        file, protocol, flows = line.split("\t")
        labels[file][protocol] += int(flows)
    return labels


def our_flows(firebreak, path):
    """The protocols of the flows of a capture that carry payload, and how many flows carry none."""
    run = subprocess.run([firebreak, "inspect", "pcap", "-o", "json", str(path)], capture_output=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{path}: {run.stderr.decode(errors='replace')}")
    flows = [json.loads(line) for line in run.stdout.decode().splitlines()]
    spoken = collections.Counter(f["protocol"] for f in flows if f["client_bytes"] + f["server_bytes"] > 0)
    return spoken, len(flows) - sum(spoken.values())


class Score:
    """identified and unknown by label; wrong by what we called it."""

    def __init__(self):
        self.identified = collections.Counter()
        self.unknown = collections.Counter()
        self.wrong = collections.Counter()
        self.unlabelled = 0
        self.silent = 0
        self.notes = []

    def add_file(self, file, labels, ours, silent):
        ours = collections.Counter(ours)
        ours.pop("unknown", None)
        # Labels with a name of ours first, the narrowest first; then applications take what is left.
        named = sorted((label for label in labels if label in NAMES), key=lambda l: len(NAMES[l].split()))
        for label in named:
            left = labels[label]
            for name in NAMES[label].split():
                taken = min(left, ours[name])
                ours[name] -= taken
                left -= taken
            self.identified[label] += labels[label] - left
            # A label of a flow that carries nothing is a guess from its port.
            guessed = min(left, silent)
            silent -= guessed
            left -= guessed
            self.silent += guessed
            if left:
                self.unknown[label] += left
                self.notes.append(("unknown", file, label, left))
        spare = sum(count for label, count in labels.items()
                    if label not in NAMES and label not in NO_FLOWS_OF_OURS and label != "Unknown")
        nameless = labels.get("Unknown", 0)
        for name in sorted(ours):
            taken = min(spare, ours[name]) if name in CARRIERS else 0
            ours[name] -= taken
            spare -= taken
            taken = min(nameless, ours[name])
            ours[name] -= taken
            nameless -= taken
            self.unlabelled += taken
            if taken:
                self.notes.append(("unlabelled", file, name, taken))
            if ours[name]:
                self.wrong[name] += ours[name]
                self.notes.append(("wrong", file, name, ours[name]))

    def print(self):
        print(f"{'label':<24}{'identified':>12}{'unknown':>10}")
        for label in sorted(self.identified.keys() | self.unknown.keys(), key=str.lower):
            print(f"{label:<24}{self.identified[label]:>12}{self.unknown[label]:>10}")
        identified, unknown = sum(self.identified.values()), sum(self.unknown.values())
        wrong = sum(self.wrong.values())
        print(f"\nidentified {identified}, unknown {unknown}, wrong {wrong}")
        found = max(1, identified + unknown)
        print(f"of the labels {100 * identified / found:.1f} % identified; "
              f"of our answers {100 * wrong / max(1, identified + wrong):.2f} % wrong")
        print(f"labels of flows without payload, left out: {self.silent}")
        print(f"answers for flows that the labels call Unknown: {self.unlabelled}")
        for name, count in self.wrong.most_common():
            print(f"  wrong: {name} {count}")


def evaluate(folder, firebreak, show):
    score = Score()
    labels = read_labels(folder)
    for file in sorted(labels):
        score.add_file(file, labels[file], *our_flows(firebreak, folder / file))
    score.print()
    for kind, file, name, count in score.notes:
        if kind == show:
            print(f"{kind}\t{file}\t{name}\t{count}")


def run_speed(build, folder):
    speed = build / "protocol_speed"
    if not speed.exists():
        print("\nno protocol_speed in the build folder: no figures of speed")
        return
    captures = sorted(str(p) for p in folder.iterdir() if p.suffix in (".pcap", ".pcapng", ".cap"))
    print()
    sys.stdout.flush()
    subprocess.run([speed, *captures], check=True)


def unpacked(data, scratch):
    if data.is_dir():
        return data
    subprocess.run(["tar", "--zstd", "-xf", data, "-C", scratch], check=True)
    return next(Path(scratch).rglob("labels.tsv")).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--build", type=Path, default=Path(__file__).resolve().parent.parent / "build/release")
    parser.add_argument("--show", choices=["wrong", "unknown", "unlabelled"])
    args = parser.parse_args()
    if not args.data.exists():
        print(f"{args.data} is not there: nothing was measured", file=sys.stderr)
        return 2
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = unpacked(args.data, scratch)
        evaluate(folder, args.build / "firebreak", args.show)
        run_speed(args.build, folder)
    print(f"\n{time.monotonic() - started:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
