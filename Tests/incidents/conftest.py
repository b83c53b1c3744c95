"""The fixtures of the incidents: stages that stay for the session, and one browser."""
import pytest
import selenium.webdriver
from selenium.webdriver.chrome.service import Service
from stage import IS_CALM, IS_SHORT, Page, Stage
import shutil


def pytest_collection_modifyitems(config, items):
    """An incident is over up to five minutes after its end. So all of them end, and then all are waited for."""
    last = ["test_it_ends", "test_it_is_over"]
    ends = sorted((item for item in items if item.name in last), key=lambda item: last.index(item.name))
    items[:] = [item for item in items if item not in ends]
    if IS_CALM or IS_SHORT:
        config.hook.pytest_deselected(items=ends)
    else:
        items += ends


@pytest.fixture(scope="session")
def make_stage(tmp_path_factory):
    """Makes stages. What happens on one goes on until the session ends; in the forms without ends until the next one begins."""
    made = []

    def make():
        if (IS_CALM or IS_SHORT) and made:
            made.pop().end()
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
