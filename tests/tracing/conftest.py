import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from selenium import webdriver

from tests.traced import critic, finished, run_folder, tiny  # noqa: F401 - fixtures

sys.path.insert(0, str(Path(__file__).parent))

# how fast examples are drawn and run is the machine's matter, which may be busy with other work
settings.register_profile("tracing", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tracing")


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium for all; Chromium and its driver must be installed."""
    options = webdriver.ChromeOptions()
    quiet = ("--disable-gpu", "--force-prefers-reduced-motion", "--hide-scrollbars")
    quiet += ("--disable-dev-shm-usage", "--disable-background-networking")
    for argument in ("--headless=new", "--no-sandbox", *quiet):
        options.add_argument(argument)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium):
    """The browser at desktop size, with nothing left of the test before."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    screen = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    return chromium
