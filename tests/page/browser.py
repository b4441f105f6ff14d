"""A real browser without a window, and what it tells of itself: requests, its console, files that it kept."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import requests
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.remote_connection import ChromeRemoteConnection
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.servers.daemon import Daemon, free_port, program

PATIENCE = 10
SCREENSHOTS = Path("build/screenshots")
Found = TypeVar("Found")
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,900",
)


# A driver that is stopped leaves its browser running.
_TOGETHER = """
import psutil, signal, subprocess, sys

def end(*_):
    for each in psutil.Process().children(recursive=True):
        each.kill()
    sys.exit()

signal.signal(signal.SIGTERM, end)
subprocess.call(sys.argv[1:])
"""

# At the end of a page the focus is on the window itself for once.
_FOCUSED = """
const it = document.activeElement;
return it === document.body ? '' : it.getAttribute('aria-label') || it.innerText || it.name || '';
"""


class Browser:
    """Chromium; elements are named by CSS selectors."""

    def __init__(self, downloads: Path) -> None:
        self.downloads = downloads
        options = webdriver.ChromeOptions()
        options.binary_location = str(program("chromium"))
        for argument in (*_ARGUMENTS, f"--user-data-dir={downloads.parent / 'profile'}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        port = free_port()
        self._daemon = Daemon("chromedriver", ours=True)  # so that no browser outlives the run
        url = f"http://127.0.0.1:{port}"
        command = (sys.executable, "-c", _TOGETHER, program("chromedriver"), f"--port={port}")
        self._daemon.start(*command, ready=lambda: requests.get(f"{url}/status", timeout=5), stop="TERM")
        self._driver = webdriver.Remote(ChromeRemoteConnection(url), options=options)
        self._command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def open(self, address: str) -> None:
        """Go to an address."""
        self._driver.get(address)

    @property
    def address(self) -> str:
        return self._driver.current_url

    def back(self) -> None:
        self._driver.back()

    def forget(self) -> None:
        """Become a browser that was never here: no cookies, nothing kept, a window of the usual size, light."""
        self._driver.get("about:blank")
        self._command("Network.clearBrowserCookies")
        self._command("Network.clearBrowserCache")
        self.look_like()

    def cookies(self) -> list[dict[str, Any]]:
        """The cookies, also those that no script may read."""
        found: list[dict[str, Any]] = self._driver.get_cookies()
        return found

    def forget_cookies(self) -> None:
        """Lose the cookies, and nothing else."""
        self._driver.delete_all_cookies()

    def look_like(self, *, dark: bool = False, width: int = 1280, height: int = 900) -> None:
        """Take a theme and a size."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", features=[scheme])
        self._command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def all(self, selector: str) -> list[WebElement]:
        """The elements that there are just now."""
        return self._driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The first that there is, as soon as there is one."""
        return self.soon(lambda: self.all(selector)[0], selector)

    def texts(self, selector: str) -> list[str]:
        """The texts of elements, all at once."""
        script = "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)"
        found: list[str] = self.run(script, selector)
        return found

    def type(self, selector: str, text: str) -> None:
        """Write into a field, in place of what is in it."""
        field = self.one(selector)
        field.clear()
        field.send_keys(text)

    def click(self, selector: str, text: str = "") -> None:
        """Click an element, of several the first with a text in it."""

        def attempt() -> bool:
            next(each for each in self.all(selector) if text in each.text).click()
            return True

        self.soon(attempt, f"{selector} with {text!r}")

    def choose(self, name: str, value: str) -> None:
        """Choose from a list or of several."""
        radio = f'input[type=radio][name="{name}"][value="{value}"]'
        self.one(f'{radio}, select[name="{name}"]')
        self.run(
            "const [radio, name, value] = arguments; const one = document.querySelector(radio);"
            "if (one) { one.click(); return; } const list = document.querySelector(`select[name='${name}']`);"
            "list.focus(); list.value = value; list.dispatchEvent(new Event('change', { bubbles: true }));",
            radio,
            name,
            value,
        )

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        chain = ActionChains(self._driver, duration=10)
        for key in keys:
            chain.send_keys(getattr(Keys, key, key))
        chain.perform()

    def tab_to(self, text: str, most: int = 80) -> None:
        """Press Tab until the focus is on what has this text."""
        seen = []
        for _ in range(most):
            self.press("TAB")
            seen.append(self.run(_FOCUSED))
            if text in seen[-1]:
                return
        raise AssertionError(f"Tab does not reach {text!r}, only {seen}")

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self._driver.execute_script(script, *arguments)

    def soon(self, attempt: Callable[[], Found], what: str = "") -> Found:
        """What an attempt gives as soon as it gives something true without an error."""
        end, last = time.monotonic() + PATIENCE, ""
        while time.monotonic() < end:
            try:
                found = attempt()
                if found:
                    return found
            except (WebDriverException, IndexError, StopIteration) as error:
                last = type(error).__name__
            time.sleep(0.05)
        raise AssertionError(f"not within {PATIENCE} s: {what} {last}; the page says {self.texts('main')}")

    def settled(self, view: str) -> None:
        """Wait until a view is there, whole."""
        ready = "return !document.querySelector('main[aria-busy]') && !!document.querySelector(arguments[0])"
        self.soon(lambda: self.run(ready, f'main > [data-view="{view}"]:not(.waiting)'), f"the view {view}")

    def downloaded(self, ending: str) -> Path:
        """The file that was just downloaded."""
        return self.soon(lambda: next(self.downloads.glob(f"*.{ending}")), f"a file *.{ending}")

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the window."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self._driver.save_screenshot(str(path))
        return path

    def complaints(self) -> list[str]:
        """What is in the console since the last time: errors, and what the page's policy forbade."""
        return [entry["message"] for entry in self._log("browser") if entry["level"] != "INFO"]

    def requested(self) -> list[str]:
        """The addresses that anything asked for since the last time."""
        messages = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not re.match("about:|data:|blob:|chrome", url)]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._driver.execute("getLog", {"type": kind})["value"]
        return found

    def quit(self) -> None:
        self._driver.quit()
        self._daemon.stop()

    def _command(self, name: str, **parameters: Any) -> None:
        self._driver.execute("executeCdpCommand", {"cmd": name, "params": parameters})
