"""The guide, and the way back from it."""

from types import SimpleNamespace

from tests.pages.helpers import EPSILON
from tests.visitor import Visitor
from tests.work_queue import SECONDS, finish_queue


def test_the_example_of_the_guide_is_worked_out_anew_as_it_is_changed(visitor: Visitor) -> None:
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    assert "| LRP, ε = 0 | -1, 3 | 2 |" in visitor.words
    visitor.put({"example epsilon": 0.5, "example v2": 0.0})
    top = 3 / 3.5
    assert f"| LRP, ε = 0.5 | {top * 3 / 3.5:.3g}, {top * 6 / 3.5:.3g} | {top * 9 / 3.5:.3g} |" in visitor.words
    assert "| IG from 0 | 1, 2 | 3 |" in visitor.words


def test_the_guide_explains_how_to_read_a_heatmap_and_leads_back(visitor: Visitor) -> None:
    visitor.put({EPSILON: 1.0, "class": "ant"}).wait()
    before = visitor.data
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    text = "\n".join(node.value for node in visitor.at.markdown) + "\n".join(node.proto.body for node in visitor.at.get("html"))
    assert visitor.at.title[0].value
    assert len(visitor.at.latex) >= 2
    for word in ("Epsilon", "baseline", "logit", "Sundararajan", "Bach"):
        assert word in text
    assert visitor.sentences == []
    visitor.at.switch_page("pages/compare.py")
    assert visitor.run().data == before


def test_slow_work_goes_on_while_the_guide_is_read(gate: SimpleNamespace) -> None:
    visitor = Visitor()
    assert gate.reached.wait(SECONDS)
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    gate.opened.set()
    finish_queue()
    visitor.at.switch_page("pages/compare.py")
    assert len(visitor.run().maps) == 3
    assert gate.ends == ["finished"]


def test_the_guide_shows_the_lattice_beside_the_mean_that_removes_it(visitor: Visitor) -> None:
    visitor.at.switch_page("pages/guide.py")
    visitor.run()
    alts = [image.proto.imgs[0].alt for image in visitor.at.get("image")]
    plain, mean = (next(alt for alt in alts if alt.startswith(title)) for title in ("Plain", "Mean of 4 × 4 shifted views"))
    assert plain.removeprefix("Plain") != mean.removeprefix("Mean of 4 × 4 shifted views")
    assert "a **lattice**" in visitor.words
