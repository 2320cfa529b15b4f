"""The viewer in a real headless browser: Chromium and its driver must be installed."""

import json
import time

import pytest
from made_up_run import DIM, STILL, MadeUp, smooth
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from triptych.tracing.calls import PlanCall, PlanCallInputs
from triptych.tracing.events import encode
from triptych.tracing.viewer import write_viewer
from triptych.tracing.work import WorkflowEvent, WorkflowInputs

NASTY = "<img src=x onerror=\"document.title='broken'\"> & </script><b>bold</b>"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewer") / "two-regenerations"
    folder.mkdir()
    return write_viewer(MadeUp(folder).write())


def opened(browser, page):
    browser.get(page.as_uri())
    return browser


def severe(browser):
    return [entry["message"] for entry in browser.get_log("browser")]


def focused(browser):
    return browser.switch_to.active_element


def press(browser, *keys):
    for key in keys:
        focused(browser).send_keys(key)


def rows(browser):
    return browser.find_elements(By.CSS_SELECTOR, "[role=treeitem]")


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def test_the_page_tells_why_each_attempt_was_made_again_and_what_changed(browser, page):
    opened(browser, page)
    told = [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".sum li")]
    assert len(told) == 2
    assert "picture and clip made again" in told[0]
    assert DIM in told[0]
    assert "copy · picture 0.214 → 0.342 (needs 0.310)" in told[0]
    assert "clip made again" in told[1]
    assert STILL in told[1]
    assert "passed" in told[1]
    between = [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".between")]
    assert "Picture made again" in between[0]
    assert DIM in between[0]
    assert "11 → 12" in between[0]
    added = [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".between ins")]
    assert added == ["red,", "red,"]
    assert "22 → 23" in between[1]
    assert "Picture" not in between[1]
    cards = browser.find_elements(By.CSS_SELECTOR, ".attempt")
    assert [card.find_element(By.CSS_SELECTOR, ".tag").text for card in cards] == [
        "failed",
        "failed",
        "passed",
    ]
    assert "Picture 2 · kept" in cards[2].text
    assert "stands" in cards[2].text
    made = cards[1].find_element(By.CSS_SELECTOR, ".how").text
    assert "Picture 2 seed 12 · score 0.410\nred, a red steel lantern" in made
    assert "Clip 2 seed 22 · score 0.400" in made
    assert cards[1].find_element(By.CSS_SELECTOR, ".how canvas.z").is_displayed()
    assert "copy · picture\n0.214 needs 0.310" in cards[0].text
    assert "made from\na newer picture" in between[0]
    assert severe(browser) == []


def test_every_figure_is_drawn(browser, page):
    opened(browser, page)
    charts = browser.find_elements(By.CSS_SELECTOR, "#agreement svg")
    points = charts[0].get_attribute("aria-label").split("; ")
    assert points == [
        f"attempt {n}: {c}, needs 0.310" for n, c in ((1, 0.214), (2, 0.342), (3, 0.342))
    ]
    assert len(browser.find_elements(By.CSS_SELECTOR, "#agreement .below")) == 2
    way = browser.find_element(By.CSS_SELECTOR, "#path svg").get_attribute("aria-label")
    steps = "plan, copy, image, clip, verdict, image, clip, verdict, clip, verdict, finish"
    assert way == f"way taken: {steps}"
    again = browser.find_elements(By.CSS_SELECTOR, "#path .edge.back.taken")
    assert len(again) == 4
    assert all(part.is_displayed() for part in again)
    spend = text_of(browser, "#spend table")
    assert "clip 3 29.1 s\n600" in spend
    assert "900 MB" in spend
    assert "59 % of the time went into regenerations" in text_of(browser, "#spend .lead")
    cells = browser.find_elements(By.CSS_SELECTOR, "#latents .heat > :not(.label)")
    assert len(cells) == 16 + 16 * 3
    assert not browser.find_elements(By.CSS_SELECTOR, "#latents .note")
    widths = browser.execute_script(
        "return [...document.querySelectorAll('.pics img')].map(i => (i.loading = 'eager', i.src))"
    )
    assert len(widths) == 3
    assert all(source.startswith("data:image/png") for source in widths)
    browser.find_element(By.CSS_SELECTOR, ".made summary").click()
    assert "Z 16 × 192" in text_of(browser, ".made")
    strip = "const c = document.querySelector('canvas.z'); return [c.width, c.height]"
    assert browser.execute_script(strip) == [64, 16]


def test_without_vectors_the_page_says_what_to_keep_and_shows_the_critics(browser, tmp_path):
    opened(browser, write_viewer(MadeUp(tmp_path).write(embeddings=False)))
    assert "embeddings.safetensors" in text_of(browser, "#latents .note")
    cells = [c.text for c in browser.find_elements(By.CSS_SELECTOR, ".heat > :not(.label)")]
    assert cells.count("–") == 10
    assert cells.count("0.34") == 2
    pressed = browser.find_element(By.CSS_SELECTOR, "#latents [aria-pressed=true]")
    assert pressed.text == "social post 3", "the attempt that stands"


def test_the_tree_is_walked_by_keyboard(browser, page):
    opened(browser, page)
    assert [row.get_attribute("tabindex") for row in rows(browser)].count("0") == 1
    press_page = browser.find_element(By.TAG_NAME, "body")
    press_page.send_keys("/")
    assert focused(browser).get_attribute("id") == "search"
    press(browser, Keys.ENTER)
    assert focused(browser).get_attribute("role") == "treeitem"
    assert focused(browser).get_attribute("aria-level") == "1"
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert "agent copy" in focused(browser).get_attribute("aria-label")
    assert "made_up" not in text_of(browser, "#detail")
    assert "starter-copy" in text_of(browser, "#detail")
    press(browser, Keys.ARROW_LEFT)
    assert focused(browser).get_attribute("aria-expanded") == "true"
    press(browser, Keys.ARROW_LEFT)
    assert focused(browser).get_attribute("aria-expanded") == "false"
    assert len(rows(browser)) == 1
    press(browser, Keys.ARROW_RIGHT, Keys.END)
    assert "verdict verdict" in focused(browser).get_attribute("aria-label")
    press(browser, Keys.ENTER)
    assert focused(browser).get_attribute("id") == "detail"
    press(browser, Keys.ESCAPE)
    assert focused(browser).get_attribute("role") == "treeitem"
    assert [row.get_attribute("tabindex") for row in rows(browser)].count("0") == 1


def test_search_keeps_matches_and_what_they_happened_within(browser, page):
    opened(browser, page)
    search = browser.find_element(By.ID, "search")
    search.send_keys("does not show RED")
    assert text_of(browser, "#found") == "2 matches"
    names = [row.get_attribute("aria-label").split(",")[0] for row in rows(browser)]
    assert names == ["workflow campaign", "verdict verdict", "regeneration image"]
    search.clear()
    search.send_keys("nothing like it")
    assert text_of(browser, "#found") == "no match"
    assert not rows(browser)
    search.send_keys(Keys.ESCAPE)
    assert text_of(browser, "#found") == "18 events"
    browser.find_element(By.CSS_SELECTOR, "#kind option[value=verdict]").click()
    assert text_of(browser, "#found") == "3 matches"


def test_a_step_of_the_path_leads_to_its_event(browser, page):
    opened(browser, page)
    browser.find_elements(By.CSS_SELECTOR, ".steps button")[4].click()
    assert "verdict verdict" in focused(browser).get_attribute("aria-label")
    assert '"weakest": "image"' in text_of(browser, "#detail")


def test_hostile_words_are_shown_and_neither_run_nor_hide(browser, tmp_path):
    long = "x" * 1_000_000
    words = f"{NASTY} \u202eturned\u200b \x1b[31mred"
    made = MadeUp(tmp_path, copy=words, description=words)
    made.write()
    event = WorkflowEvent(
        run="r", id="<i>", started=1, ended=2, message=words, status="error",
        inputs=WorkflowInputs(settings={NASTY: long}),
    )  # fmt: skip
    with open(tmp_path / "trace.jsonl", "ab") as file:
        file.write(encode(event))
    page = write_viewer(tmp_path)
    assert page.stat().st_size < 600_000
    opened(browser, page)
    assert "broken" not in browser.title
    seen = text_of(browser, ".words")
    assert NASTY in seen
    assert "⟨U+202E⟩turned⟨U+200B⟩ ⟨U+001B⟩[31mred" in seen
    browser.find_element(By.CSS_SELECTOR, ".brief summary").click()
    assert "⟨U+202E⟩" in text_of(browser, ".brief")
    assert not browser.find_elements(By.CSS_SELECTOR, "b > b, .words *, pre *, img[src=x]")
    browser.find_element(By.ID, "search").send_keys('onerror="', Keys.ENTER)
    browser.find_elements(By.CSS_SELECTOR, "[data-at] .mark")
    press(browser, Keys.HOME)
    assert "980,000 more characters" in browser.execute_script(
        "return document.getElementById('detail').textContent"
    )
    assert severe(browser) == []


def test_a_search_shows_what_it_did_not_choose(browser, tmp_path):
    made = MadeUp(tmp_path)
    made.write()
    path = tmp_path / "trace.jsonl"
    events = [json.loads(line) for line in path.read_text().splitlines()]
    step = next(e for e in events if (e["kind"], e["name"]) == ("agent", "image"))
    other = made.store.put_image(smooth(7)).digest
    tried = [
        {"asset": other, "seed": 8, "score": 0.11},
        {"asset": step["outputs"]["asset"]["digest"], "seed": 11, "score": 0.31},
    ]
    search = next(event for event in events if event["name"] == "search")
    best = step["outputs"]["asset"]["digest"]
    search |= {"parent": step["id"], "outputs": {"best": best, "candidates": tried}}
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    opened(browser, write_viewer(tmp_path))
    browser.find_element(By.CSS_SELECTOR, ".made summary").click()
    said = [item.text for item in browser.find_elements(By.CSS_SELECTOR, ".tried figure")]
    assert said == ["chosen\nscore 0.310", "not chosen\nscore 0.110"]


def test_a_clip_has_a_picture_before_it_plays(browser, page):
    opened(browser, page)
    posters = [v.get_attribute("poster") for v in browser.find_elements(By.CSS_SELECTOR, "video")]
    assert len(posters) == 3
    assert all(poster.startswith("data:image/jpeg") for poster in posters)
    assert severe(browser) == []


def test_the_report_has_the_page_in_it(browser, finished):
    opened(browser, finished / "report.html")
    browser.find_element(By.XPATH, "//summary[contains(., 'Why it came out')]").click()
    frame = browser.find_element(By.TAG_NAME, "iframe")
    browser.execute_script("arguments[0].scrollIntoView()", frame)
    browser.switch_to.frame(frame)
    WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".sum li"))
    assert "made again, because: it flickers" in text_of(browser, ".sum li:last-child")
    browser.find_element(By.ID, "report").click()
    browser.switch_to.default_content()
    assert browser.current_url.endswith("report.html")
    assert severe(browser) == []


def test_nothing_is_loaded_or_run_from_elsewhere(browser, page):
    opened(browser, page)
    ran = browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s); return window.ran === 1"
    )
    assert not ran
    failed = browser.execute_async_script(
        "const done = arguments[0]; const i = new Image(); i.onload = () => done(false);"
        "i.onerror = () => done(true); i.src = 'near.png'"
    )
    assert failed
    assert "Content Security Policy" in " ".join(severe(browser))


def test_five_thousand_events_load_fast_and_leave_the_page_light(browser, tmp_path):
    made = MadeUp(tmp_path)
    made.write()
    with open(tmp_path / "trace.jsonl", "ab") as file:
        for number in range(5000):
            parent = None if number % 50 == 0 else f"e{number - number % 50}"
            event = PlanCall(
                run="r", id=f"e{number}", parent=parent, message=f"call {number}",
                started=1.7e9 + number, ended=1.7e9 + number + 1,
                inputs=PlanCallInputs(brief="a red lantern " * 10),
            )  # fmt: skip
            file.write(encode(event))
    page = write_viewer(tmp_path)
    opened(browser, page)
    timing = "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd"
    assert browser.execute_script(timing) < 5000, "milliseconds, on a machine that is busy"
    assert text_of(browser, "#found") == "5,018 events"
    assert browser.execute_script("return document.querySelectorAll('*').length") < 1500
    started = time.perf_counter()
    browser.find_element(By.ID, "search").send_keys("call 4999", Keys.ENTER)
    assert time.perf_counter() - started < 5
    assert "call 4999" in focused(browser).get_attribute("aria-label")
    press(browser, Keys.HOME)
    press(browser, Keys.END)
    assert focused(browser).is_displayed()
    assert len(rows(browser)) < 80


@pytest.mark.parametrize(("width", "mobile"), [(390, True), (1280, False)])
def test_it_fits_phone_and_desktop_in_light_and_dark(browser, page, width, mobile):
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": mobile}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    opened(browser, page)
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    colours = []
    for scheme in ("light", "dark"):
        wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
        colours.append(
            browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert colours == ["rgb(250, 248, 244)", "rgb(21, 20, 18)"]
    if mobile:
        for part in browser.find_elements(By.CSS_SELECTOR, ".attempt, .between"):
            assert part.rect["x"] + part.rect["width"] <= width, "no attempt lies off the screen"
        assert not browser.find_element(By.ID, "detail").is_displayed()
        rows(browser)[1].click()
        assert browser.find_element(By.ID, "detail").is_displayed()
        browser.find_element(By.CSS_SELECTOR, "#detail .close").click()
        assert not browser.find_element(By.ID, "detail").is_displayed()


def test_everything_has_a_name_for_screen_readers(browser, page):
    opened(browser, page)
    named = "button, input, select, video, img, [role=treeitem], [role=img], [role=tree], summary"
    for element in browser.find_elements(By.CSS_SELECTOR, named):
        if element.is_displayed():
            assert element.accessible_name
