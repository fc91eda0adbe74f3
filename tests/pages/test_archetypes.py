"""Archetypes on the Training page: the chart, what marks each, changing them, and every state before there are any."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs, store
from core.config import ROOT
from core.people import WORKER
from core.store import Actor, intents
from core.train import archetypes, grouping
from tests.core.train.test_archetypes import write
from tests.voices import team


@pytest.fixture
def people(data: object, actor: Actor) -> dict[str, str]:
    return {name: write(name, posts, actor) for name, posts in team(8).items()}


def opened() -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    app.query_params["training_view"] = "Archetypes"
    app.switch_page("pages/training.py")
    return app.run()


def shown(app: AppTest) -> str:
    assert not app.exception and not app.error
    found = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(str(m.value) for m in found).replace("\\", "")


def test_before_there_are_any(people: dict[str, str], actor: Actor) -> None:
    app = opened()
    assert "Nobody has looked for archetypes yet" in shown(app)
    app.button(key="archetypes_look").click().run()
    (asked,) = jobs.recent(grouping.KIND)
    assert not app.exception and not [b for b in app.button if b.key == "archetypes_look"]  # it is being done
    ended(asked.id, {"seen": False, "authors": 9, "stability": 0.11, "shuffled": 0.14})
    text = shown(opened())
    assert "No archetypes to be seen among 9 authors" in text and "0.11 of 1" in text and "come to 0.14" in text
    failed = archetypes.look(actor)
    with store.writing(WORKER) as tx:
        intents.finish(tx, failed, "failed", "Archetypes need 6 authors.", hint="Add some.", result={})
    assert "Archetypes need 6 authors. Add some." in shown(opened())


def ended(intent_id: str, result: dict[str, object]) -> None:
    with store.writing(WORKER) as tx:
        intents.finish(tx, intent_id, "done", "", hint="", result=result)


def test_who_writes_alike_is_drawn_said_and_changed(people: dict[str, str]) -> None:
    grouping.regroup()
    app = opened()
    text = shown(app)
    (figure,) = [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
    points = [trace for trace in figure["data"] if trace.get("customdata")]
    assert {trace["marker"]["symbol"] for trace in points} == {"circle", "square", "diamond"}
    assert len({trace["marker"]["color"] for trace in points}) == 3
    drawn = {row[0]: row for trace in points for row in trace["customdata"]}
    assert set(drawn) == set(people.values()) and "Do you ever" in drawn[people["chatty-1"]][3] + text
    assert all(row.name in text for row in archetypes.listed()) and "More emoji (" in text
    assert "the groups agree by" in text and "Distance from the middle: " in text
    row = archetypes.own(people["chatty-1"])
    assert row is not None
    app.text_input(key=f"archetype_name_{row.id}_{row.name}").set_value("The enthusiasts").run()
    app.toggle(key=f"archetype_pin_{row.id}_False").set_value(True).run()
    assert "The enthusiasts" in shown(app) and archetypes.get(row.id).pinned
    app.multiselect(key=f"archetype_members_{row.id}").set_value([people["chatty-1"]]).run()
    app.button(key=f"archetype_split_{row.id}").click().run()
    assert len(archetypes.listed()) == 4 and getattr(archetypes.own(people["chatty-1"]), "id", "") != row.id
    app.button(key=f"archetype_merge_{row.id}").click().run()
    assert len(archetypes.listed()) == 3 and "Merged." in "".join(str(s.value) for s in app.success)
    assert "Changed by hand since." in shown(app)
