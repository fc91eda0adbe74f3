"""What will hold is said before a run as the run will bind it, and after an edit it is checked again."""

from __future__ import annotations

from core import guidelines
from core.generate import material
from core.generate.brief import BriefFields
from core.generate.constraints import Constraints
from core.generate.promise import broken, held, promise, usual
from core.store import Actor
from core.store.tables import Variant
from tests.conftest import write_samples

FIELDS = {"topic": "Audits", "points": ["Real logs have 3 gaps"], "link": "https://example.org/a"}


def test_what_is_promised_is_what_a_run_is_bound_to(two_authors: dict[str, str], actor: Actor) -> None:
    guidelines.add("No hype", actor, kind="banned", phrases=["game changer", "synergy"], severity="block")
    for author in two_authors.values():
        bound = material.settings_of(BriefFields.model_validate(FIELDS), author, 1)["constraints"]
        said = promise(author, FIELDS)
        assert said.lines == Constraints.restored(bound).summary()
        assert (said.own, said.samples) == (True, 40)


def test_a_brief_that_is_half_typed_is_promised_something_too(two_authors: dict[str, str]) -> None:
    assert promise(two_authors["Ada"], {"variants": 99, "points": ["", "x"]}).lines


def test_new_samples_are_read_at_once(two_authors: dict[str, str]) -> None:
    before = usual(two_authors["Bo"]).max_chars
    write_samples(two_authors["Bo"], [f"{n} {'word ' * 200}" for n in range(60)])
    assert usual(two_authors["Bo"]).max_chars > before


def test_an_edit_that_breaks_a_constraint_is_named() -> None:
    bound = Constraints(chars=(10, 100), person="free", hashtags=(0, 0), numbers=frozenset({"3"}))
    variant = Variant(provenance={"constraints": bound.record()})
    assert broken(variant, "Real logs have 3 gaps in them.") == []
    assert {b.name for b in broken(variant, "Real logs have 4 gaps in them. #audit")} == {"numbers", "hashtags"}
    assert "No hashtags" in held(variant)


def test_a_variant_without_a_record_is_not_judged() -> None:
    assert broken(Variant(), "Anything 5 #x") == []
    assert held(Variant(provenance={})) == []
