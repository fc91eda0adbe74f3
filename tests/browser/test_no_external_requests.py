"""Every page in a real browser, both themes, wide and narrow: nothing leaves this machine, all text is readable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from core import store
from core.config import ROOT
from core.people import local_actor
from core.store.base import now
from core.store.tables import Author, Post
from tests.processes import LOOPBACK, App, at_rest

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf8")


def fill() -> None:
    """Two authors and a post in every status, with markup in its title that must stay text."""
    with store.writing(local_actor()) as tx:
        ada, nora = Author(name="Ada", zone="Europe/Berlin"), Author(name="Nora", is_sample=True)
        tx.session.add_all([ada, nora])
        tx.session.flush()
        for status in ("Drafting", "In Review", "Changes Requested", "Approved", "Scheduled", "Rejected"):
            title = f"{status} ![x](https://evil.example/p.png) <img src=https://evil.example/q.png>"
            tx.session.add(Post(author_id=ada.id, title=title, text="A line.", status=status, slot=now()))


def visit(page: Page, app: App, name: str) -> None:
    page.goto(f"{app.url}/{'' if name == 'today' else name}")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    at_rest(page)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)], ids=["light-1280", "dark-390"])
def test_every_page_stays_here_and_is_readable(app: App, new_page: Callable[..., Page], dark: bool, width: int) -> None:
    fill()
    page = new_page(width=width, dark=dark)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).hostname or ""))
    poor: dict[str, object] = {}
    for name in PAGES:
        visit(page, app, name)
        if found := page.evaluate(CONTRAST):
            poor[name] = found
        wide = page.evaluate("[document.documentElement.scrollWidth, document.querySelector('.stMain').scrollWidth]")
        assert max(wide) <= width, f"{name} scrolls sideways"
    assert sockets and set(sockets) <= set(LOOPBACK)
    assert not poor, "text under 4.5:1"
    # `new_page` itself fails the test where a request left this machine


@pytest.mark.browser
def test_our_own_type_is_used_with_true_italics(app: App, browser_page: Page) -> None:
    fill()
    visit(browser_page, app, "settings")
    faces = browser_page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(f => f.status === 'loaded').map(f => f.family))"
    )
    assert any("Plex Sans" in face for face in faces)
    assert "Plex Sans" in browser_page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    styles = browser_page.evaluate("[...document.fonts].filter(f => f.family.includes('Plex')).map(f => f.style)")
    assert set(styles) == {"normal", "italic"}


@pytest.mark.browser
def test_the_keyboard_reaches_the_menu_and_shows_where_it_is(app: App, browser_page: Page) -> None:
    visit(browser_page, app, "settings")
    for _ in range(12):
        browser_page.keyboard.press("Tab")
        if browser_page.evaluate("document.activeElement.getAttribute('data-testid')") == "stSidebarNavLink":
            break
    outline = browser_page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "2px" in outline and "solid" in outline, "no ring around what has the keyboard"
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator("h1")).not_to_have_text("Settings")


@pytest.mark.browser
def test_our_style_stays_while_the_page_changes(app: App, browser_page: Page) -> None:
    visit(browser_page, app, "settings")
    styled = "getComputedStyle(document.body).colorScheme !== 'normal'"
    browser_page.evaluate(
        f"""() => {{
            window.timbreLost = 0;
            const look = () => {{ if (!({styled})) window.timbreLost += 1; }};
            new MutationObserver(look).observe(document.documentElement, {{subtree: true, childList: true}});
        }}"""
    )
    browser_page.get_by_test_id("stSidebar").get_by_role("link", name="Calendar").click()
    expect(browser_page.locator("h1")).to_have_text("Calendar")
    at_rest(browser_page)
    assert browser_page.evaluate("window.timbreLost") == 0


@pytest.mark.browser
def test_a_narrow_screen_starts_with_the_page_and_not_the_menu(app: App, new_page: Callable[..., Page]) -> None:
    page = new_page(width=390)
    visit(page, app, "settings")
    assert page.get_by_test_id("stSidebar").get_attribute("data-collapsed") == "true"


@pytest.mark.browser
@pytest.mark.slow
def test_a_servers_first_request_may_be_a_deep_link(
    app: App, start_app: Callable[..., App], browser_page: Page
) -> None:
    fill()
    with store.reading() as tx:
        nora = next(a.id for a in tx.session.query(Author) if a.name == "Nora")
    fresh = start_app(app.data)
    browser_page.goto(f"{fresh.url}/persona?author={nora}")
    expect(browser_page.locator("h1")).to_have_text("Persona")
    expect(browser_page.get_by_test_id("stSidebarNavLink")).to_have_count(len(PAGES))
    expect(browser_page.get_by_test_id("stSidebarNavLink").first).to_have_text("Today")
    assert f"author={nora}" in browser_page.url
    expect(browser_page.get_by_role("combobox", name="Author")).to_have_value("Nora (sample)")
    browser_page.get_by_test_id("stSidebar").get_by_role("link", name="Calendar").click()
    expect(browser_page.locator("h1")).to_have_text("Calendar")
    expect(browser_page.get_by_role("combobox", name="Author")).to_have_value("Nora (sample)")
    assert f"author={nora}" in browser_page.url
