"""The flow logs of the sidecars, as the checks read them."""
import json
import time

WAIT_SECONDS = 3


def get(record, path):
    for name in path.split("."):
        record = record.get(name, {}) if isinstance(record, dict) else {}
    return record if record != {} else None


class FlowLogs:
    """Remembers how far each log was read, so that a check speaks of its own connections only."""

    def __init__(self, shop):
        self.shop = shop
        self.marks = {}

    def records(self, workload):
        file = self.shop.flow_log(workload)
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        # The last line may still be on its way; signed heads of the log are of no flow.
        lines = [json.loads(line) for line in text.split("\n")[:-1]]
        return [line for line in lines if line["event"] != "HEAD"]

    def mark(self, *workloads):
        for workload in workloads:
            self.marks[workload] = len(self.records(workload))

    def since_mark(self, workload):
        return self.records(workload)[self.marks.get(workload, 0):]

    def wait(self, workload, **wanted):
        """The records since the mark that match, once there is one; __ in a name stands for a dot.

        Records are written off the data path, so they may come a moment after the connection's end.
        """
        wanted = {name.replace("__", "."): value for name, value in wanted.items()}
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found = [record for record in self.since_mark(workload)
                     if all(get(record, path) == value for path, value in wanted.items())]
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.01)


def said(record):
    """One record in a few words."""
    if record is None:
        return "no such flow record"
    rule = get(record, "policy.rule")
    words = [record["verdict"], record.get("reason"), f"rule {rule}" if rule else None, record.get("detail")]
    return " ".join(word for word in words if word)
