"""The fixtures of the incidents: stages that stay for the session, and one browser."""
import pytest
import selenium.webdriver
from selenium.webdriver.chrome.service import Service
from stage import Page, Stage
import shutil


def pytest_collection_modifyitems(items):
    """An incident is over some time after its end: what waits for that runs last, when the time has passed for most of them."""
    items.sort(key=lambda item: item.name == "test_it_is_over")


@pytest.fixture(scope="session")
def make_stage(tmp_path_factory):
    """Makes stages. What happens on one goes on until the session ends."""
    made = []

    def make():
        made.append(Stage(tmp_path_factory.mktemp("stage")))
        return made[-1]

    yield make
    for stage in made:
        stage.end()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, as in the tests of the dashboard."""
    if not shutil.which("chromedriver"):
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    options = selenium.webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,1200"):
        options.add_argument(argument)
    driver = selenium.webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser):
    """The dashboard."""
    return Page(browser)
