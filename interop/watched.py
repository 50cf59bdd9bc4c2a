"""A service whose figures are read as Prometheus reads them."""

import re
import urllib.error
import urllib.request

import harness

SAMPLE = re.compile(r"^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class Watched(harness.Service):
    """A service with a listener for its figures."""

    def __init__(self, data_dir, **settings):
        super().__init__(data_dir, **settings)
        self.metrics_port = harness.free_port()
        self.options = ["--metrics-listen", f"127.0.0.1:{self.metrics_port}"]

    def get(self, path, method="GET"):
        """Status, content type and body of a request to that listener."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.metrics_port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status, answer.headers["content-type"], answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers["content-type"], answer.read().decode()

    def text(self):
        """What Prometheus reads."""
        status, kind, text = self.get("/metrics")
        assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8"), text
        return text

    def reading(self, metric, **labels):
        """The one reading of a metric with these labels, or None."""
        for line in self.text().splitlines():
            sample = SAMPLE.match(line)
            if sample and sample[1] == metric:
                found = dict(LABEL.findall(sample[2] or ""))
                if labels.items() <= found.items():
                    return float(sample[3])
        return None
