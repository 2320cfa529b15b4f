"""The rating page in a real headless browser: Chromium and its driver must be installed."""

import base64
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from triptych.evaluation.ratings.collect import collect
from triptych.evaluation.ratings.page import StudyKey, render_page
from triptych.evaluation.ratings.questions import QUESTIONS
from triptych.store import encode_mp4

NASTY = "<img src=x onerror=\"document.title='broken'\"> & </script>"


def data(kind, content):
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def media():
    frames = np.zeros((16, 32, 32, 3), np.uint8)
    frames[:, :, :16] = np.arange(16)[:, None, None, None] * 15
    buffer = io.BytesIO()
    Image.fromarray(frames[8]).save(buffer, "PNG")
    return data("image/png", buffer.getvalue()), data("video/mp4", encode_mp4(frames, 8))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    image, clip = media()
    items = [
        {"id": "aa", "brief": f"Brief {NASTY}", "copy": NASTY, "image": image, "clip": clip},
        {"id": "bb", "brief": "Two", "copy": "Copy alone.", "image": None, "clip": None},
        {"id": "cc", "brief": "Three", "copy": "With a picture.", "image": image, "clip": None},
    ]
    path = tmp_path_factory.mktemp("page") / "rate.html"
    path.write_text(render_page("study1", items), encoding="utf-8")
    return path


@pytest.fixture
def browser(tmp_path):
    options = webdriver.ChromeOptions()
    quiet = ("--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
    for argument in ("--headless=new", "--no-sandbox", "--window-size=900,1200", *quiet):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    options.add_experimental_option("prefs", {"download.default_directory": str(tmp_path)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def begin(browser, page, name="Ann Example"):
    browser.get(page.as_uri())
    browser.find_element(By.ID, "rater").send_keys(name, Keys.ENTER)
    assert browser.find_element(By.ID, "rating").is_displayed()


def shown(browser):
    copy = browser.find_element(By.ID, "copy").text
    return {NASTY: "aa", "Copy alone.": "bb", "With a picture.": "cc"}[copy]


def asked(browser):
    return len(browser.find_elements(By.TAG_NAME, "fieldset"))


def press(browser, keys):
    browser.switch_to.active_element.send_keys(keys)


def stored(browser):
    return json.loads(browser.execute_script(
        "return localStorage.getItem('triptych-rating-study1')"))  # fmt: skip


def test_a_rater_answers_everything_with_the_keyboard_and_saves(browser, page, tmp_path):
    begin(browser, page)
    counts = {}
    for place in range(3):
        item = shown(browser)
        counts[item] = asked(browser)
        press(browser, "4" * counts[item])
        assert f"{place + 1} of 3 answered" in browser.find_element(By.ID, "progress").text
        press(browser, "n")
    assert counts == {"aa": 8, "bb": 3, "cc": 5}
    browser.find_element(By.ID, "save").send_keys(Keys.ENTER)
    saved = tmp_path / "ratings-Ann-Example.json"
    WebDriverWait(browser, 10).until(lambda _: saved.exists() and saved.stat().st_size)
    key = StudyKey(study="study1", items={i: ("ours", i) for i in ("aa", "bb", "cc")})
    found = collect([saved], key)
    assert found.ratings == 16
    assert set(found.means["ours"]) == {question.key for question in QUESTIONS}
    assert all(mean.value == 4 for mean in found.means["ours"].values())
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe


def test_answers_order_and_place_survive_a_reload(browser, page):
    begin(browser, page)
    press(browser, "n")
    item = shown(browser)
    press(browser, "25")
    before = stored(browser)
    browser.refresh()
    assert shown(browser) == item
    assert stored(browser) == before
    first, second = (question.key for question in QUESTIONS[:2])
    assert before["ratings"][item] == {first: 2, second: 5}
    checked = browser.find_elements(By.CSS_SELECTOR, "input:checked")
    assert [one.get_attribute("value") for one in checked] == ["2", "5"]


def test_hostile_copy_is_shown_and_not_run(browser, page):
    begin(browser, page)
    while shown(browser) != "aa":
        press(browser, "n")
        if browser.find_element(By.ID, "next").get_attribute("disabled") and shown(browser) != "aa":
            press(browser, "pp")
    assert browser.title == "Rate campaigns"
    assert browser.find_element(By.ID, "copy").text == NASTY
    assert not browser.find_elements(By.CSS_SELECTOR, "#copy img")


def test_picture_and_clip_play_from_within_the_file(browser, page):
    begin(browser, page)
    while shown(browser) != "aa":
        press(browser, "n")
        if browser.find_element(By.ID, "next").get_attribute("disabled") and shown(browser) != "aa":
            press(browser, "pp")
    width = browser.execute_script("return document.querySelector('#media img').naturalWidth")
    assert width == 32
    WebDriverWait(browser, 10).until(
        lambda b: b.execute_script("return document.querySelector('video').currentTime > 0")
    )


def test_nothing_can_be_loaded_or_run_from_elsewhere(browser, page):
    browser.get(page.as_uri())
    ran = browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s); return window.ran === 1"
    )
    assert not ran
    failed = browser.execute_async_script(
        "const done = arguments[0]; const i = new Image(); i.onload = () => done(false);"
        "i.onerror = () => done(true); i.src = 'page.png'"
    )
    assert failed
    told = " ".join(entry["message"] for entry in browser.get_log("browser"))
    assert "Content Security Policy" in told


def test_everything_has_a_name_for_screen_readers(browser, page):
    begin(browser, page)
    for element in browser.find_elements(By.CSS_SELECTOR, "button, input, video, img, fieldset"):
        if element.is_displayed():
            assert element.accessible_name
