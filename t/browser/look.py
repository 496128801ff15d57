#!/usr/bin/env python3
"""Look at pages of at-serve in Chromium, by its driver, and print TAP.

usage: look.py [--once | --shots directory] url path...

Each page is shown 360 and 1600 pixels wide, light and dark, with and without
scripts. It must fit the width, break none of its policy, run no foreign script,
have enough contrast, and be usable by the keyboard and a screen reader. With
--shots, a picture of each goes to the directory. With --once, it only looks.

Only the standard library is used; chromedriver(1) speaks WebDriver.
"""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

# What is wrong with a page, as a list of texts. It runs in the page.
LOOK = r"""
const wrong = [];
function channel(v) {
	v /= 255;
	return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
}
function luminance(c) {
	return 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) +
	    0.0722 * channel(c[2]);
}
function colour(text) {
	const c = text.match(/[\d.]+/g).map(Number);
	return c.length > 3 && c[3] === 0 ? null : c;
}
function background(e) {
	for (; e; e = e.parentElement) {
		const c = colour(getComputedStyle(e).backgroundColor);
		if (c)
			return c;
	}
	return [255, 255, 255];
}
for (const e of document.querySelectorAll('.word bdi'))
	if (e.getClientRects().length > 1)
		wrong.push('breaks: ' + e.textContent);
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let texts = 0;
while (walk.nextNode()) {
	const e = walk.currentNode.parentElement;
	if (!walk.currentNode.data.trim() || !e.checkVisibility() ||
	    e.closest('svg, script, style, .skip'))
		continue;
	texts++;
	const a = luminance(colour(getComputedStyle(e).color)),
	    b = luminance(background(e)),
	    ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	if (ratio < 4.5)
		wrong.push('contrast ' + ratio.toFixed(2) + ': ' +
		    walk.currentNode.data.trim().slice(0, 40));
}
if (texts < 5)
	wrong.push('there are ' + texts + ' texts');
if (document.documentElement.scrollWidth > innerWidth)
	wrong.push('wider than the window: ' +
	    document.documentElement.scrollWidth);
for (const e of document.querySelectorAll('body *'))
	if (!e.closest('.scroll, svg, caption, .skip') &&
	    e.getBoundingClientRect().right > innerWidth + 1)
		wrong.push('sticks out: ' + e.tagName + ' ' + e.className);
if (document.documentElement.lang !== 'en')
	wrong.push('no language');
if (document.querySelectorAll('h1').length !== 1)
	wrong.push('not one h1');
for (const name of ['header', 'main', 'footer', '[role=search]'])
	if (document.querySelectorAll(name).length !== 1)
		wrong.push('not one ' + name);
let level = 0;
for (const e of document.querySelectorAll('h1, h2, h3, h4')) {
	if (Number(e.tagName[1]) > level + 1)
		wrong.push('a level is skipped: ' + e.textContent);
	level = Number(e.tagName[1]);
}
for (const e of document.querySelectorAll('input, select, textarea'))
	if (!e.labels.length || !e.labels[0].textContent.trim())
		wrong.push('no label: ' + e.name);
for (const e of document.querySelectorAll('a, button'))
	if (!e.textContent.trim())
		wrong.push('no text: ' + e.outerHTML);
for (const e of document.querySelectorAll('table')) {
	if (!e.caption || !e.caption.textContent.trim())
		wrong.push('a table without a caption');
	if (!e.querySelector('thead th[scope=col]'))
		wrong.push('a table without column headers');
	for (const row of e.querySelectorAll('tbody tr'))
		if (!row.querySelector('th[scope=row]'))
			wrong.push('a row without a header');
}
for (const e of document.querySelectorAll('svg'))
	if (e.getAttribute('aria-hidden') !== 'true' &&
	    !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label')))
		wrong.push('a chart without a label');
for (const e of document.querySelectorAll('img, iframe, object, link'))
	wrong.push('a foreign element: ' + e.tagName);
if (document.scripts.length > 1 || document.querySelector('[onerror]'))
	wrong.push('a foreign script');
return wrong;
"""


class Browser:
    def __init__(self):
        options = {
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-proxy-server",
                "--user-data-dir=" + os.path.abspath("profile"),
            ]
        }
        binary = os.environ.get("CHROMIUM")
        if binary:
            options["binary"] = binary
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.base = None
        for line in self.driver.stdout:
            if "successfully on port" in line:
                port = line.rstrip().rstrip(".").split()[-1]
                self.base = "http://127.0.0.1:" + port
                break
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))
        value = self.call("POST", "/session", {"capabilities": {
            "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
            }}})
        self.session = "/session/" + value["sessionId"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with self.opener.open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def do(self, path, **body):
        return self.call("POST", self.session + path, body)

    def cdp(self, command, **params):
        return self.do("/goog/cdp/execute", cmd=command, params=params)

    def run(self, script):
        return self.do("/execute/sync", script=script, args=[])

    def show(self, url, width, dark=False, scripts=True):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=900, deviceScaleFactor=1, mobile=width < 500)
        self.cdp("Emulation.setEmulatedMedia", features=[{
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light"}])
        self.cdp("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.do("/url", url=url)

    def messages(self):
        return [m["message"] for m in self.do("/se/log", type="browser")
                if "/favicon.ico " not in m["message"]]

    def picture(self, path):
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        data = self.cdp("Page.captureScreenshot", format="png",
                        captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "scale": 1,
                              "width": size["width"],
                              "height": size["height"]})["data"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(data))

    def key(self, name):
        for kind in ("rawKeyDown", "keyUp"):
            self.cdp("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                     windowsVirtualKeyCode={"Tab": 9, "Enter": 13}[name])
        if name == "Enter":
            self.cdp("Input.dispatchKeyEvent", type="char", text="\r")

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()


count = 0
failed = 0


def is_(got, want, name):
    global count, failed
    count += 1
    good = got == want
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        print(f"#  got: {got!r}\n# want: {want!r}", flush=True)


def look(browser, url, path, shots):
    for width in (360, 1600):
        for dark in (False, True):
            name = f"{path}, {width} pixels, {'dark' if dark else 'light'}"
            browser.show(url + path, width, dark)
            is_(browser.run(LOOK), [], name)
            is_(browser.messages(), [], name + ": no messages")
            if shots:
                plain = path.strip("/").replace("/", "-").replace(":", "-")
                browser.picture(os.path.join(
                    shots, f"{plain or 'status'}-{width}-"
                    f"{'dark' if dark else 'light'}.png"))
    browser.show(url + path, 1600, scripts=False)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    is_(browser.run(LOOK), [], f"{path}, without scripts")


def keyboard(browser, url):
    """From the top of the status page to an account, without a mouse."""
    browser.show(url + "/", 1600)
    focus = "const e = document.activeElement; return e.id || e.className"
    browser.key("Tab")
    is_(browser.run(focus), "skip", "the first key shows the skip link")
    is_(browser.run(
        "return document.activeElement.getBoundingClientRect().left >= 0"),
        True, "which can be seen")
    browser.key("Enter")
    is_(browser.run("return location.hash"), "#main", "it skips to the content")
    browser.show(url + "/", 1600)
    for _ in range(3):
        browser.key("Tab")
    is_(browser.run(focus), "q", "then comes the search")
    is_(browser.run("return getComputedStyle(document.activeElement)"
                    ".outlineStyle"), "solid", "the focus can be seen")
    browser.cdp("Input.insertText", text="did:web:nobody.example")
    browser.key("Enter")
    path = ""
    for _ in range(600):
        try:
            path = browser.run("return location.pathname")
        except urllib.error.HTTPError:  # between two pages
            pass
        if "/account/" in path:
            break
        time.sleep(0.1)
    is_(path, "/account/did:web:nobody.example", "the search finds its page")


def refresh(browser, url):
    """The page brings itself up to date and stays where it is."""
    browser.show(url + "/", 360)
    browser.run("window.old = document.querySelector('h1');"
                "scrollTo(0, 200)")
    before = browser.run("return scrollY")
    for _ in range(400):
        if browser.run("return !window.old.isConnected"):
            break
        time.sleep(0.1)
    is_(browser.run("return !window.old.isConnected"), True,
        "the status is brought up to date")
    is_(browser.run("return scrollY"), before, "without a jump")


def main(args):
    shots = None
    once = args[0] == "--once"
    if once:
        args = args[1:]
    if args[0] == "--shots":
        shots, args = args[1], args[2:]
    url, paths = args[0], args[1:]
    browser = Browser()
    try:
        for path in paths:
            look(browser, url, path, shots)
        if not once:
            keyboard(browser, url)
        if not once and not shots:
            refresh(browser, url)
    finally:
        browser.close()
    print(f"1..{count}")
    return failed > 0


sys.exit(main(sys.argv[1:]))
