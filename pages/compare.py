"""The main page: one picture, one class, LRP and Integrated Gradients side by side."""

import streamlit as st

from lrp import WeightsError
from lrp.backbones import DEPTHS, bundled_depths, imagenet_size
from lrp.heatmap import SCALES, SIGNS, clipped_share, limit_of, only
from pages.parts import compute, words
from pages.parts.controls import choose_method, choose_setting, choose_settings
from pages.parts.downloads import offer, settings_of
from pages.parts.figure import CONFIG, Heatmap, Look, draw
from pages.parts.pictures import choose_picture
from pages.parts.viewport import is_narrow
from pages.parts.waiting import show_waiting
from pages.parts.worker import Busy, Job

PANELS = (
    ("First map", "a", "uniform-epsilon"),
    ("Second map", "b", "epsilon-plus-flat"),
    ("Third map", "c", "integrated-gradients"),
)


def choose_network() -> "compute.lrp.Backbone":
    """The network of the controls, or the last one that could be had, with a sentence why."""
    depth = st.segmented_control(
        "ResNet depth", DEPTHS, default=18, key="depth", bind="query-params", required=True,
        help="The number of layers. Deeper networks see finer differences and take longer.",
    )
    weights = st.radio(
        "Weights", ["demo", "imagenet"], key="weights", bind="query-params", horizontal=True,
        captions=["11 classes, works offline", f"1,000 classes, {imagenet_size(depth) / 1e6:.0f} MB once"],
        help="Demo networks are small and come with the program. ImageNet weights are torchvision's, downloaded at first use.",
    )  # fmt: skip
    bar = st.empty()

    def show(done: int, total: int) -> None:
        bar.progress(done / total, f"Downloading: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    try:
        network = compute.backbone(depth, weights, show)
        bar.empty()
        st.session_state["last network"] = (depth, weights)
        return network
    except WeightsError as error:
        bar.empty()
        st.warning(str(error), icon=":material/cloud_off:")
        return compute.backbone(*st.session_state.get("last network", (bundled_depths()[0], "demo")))


def choose_class(network: "compute.lrp.Backbone", probabilities: "compute.torch.Tensor") -> int:
    """The class to explain: the predicted one unless another is named."""
    names = list(dict.fromkeys(network.categories))
    predicted = "the predicted class"
    chosen = st.selectbox(
        "Explained class", [predicted, *names], key="class", bind="query-params",
        help="Any class can be explained, also one that the network does not see: red then means what little speaks for it.",
    )
    best = probabilities.topk(min(5, len(probabilities)))
    st.pills(
        "Top five", [network.categories[i] for i in best.indices], key="top five", on_change=_take_top_five,
        format_func=lambda name: f"{name} {float(probabilities[network.categories.index(name)]):.0%}",
        help="What the network thinks of first. Click one to explain it.",
    )  # fmt: skip
    return int(best.indices[0]) if chosen == predicted else network.categories.index(chosen)


def _take_top_five() -> None:
    if name := st.session_state["top five"]:
        st.session_state["class"] = name


def choose_look() -> tuple[Look, str, float, bool, bool]:
    """Colour scale and photo, sign, clipping percentile, whether the scale is common, whether the difference is shown."""
    sign = st.segmented_control(
        "Show", SIGNS, default="both", key="sign", bind="query-params", required=True, format_func=str.capitalize,
        help="Positive relevance speaks for the explained class, negative against it.",
    )
    percentile = st.slider(
        "Strongest colour at percentile", 90.0, 100.0, 99.0, 0.5, key="clip", bind="query-params",
        help="Pixels beyond this percentile share the strongest colour, so that a few extreme ones do not fade all others.",
    )
    photo = st.slider(
        "Photo beneath the map", 0.0, 1.0, 0.0, 0.1, key="photo", bind="query-params",
        help="Lets the photo show through, in grey, where relevance is weak.",
    )
    common = st.toggle(
        "Common colour scale", key="common", bind="query-params",
        help="Off: each map uses its own full range, which shows where. On: one range for all, which also shows how much.",
    )
    difference = st.toggle(
        "Difference of first and third", key="difference", bind="query-params",
        help="Each map divided by its own range, then subtracted: red where the first is higher, blue where the third is.",
    )
    scale = st.selectbox(
        "Colours", list(SCALES), key="colours", bind="query-params", help="Colour-blind people can tell either pair apart."
    )
    return Look(scale, photo), sign, percentile, common, difference


st.html("<style>.stMainBlockContainer {padding: 4rem 2rem 2rem}</style>")
narrow = is_narrow()
with st.sidebar:
    st.subheader("Picture")
    picture = choose_picture()
    st.subheader("Network")
    network = choose_network()
    probabilities = compute.logits(picture, network).softmax(0)
    target = choose_class(network, probabilities)
    st.subheader("Methods")
    chosen = []
    for label, key, default in PANELS:
        method = choose_method(label, key, default)
        lead = key == "a" and any(name == "epsilon" for name in method.__dataclass_fields__)
        with st.expander("Settings of this map"):
            chosen.append((method, choose_settings(method, key, ("epsilon",) if lead else ())))
    st.subheader("Display")
    look, sign, percentile, common, difference = choose_look()

name = network.categories[target]
headline = words.headline(network.depth, network.categories[int(probabilities.argmax())], float(probabilities.max()))
st.markdown(f"## {headline}")
reading = "Red" if look.scale.endswith("red") else "Orange"
against = "blue" if look.scale.startswith("Blue") else "purple"
st.markdown(f"{reading} pixels speak for **{name}**, {against} pixels against it. Each map asks the same question another way.")

first = chosen[0][0]
if "epsilon" in first.__dataclass_fields__:
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        chosen[0][1]["epsilon"] = choose_setting(first.__dataclass_fields__["epsilon"], f"a_{first.name}_epsilon")
    right.caption(first.summary)

questions: list[compute.Question] = []
results: list[compute.Result | None] = []
waiting: list[tuple[compute.Question, Job]] = []
for method, settings in chosen:
    question = compute.Question(picture, network, target, method(**settings))
    questions.append(question)
    results.append(None)
    try:
        found = compute.answer(question)
    except Busy as error:
        st.warning(str(error), icon=":material/group:")
        continue
    if isinstance(found, Job):
        waiting.append((question, found))
    else:
        results[-1] = found
compute.cancel_all_but([question.key for question in questions])

shown = [None if result is None else only(result.map, sign) for result in results]
present = [values for values in shown if values is not None]
limits = [limit_of(present if common else [values], percentile) if values is not None else 1.0 for values in shown]
maps = [Heatmap(question.method.label, values, limit) for question, values, limit in zip(questions, shown, limits, strict=True)]
panels = list(maps)
if difference and shown[0] is not None and shown[2] is not None:
    panels.append(Heatmap("Difference (first - third)", shown[0] / limits[0] - shown[2] / limits[2], 1.0, "of each map's range"))

seen = network.as_seen(network.preprocess(picture.image))
columns = 2 if narrow else len(panels) + 1
told = [words.summary(panel.title, panel.values) for panel in panels if panel.values is not None]
figure = draw(seen, panels, look, columns, side=170 if narrow else 1000 // columns)
st.plotly_chart(figure, key="comparison", config=CONFIG, alt=" ".join([headline.replace("**", ""), *told]))
show_waiting(waiting)

notes = st.columns(len(panels) + 1) if not narrow else [st.container() for _ in range(len(panels) + 1)]
with notes[0]:
    st.markdown(f"**What the network saw**  \n{words.crop(picture.image.size, seen.size)}")
for column, question, result, panel in zip(notes[1:], questions, results, maps, strict=False):
    if result is not None and panel.values is not None:
        column.markdown(f"**{panel.title}**  \n{words.trust(result, question.method.family)}")
        column.caption(words.small_print(result, clipped_share(panel.values, panel.limit)))

with st.expander("These maps in words"):
    st.markdown("\n".join(f"- {line}" for line in told))

view = {"sign": sign, "percentile": percentile, "photo": look.photo, "common scale": common, "colours": look.scale}
answers = [(asked, result, panel) for asked, result, panel in zip(questions, results, maps, strict=True) if result]
logit = float(compute.logits(picture, network)[target])
record = settings_of(questions, name, logit, float(probabilities[target]), view)
st.markdown("#### Take it with you")
offer(headline, seen, answers, look, record, compute.logits(picture, network))
st.caption(
    "The address of this page holds every setting; copy it to share the comparison. "
    "An uploaded picture is not part of it, a sample or a link is."
)
