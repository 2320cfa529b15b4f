"""The report in a real headless browser: what was made, what was made again, and why."""

from selenium.webdriver.common.by import By

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
