"""A headless Chromium controlled by the DevTools protocol: open a page, wait for a text, click, take a screenshot."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Any, Self

import requests
from websockets.sync.client import ClientConnection, connect

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--no-proxy-server", "--remote-debugging-port=0",
]  # fmt: skip
SHOWN = "document.body ? document.body.innerText : ''"
CLICK = """(() => {
  const buttons = [...document.querySelectorAll('button, a, [role=tab], [role=menuitem]')];
  const found = buttons.filter(one => one.innerText.trim() === %s && !one.disabled && one.offsetParent);
  if (!found.length) return false;
  found[found.length - 1].click();
  return true;
})()"""


class Browser:
    """One tab, as a context manager that stops Chromium on exit.

    Args:
        program: path of Chromium.
        profile: an empty folder for its files.
    """

    def __init__(self, program: str, profile: Path) -> None:
        self._command = [program, *FLAGS, f"--user-data-dir={profile}", "--window-size=1400,1000", "about:blank"]
        self._port_file = profile / "DevToolsActivePort"
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._open = ExitStack()
        self._socket: ClientConnection | None = None

    def __enter__(self) -> Self:
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._command, stdout=quiet, stderr=quiet)  # noqa: S603
        try:
            port = int(self._until(self._port, 60, "Chromium did not start"))
            tabs = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=30).json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            opened = connect(address, max_size=None, compression=None, proxy=None)
            self._socket = self._open.enter_context(opened)
            self._send("Page.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket:
            with suppress(Exception):
                self._send("Browser.close")
                self._open.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()

    def open(self, address: str) -> None:
        self._send("Page.navigate", url=address)

    def text(self) -> str:
        """The visible text of the page."""
        return self.evaluate(SHOWN)

    def wait_for(self, words: str, seconds: float = 60) -> str:
        """The text of the page once it contains these words (case-insensitive).

        Raises:
            AssertionError: they did not appear; the message quotes the page.
        """

        def seen() -> str | None:
            text = self.text()
            return text if words.lower() in text.lower() else None

        return self._until(seen, seconds, f"{words!r} did not appear", self.text)

    def wait_until(self, expression: str, seconds: float = 30) -> None:
        """Wait until a JavaScript expression is true."""
        self._until(lambda: self.evaluate(expression), seconds, f"never true: {expression}", self.text)

    def wait_for_frame(self, element: str, seconds: float = 30) -> str:
        """The text of the page's only frame once it contains such an element."""
        self.wait_until(
            f"document.querySelector('iframe')?.contentDocument?.querySelector('{element}') != null", seconds
        )
        return self.evaluate("document.querySelector('iframe').contentDocument.body.innerText")

    def click(self, label: str, seconds: float = 30) -> None:
        """Press the last enabled button, link or tab with exactly this label."""
        self._until(lambda: self.evaluate(CLICK % json.dumps(label)), seconds, f"no {label!r} to press", self.text)

    def resize(self, width: int, height: int) -> None:
        """Set the size of the window in CSS pixels."""
        size = {"width": width, "height": height}
        self._send("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=False)

    def photograph(self, file: Path, highest: int = 0) -> None:
        """Write a PNG picture of the window, or of the whole page up to a height in pixels."""
        clip = {}
        if highest:
            width, height = self.evaluate("[innerWidth, document.documentElement.scrollHeight]")
            area = {"x": 0, "y": 0, "width": width, "height": min(height, highest), "scale": 1}
            clip = {"clip": area, "captureBeyondViewport": True}
        picture = self._send("Page.captureScreenshot", format="png", **clip)
        file.write_bytes(base64.b64decode(picture["data"]))

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        result = self._send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def _port(self) -> str | None:
        assert self._process.poll() is None, "Chromium ended by itself"
        lines = self._port_file.read_text().splitlines() if self._port_file.exists() else []
        return lines[0] if lines else None

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            result = json.loads(self._socket.recv(timeout=60))
            if result.get("id") == number:
                assert "error" not in result, f"{method}: {result['error']}"
                return result["result"]

    @staticmethod
    def _until(look: Any, seconds: float, complaint: str, quote: Any = lambda: "") -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.3)
        raise AssertionError(f"{complaint} within {seconds:g} seconds. {quote()}")
