"""How much memory sidecars take while something goes on."""
import threading


class RssWatch:
    """The most memory that each of some sidecars had while the block ran."""

    def __init__(self, *sidecars):
        self.sidecars = sidecars
        self.before = [s.rss_kib() for s in sidecars]
        self.peak = list(self.before)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.wait(0.02):
            self.peak = [max(peak, s.rss_kib()) for peak, s in zip(self.peak, self.sidecars)]

    def growth(self):
        return [peak - before for peak, before in zip(self.peak, self.before)]
