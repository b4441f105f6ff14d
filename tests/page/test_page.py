"""The web page, in a real browser, on a real server, with a synced sample cloud.

Every test also shows that the browser asked nobody but the server, and those without trouble that its console is empty.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from urllib.parse import urlencode

import pyarrow.parquet
import pytest
import requests

from tests.page.browser import Browser
from tests.page.conftest import sign_in
from tests.page.place import EVIL, KEY, Served, last_month
from tests.servers.keystone import PASSWORD, Keystone

pytestmark = pytest.mark.xdist_group("page")  # one browser is enough

USAGE = '[aria-label="Usage by project"]'
# How much of a canvas is drawn on, and in how many colours.
_DRAWN = """
const canvas = document.querySelector('canvas');
const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
const colours = new Map();
let points = 0;
for (let at = 0; at < data.length; at += 4) {
  if (data[at + 3] < 255) continue;
  points += 1;
  const colour = (data[at] << 16) + (data[at + 1] << 8) + data[at + 2];
  colours.set(colour, (colours.get(colour) ?? 0) + 1);
}
return [points / (data.length / 4), [...colours.values()].filter((times) => times > 200).length];
"""


def ask(site: Served, path: str, **parameters: str) -> requests.Response:
    """The API's own answer, of the last month."""
    parameters["from"], parameters["to"] = last_month()
    return requests.get(f"{site.url}{path}", parameters, headers={"X-Auth-Token": KEY}, timeout=30)


def test_usage_is_a_chart_and_a_table_with_the_figures_of_the_api(signed_in: Browser, site: Served) -> None:
    share, colours = signed_in.run(_DRAWN)
    told = ask(site, "/v2/usage", by="project").json()["rows"]

    assert share > 0.1
    assert colours >= 4  # the bars of several projects
    total = signed_in.texts(f"{USAGE} tfoot td")
    assert abs(float(total[1].replace(",", "")) - sum(row["vcpu_seconds"] for row in told) / 3600) < 1
    assert any(text.endswith(f"{len(told)} projects") for text in signed_in.texts(".status"))


def test_the_figures_of_the_chart_are_a_table_as_well(signed_in: Browser) -> None:
    signed_in.click(".figures summary")

    signed_in.one(".figures tbody tr")
    series = signed_in.texts(".figures thead th")[1:]
    assert series == signed_in.texts(".legend li")
    assert "Figures of the chart" in signed_in.one("canvas").get_attribute("aria-label")


@pytest.mark.parametrize(("by", "of"), [("flavour", "memory_mb_seconds"), ("zone", "volume_gb_seconds")])
def test_use_is_stacked_by_flavour_or_zone_and_for_a_year(signed_in: Browser, by: str, of: str) -> None:
    signed_in.choose("by", by)
    signed_in.one(f'[aria-label="Usage by {by}"]')
    signed_in.choose("of", of)
    signed_in.soon(lambda: f"of={of}" in signed_in.address)
    signed_in.choose("range", "year")

    signed_in.soon(lambda: "range=year" in signed_in.address)
    signed_in.settled("usage")
    assert signed_in.run(_DRAWN)[1] >= 3
    signed_in.click(".figures summary")
    assert len(signed_in.soon(lambda: signed_in.texts(".figures tbody th"))) == 12


def test_one_gets_from_a_project_to_the_explanation_of_a_figure(signed_in: Browser) -> None:
    signed_in.click(f"{USAGE} tbody a")
    signed_in.settled("project")
    project = signed_in.one("h1").text
    signed_in.type('input[aria-label^="Search: Instances of"]', "active")
    signed_in.click('[aria-label^="Instances of"] tbody a')
    signed_in.settled("resource")

    origins = signed_in.texts('[aria-label^="Periods of"] .origin')
    reasons = signed_in.texts('[aria-label^="What was counted"] .origin')
    assert set(origins) & {"row", "action", "migration"}
    assert len(signed_in.all(".timeline span")) == len(signed_in.all('[aria-label^="Periods of"] tbody tr'))
    assert any(len(reason) > 10 for reason in reasons)
    assert project in signed_in.texts(".crumbs a")[1]
    signed_in.back()
    signed_in.settled("project")
    signed_in.back()
    signed_in.settled("usage")


def test_volumes_have_periods_as_well(signed_in: Browser, site: Served) -> None:
    rows = ask(site, "/v2/usage", by="project").json()["rows"]
    project = max(rows, key=lambda row: row["volume_gb_seconds"])["project_id"]
    signed_in.open(f"{site.url}/?view=project&project={project}&kind=volume&range=last-month")
    signed_in.settled("project")
    signed_in.click('[aria-label^="Volumes of"] tbody a')

    signed_in.settled("resource")
    assert signed_in.texts('[aria-label^="Periods of"] tbody tr')


def test_a_table_is_searched_and_sorted_and_its_address_says_how(signed_in: Browser) -> None:
    names = signed_in.texts(f"{USAGE} tbody th")
    wanted = names[5]
    signed_in.type("input[type=search]", wanted)
    signed_in.soon(lambda: len(signed_in.texts(f"{USAGE} tbody th")) < len(names))
    found = signed_in.texts(f"{USAGE} tbody th")
    signed_in.run("const box = document.querySelector('input[type=search]'); box.select()")
    signed_in.press("DELETE")
    signed_in.click("button.sort", "Project")
    rising = signed_in.texts(f"{USAGE} tbody th")
    signed_in.click("button.sort", "Project")
    falling = signed_in.texts(f"{USAGE} tbody th")

    assert wanted in found
    assert all(wanted.lower() in name.lower() for name in found)
    assert rising == list(reversed(falling))
    assert sorted(rising) == sorted(names)
    assert "sort=-project" in signed_in.address
    assert signed_in.one("th[aria-sort=descending]").text.startswith("Project")


def test_what_is_downloaded_is_what_is_shown(signed_in: Browser, site: Served) -> None:
    signed_in.click(".actions a", "CSV")
    lines = list(csv.DictReader(signed_in.downloaded("csv").open(encoding="utf-8")))
    signed_in.click(".actions a", "Parquet")
    table = pyarrow.parquet.read_table(signed_in.downloaded("parquet"))

    told = ask(site, "/v2/usage", by="project").json()["rows"]
    ids = {row["project_id"] for row in told}
    assert {line["project_id"] for line in lines} == set(table["project_id"].to_pylist()) == ids
    assert sum(int(line["vcpu_seconds"]) for line in lines) == sum(table["vcpu_seconds"].to_pylist()) > 0


def test_a_shared_link_shows_the_same_to_another(signed_in: Browser, site: Served) -> None:
    signed_in.open(f"{site.url}/?by=zone&of=volume_gb_seconds&range=last-month&sort=zone")
    signed_in.settled("usage")
    seen = signed_in.texts("main table")
    link = signed_in.address
    signed_in.forget()

    signed_in.open(link)
    signed_in.one("form.sign-in")
    sign_in(signed_in)

    signed_in.settled("usage")
    assert signed_in.address == link
    assert signed_in.texts("main table") == seen


def test_who_signs_out_sees_nothing_any_longer(signed_in: Browser, site: Served) -> None:
    cookie = next(each for each in signed_in.cookies() if each["name"] == "reporting_session")
    stored = "return document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })"
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert signed_in.run(stored) == "{}"

    signed_in.click("#who button", "Sign out")

    signed_in.one("form.sign-in")
    assert not signed_in.cookies()
    signed_in.back()
    signed_in.one("form.sign-in")
    assert not signed_in.all("main table")


def test_a_member_signs_in_with_a_password_and_sees_one_project(
    browser: Browser, site: Served, keystone: Keystone, members_project: str
) -> None:
    name = keystone.name_of(keystone.user("member", project=members_project))
    browser.open(f"{site.url}/?range=last-month")
    browser.type("input[name=user]", name)
    browser.type("input[name=password]", "wrong")
    browser.click("button[type=submit]")
    refused = browser.soon(lambda: browser.one(".error").text)
    browser.screenshot("wrong-password")
    browser.type("input[name=password]", PASSWORD)
    browser.click("button[type=submit]")
    browser.settled("usage")
    links = [each.get_attribute("href") for each in browser.all(f"{USAGE} tbody a")]
    browser.click("#nav a", "Capacity")
    browser.settled("capacity")

    assert "not right" in refused
    assert [f"project={members_project}" in link for link in links] == [True]
    assert not browser.all('[aria-label^="Capacity by"]')
    assert browser.all('[aria-label^="Quota"] tbody tr')
    browser.click("#nav a", "Freshness")
    browser.settled("freshness")
    assert not browser.all('[aria-label="Quarantine"]')
    assert all("401" in each for each in browser.complaints())  # the wrong password, and nothing else


def test_who_has_several_projects_is_asked_which(
    browser: Browser, site: Served, keystone: Keystone, members_project: str
) -> None:
    user = keystone.user("member", project=members_project)
    keystone.grant(user, "member", keystone.project())
    browser.open(site.url)
    browser.type("input[name=user]", keystone.name_of(user))
    browser.type("input[name=password]", PASSWORD)
    browser.click("button[type=submit]")
    browser.one(".places")
    browser.screenshot("choice-of-projects")
    browser.click("button[type=submit]")

    browser.settled("usage")


def test_what_one_may_not_see_is_said_so(
    browser: Browser, site: Served, keystone: Keystone, members_project: str
) -> None:
    token = keystone.token_with("member", project=members_project)
    browser.open(f"{site.url}/?view=project&project=nobodys")
    browser.choose("method", "token")
    browser.type("input[name=token]", token)
    browser.click("button[type=submit]")

    assert browser.one(".trouble h1").text == "Not found"


def test_a_session_that_ended_leads_back_to_the_same_place(browser: Browser, site: Served) -> None:
    browser.open(f"{site.url}/?by=zone")
    sign_in(browser)
    browser.settled("usage")
    browser.run("window.mark = 1")
    browser.forget_cookies()
    browser.choose("range", "last-month")
    assert "ended" in browser.one(".notice").text
    sign_in(browser)

    browser.settled("usage")
    assert ("by=zone" in browser.address, "range=last-month" in browser.address) == (True, True)
    assert browser.run("return window.mark") == 1  # the page was not loaded again


def test_a_server_that_goes_away_and_comes_back(browser: Browser, site: Served) -> None:
    browser.open(site.url)
    sign_in(browser)
    browser.settled("usage")
    site.halt()
    try:
        browser.click("#nav a", "Freshness")
        gone = browser.one(".trouble h1").text
        browser.screenshot("no-connection")
    finally:
        site.start()
    browser.click("button", "Try again")

    browser.settled("freshness")
    assert gone == "No connection"


@pytest.fixture
def without_database() -> Iterator[Served]:
    """Return an API whose database does not answer."""
    served = Served("[reporting]\nconnection = mysql+pymysql://nobody@127.0.0.1:1/none")
    yield served
    served.stop()


def test_a_database_that_is_away_is_said_so(browser: Browser, without_database: Served) -> None:
    browser.open(without_database.url)
    browser.type("input[name=token]", KEY)
    browser.click("button[type=submit]")

    trouble = browser.one(".trouble").text
    browser.screenshot("database-away")
    assert "Not available at the moment" in trouble
    assert "Trying again" in trouble
    assert "nobody" not in trouble


def test_names_are_text_and_never_markup(signed_in: Browser, site: Served, members_project: str) -> None:
    assert EVIL in signed_in.texts(f"{USAGE} tbody th")
    assert EVIL in signed_in.texts(".legend li")
    signed_in.click(f"{USAGE} tbody a", EVIL)

    signed_in.settled("project")
    assert signed_in.one("h1").text == EVIL
    assert not signed_in.all("img")
    words = urlencode(
        {"view": "resource", "project": members_project, "id": EVIL, "name": EVIL, "kind": EVIL, "q": EVIL}
    )
    signed_in.open(f"{site.url}/?{words}")
    signed_in.settled("resource")
    assert signed_in.one("h1").text == EVIL
    assert not signed_in.all("img")


def test_nothing_in_a_time_is_said_in_words(signed_in: Browser, site: Served) -> None:
    signed_in.open(f"{site.url}/?range=custom&from=2015-01-01&to=2015-01-31")
    signed_in.settled("usage")

    assert signed_in.texts(".empty") == ["Nothing was used in this time."] * 2
    assert signed_in.texts(".tiles dd") == ["0"] * 4
    signed_in.screenshot("nothing")


def test_everything_is_reached_with_the_keyboard_alone(calm: Browser, site: Served) -> None:
    calm.open(f"{site.url}/?range=last-month")
    calm.one("form.sign-in")
    calm.choose("method", "private_key")
    calm.run("document.activeElement.blur()")
    calm.tab_to("Skip to the content")
    calm.press("ENTER")
    assert calm.run("return document.activeElement.id") == "main"
    calm.tab_to("token")
    calm.press(*KEY, "ENTER")
    calm.settled("usage")
    calm.tab_to("vCPU-h")
    calm.press("ENTER")
    sorted_by = calm.run("return document.activeElement.innerText")
    calm.run("document.activeElement.blur()")
    calm.tab_to("Freshness")
    calm.press("ENTER")
    calm.settled("freshness")

    assert sorted_by.startswith("vCPU-h")  # the focus stays where it was
    assert calm.run("return document.activeElement.innerText") == "Freshness"
    assert calm.run("return getComputedStyle(document.querySelector('#skip')).position") == "absolute"


_VIEWS = {
    "usage": "?range=last-month",
    "flavours-of-a-year": "?by=flavour&range=year",
    "project": "?view=project&project={project}&range=last-month",
    "resource": "?view=resource&project={project}&id={instance}&name=an+instance&range=last-month",
    "capacity": "?view=capacity&by=hypervisor",
    "freshness": "?view=freshness",
}
# What a screen reader needs, and what a narrow window must not have.
_LACKS = """
const named = (each) => each.labels?.length || each.getAttribute('aria-label');
return {
  unnamed: [...document.querySelectorAll('input, select')].filter((each) => !named(each)).map((each) => each.name),
  headings: document.querySelectorAll('h1').length,
  landmarks: ['header', 'nav', 'main', 'footer'].filter((each) => !document.querySelector(each)),
  empty: [...document.querySelectorAll('button, a')].filter((each) => !each.textContent.trim()).length,
  overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  live: document.querySelectorAll('[aria-live]').length,
};
"""
_FINE = {"unnamed": [], "headings": 1, "landmarks": [], "empty": 0, "overflow": False, "live": 1}


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_every_view_in_light_dark_and_on_a_phone(signed_in: Browser, site: Served, look: str) -> None:
    found = ask(site, "/v2/resources/instance", active="true", limit="1").json()["rows"][0]
    words = {"project": found["project_id"], "instance": found["id"]}
    signed_in.look_like(dark=look == "dark", width=360 if look == "phone" else 1280, height=800)

    for name, address in _VIEWS.items():
        signed_in.open(f"{site.url}/{address.format(**words)}")
        signed_in.settled(name if name in ("project", "resource", "capacity", "freshness") else "usage")
        signed_in.screenshot(f"{name}-{look}")
        assert signed_in.run(_LACKS) == _FINE, name
    dark = signed_in.run("return matchMedia('(prefers-color-scheme: dark)').matches")
    background = signed_in.run("return getComputedStyle(document.body).backgroundColor")
    assert (dark, background) == (look == "dark", "rgb(18, 23, 29)" if look == "dark" else "rgb(245, 246, 248)")
