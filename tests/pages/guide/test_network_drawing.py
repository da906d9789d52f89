"""What flows in the drawing of the worked example, against what the engine says arrives."""

import itertools

import pytest

from pages.parts.guide.example import work_out
from pages.parts.guide.network_drawing import BY_IG, BY_LRP, FORWARD, WAYS, amount_text, drawing_of, example_flow, signed

OUTPUT = [1.0, -1.0]
HIDDEN = [[1.0, 1.0], [2.0, -0.5]], [[1.0, 1.0], [-1.0, -1.0]], [[-3.0, 0.25], [0.5, 2.75]]
CASES = list(itertools.product(HIDDEN, (0.0, 0.25, 1.0), ([1.0, 2.0], [-1.5, 0.75])))


@pytest.mark.parametrize(("hidden", "epsilon", "x"), CASES)
def test_what_flows_into_an_input_is_what_the_engine_credits_it_with(
    hidden: list[list[float]], epsilon: float, x: list[float]
) -> None:
    example = work_out(x, hidden, OUTPUT, epsilon)
    by_lrp, by_ig = (example_flow(example, x, hidden, OUTPUT, epsilon, way) for way in (BY_LRP, BY_IG))
    assert by_lrp.below.sum(1).tolist() == pytest.approx(example.lrp.tolist(), abs=1e-6)
    assert by_ig.below.sum(1).tolist() == pytest.approx(example.ig.tolist(), abs=1e-6)
    assert float(by_ig.above.sum()) == pytest.approx(example.f)
    forward = example_flow(example, x, hidden, OUTPUT, epsilon, FORWARD)
    assert forward.below.sum(0).tolist() == pytest.approx(example.z.tolist())
    assert float(forward.above.sum()) == pytest.approx(example.f)


def test_the_drawing_on_paper() -> None:
    # h = (3, 1), f = 2; R_h = (3, -1); from h1 to the inputs 1 and 2, from h2 2 * -1 and -1 * -1
    example = work_out([1.0, 2.0], HIDDEN[0], OUTPUT, 0.0)
    drawn = drawing_of(example, [1.0, 2.0], example_flow(example, [1.0, 2.0], HIDDEN[0], OUTPUT, 0.0, BY_LRP), BY_LRP)
    edges = {(edge["from"], edge["to"]): edge["text"] for edge in drawn["edges"]}  # type: ignore[attr-defined]
    assert edges == {
        ("x1", "h1"): "+1", ("x2", "h1"): "+2", ("x1", "h2"): "−2", ("x2", "h2"): "+1", ("h1", "out"): "+3", ("h2", "out"): "−1",
    }  # fmt: skip
    shares = {node["key"]: node["share"] for node in drawn["nodes"]}  # type: ignore[attr-defined]
    assert shares == {"x1": "R = −1", "x2": "R = 3", "h1": "R = 3", "h2": "R = −1", "out": "R = 2"}
    assert [node["value"] for node in drawn["nodes"]] == ["1", "2", "3", "1", "2"]  # type: ignore[attr-defined]
    assert drawn["back"]
    assert drawn["shades"] == ("#b2182b", "#2166ac")  # of the maps, as the legend of the guide's heatmap has them
    assert drawn["largest"] == 3
    assert "x₁ to h₂ −2" in str(drawn["alt"])
    for way, said in WAYS.items():
        flow = example_flow(example, [1.0, 2.0], HIDDEN[0], OUTPUT, 0.0, way)
        assert said in str(drawing_of(example, [1.0, 2.0], flow, way)["alt"])


def test_numbers_are_short_and_nothing_has_no_sign() -> None:
    assert [amount_text(value) for value in (0.0, -1e-12, 1.23456, -2.0)] == ["0", "0", "1.23", "−2"]
    assert [signed(value) for value in (0.0, 2.5, -0.25)] == ["0", "+2.5", "−0.25"]
