"""Where a workload lives: a network namespace of its own, or an address on loopback.

Both kinds of place answer the same questions, so the story does not know which one it runs in.
"""
import os
import subprocess
import zlib
from pathlib import Path

WORKLOADS = ("web", "orders", "payments", "ledger")
VISITOR = "visitor"  # where strangers come from: no sidecar, no SVID of its own
HOSTS = WORKLOADS + (VISITOR,)
NETNS = Path("/run/netns")


class PlaceError(Exception):
    """The place could not be made; the text is for the user."""


def run_ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PlaceError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class Namespaces:
    """One namespace a host, all plugged into a bridge that has a namespace of its own.

    Nothing is added to the machine's own network: no address, no route, no interface. So the demo
    collides with nothing, and deleting the namespaces deletes everything.
    """

    title = "each in a network namespace of its own"
    isolates_apps = True
    local = "127.0.0.1"  # where the programs and the outbound listeners of a host are

    def __init__(self, tag=""):
        self.prefix = f"fb-demo-{tag}-" if tag else "fb-demo-"

    def namespace(self, host):
        return self.prefix + host

    def address(self, host):
        return f"10.77.0.{HOSTS.index(host) + 2}"

    def local_of(self, _host):
        return self.local

    def wrap(self, host, argv):
        """The command that runs argv on a host. `ip netns exec` replaces itself: the pid is argv's."""
        return ["ip", "netns", "exec", self.namespace(host), *argv]

    def up(self):
        switch = self.namespace("switch")
        run_ip("netns", "add", switch)
        run_ip("-n", switch, "link", "add", "name", "br0", "type", "bridge")
        run_ip("-n", switch, "link", "set", "dev", "br0", "up")
        for host in HOSTS:
            name = self.namespace(host)
            run_ip("netns", "add", name)
            run_ip("-n", name, "link", "set", "dev", "lo", "up")
            run_ip("-n", switch, "link", "add", "name", host, "type", "veth",
                   "peer", "name", "eth0", "netns", name)
            run_ip("-n", switch, "link", "set", "dev", host, "master", "br0", "up")
            run_ip("-n", name, "address", "add", f"{self.address(host)}/24", "dev", "eth0")
            run_ip("-n", name, "link", "set", "dev", "eth0", "up")

    def down(self):
        """Removes what up made, also half of it. The veth pairs and the bridge go with their namespaces."""
        for host in HOSTS + ("switch",):
            if (NETNS / self.namespace(host)).exists():
                run_ip("netns", "delete", self.namespace(host))

    @staticmethod
    def why_not():
        """Why namespaces cannot be made here; None when they can."""
        if os.geteuid() != 0:
            return "network namespaces need root"
        probe = f"fb-demo-probe-{os.getpid()}"
        try:
            run_ip("netns", "add", probe)
        except (PlaceError, OSError) as error:
            return f"this machine does not allow network namespaces ({error})"
        try:
            run_ip("-n", probe, "link", "add", "name", "br0", "type", "bridge")
            run_ip("-n", probe, "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
        except PlaceError as error:
            return f"this machine does not allow bridges and veth pairs ({error})"
        finally:
            run_ip("netns", "delete", probe)
        return None


class Loopback:
    """One loopback address a host. Needs no rights, and isolates nothing but what sidecars refuse."""

    title = "each on a loopback address of its own (--plain)"
    isolates_apps = False

    def __init__(self, tag=""):
        # A tag moves the addresses, so that two demos can run side by side.
        number = zlib.crc32(tag.encode()) if tag else 0
        self.net = f"127.{number % 199 + 1}.{number // 199 % 199 + 1}" if tag else "127.0.1"

    def address(self, host):
        return f"{self.net}.{HOSTS.index(host) + 2}"

    def local_of(self, host):
        return self.address(host)

    def wrap(self, _host, argv):
        return list(argv)

    def up(self):
        pass

    def down(self):
        pass

    @staticmethod
    def why_not():
        return None
