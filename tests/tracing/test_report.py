"""The report in a real headless browser: what was made, what was made again, and why."""

import json

import pytest
from selenium.webdriver.common.by import By

from triptych.runs.manifest import read_manifest
from triptych.runs.report import render_report

PLAY = """
const video = document.querySelector('article video'), done = arguments[0];
video.play().then(() => done([video.videoWidth, video.duration, null]),
                  (error) => done([0, 0, String(error)]));
"""


def parts_of(figure):
    return [len(figure.find_elements(By.TAG_NAME, tag)) for tag in ("img", "video", "blockquote")]


def test_the_history_shows_before_and_after_and_the_clip_plays(browser, finished):
    browser.get((finished / "report.html").as_uri())
    first, second, third = browser.find_elements(By.CSS_SELECTOR, ".history figure")
    assert [parts_of(one) for one in (first, second, third)] == [[1, 1, 1], [1, 1, 0], [0, 1, 0]]
    assert "because" not in first.text
    assert "because: “red lantern” does not show" in second.text
    assert "image, clip made again" in second.text
    assert "because: it flickers" in third.text
    assert "passed" in third.text
    shown = browser.find_elements(By.CSS_SELECTOR, ".history img, article > .piece img")
    assert len({picture.get_attribute("src") for picture in shown}) == 2
    assert all(picture.get_property("naturalWidth") == 32 for picture in shown)
    width, seconds, error = browser.execute_async_script(PLAY)
    assert error is None
    assert (width, seconds) == (32, 2.0)
    assert browser.get_log("browser") == []


def test_every_part_says_what_it_cost(browser, finished):
    browser.get((finished / "report.html").as_uri())
    told = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".history figcaption .meta")]
    spent = [line for line in told if line.endswith(" s")]
    assert len(spent) == 3
    assert sum(float(line.rsplit(" ", 2)[1]) for line in spent) > 0
    assert not any("NFE" in line or "cos" in line for line in told)


WIDE = """
const clipped = (one) => { const style = getComputedStyle(one);
  return /auto|scroll|hidden/.test(style.overflowX) || one.tagName === 'VIDEO'; };
return [...document.querySelectorAll('main *')]
  .filter((one) => one.offsetParent && !one.closest('iframe'))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5
    || (one.scrollWidth > one.clientWidth + 1 && one.clientWidth && !clipped(one)))
  .map((one) => one.tagName + '.' + one.className + ' ' + one.textContent.slice(0, 40));
"""
OVERPRINTED = """
const boxes = [...document.querySelectorAll(
    "h1, h2, p, dt, dd, th, td, blockquote, figcaption, img, video")]
  .filter((one) => one.offsetParent)
  .flatMap((one) => { const range = document.createRange(); range.selectNodeContents(one);
    return [...range.getClientRects()].map((box) => [one, box]); });
const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
  .filter(([other, b]) => !one.contains(other) && !other.contains(one) && over(a, b))
  .map(([other]) => one.tagName + ' ' + one.textContent.slice(0, 30) + ' / ' + other.tagName));
"""
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("long", [False, True], ids=["as made", "long words"])
def test_the_report_fits_its_screen(browser, run_folder, width, long):
    if long:
        _lengthen(run_folder / "campaign.json")
    page = render_report(run_folder, read_manifest(run_folder))
    (run_folder / "report.html").write_text(page, encoding="utf-8")
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get((run_folder / "report.html").as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script(WIDE) == []
    assert browser.execute_script(OVERPRINTED) == []


def _lengthen(path):
    """Long words wherever people and models write."""
    manifest = json.loads(path.read_text())
    manifest["run"] = LONG.lower()
    manifest["brief"]["description"] = f"{LONG} {LONG}{LONG}"
    plan = manifest["plan"]
    plan |= {"key_message": LONG, "visual": LONG, "motion": LONG, "notes": [LONG + LONG]}
    for result in manifest["results"].values():
        result["message"] = LONG + LONG
        for attempt in (*result["attempts"], result["best"]):
            attempt["verdict"]["reason"] = LONG + LONG
            attempt["parts"]["copy"]["notes"] = [LONG + LONG]
            attempt["parts"]["copy"]["texts"] = []
            attempt["parts"]["copy"]["copy_text"] = LONG
    path.write_text(json.dumps(manifest))


def test_a_trace_shown_in_the_report_is_kept_apart_from_it(browser, run_folder):
    """Of a stranger's run, `trace.html` may be any page."""
    live = "<script>top.document.title = 'taken'; parent.document.body.innerHTML = ''</script>"
    (run_folder / "trace.html").write_text(live)
    browser.get((run_folder / "report.html").as_uri())
    title = browser.title
    summary = browser.find_element(By.XPATH, "//summary[contains(., 'Why it came out')]")
    browser.execute_script("arguments[0].scrollIntoView()", summary)
    summary.click()
    frame = browser.find_element(By.TAG_NAME, "iframe")
    assert frame.get_attribute("sandbox") == "allow-scripts"
    assert browser.title == title
    assert browser.find_elements(By.CSS_SELECTOR, "article")
