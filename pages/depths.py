"""The same picture, class and settings at every depth: what each network sees, two maps of it, and how far they agree."""

from collections.abc import Hashable
from typing import Any

import streamlit as st

from lrp.attribution import Map
from lrp.models.architectures import DEPTHS
from lrp.models.imagenet import downloaded_depths, imagenet_size
from lrp.models.loading import bundled_depths
from pages.parts.choose.controls import choose_method, choose_settings
from pages.parts.choose.subject import choose_subject
from pages.parts.depths.study import Answers, Found, Missing, Study
from pages.parts.depths.study_words import chart, correlations, found_of, kinship, sights, table, told
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.maps import draw, enlarge, faded
from pages.parts.frame.state import LazySessionValue, SessionValue
from pages.parts.say import words
from pages.parts.say.waiting import ask, show_waiting
from pages.parts.work.cache import Store

MENUS = {"m": ("First method", "epsilon-plus-flat"), "n": ("Second method", "integrated-gradients")}
TILE, NARROW_TILE = 158, 136  # pixels; the picture and five depths make a row, two of the narrow ones one in a window of 320

STUDIES = LazySessionValue("studies", lambda: Store(8))  # what is known so far, by the key of the study
STARTED = LazySessionValue("started", set[Hashable])  # the keys of the studies that were asked for
TILES = LazySessionValue("tiles", dict[tuple[int, int], tuple[str, Map]])  # title and map last shown, by place and depth
ALL_DEPTHS = SessionValue[bool]("all depths")  # whether to load those that are not here

subject = choose_subject()
picture, network, target, scale, objective = subject.picture, subject.network, subject.name, subject.scale, subject.objective

st.markdown("## Do deeper networks look at the same things?")
st.markdown(
    f"Networks of several depths see the same picture, and each is asked what speaks for **{subject.asked}** "
    f"(at first the class that {network.name} sees). **If the depths agree on the places, the finding is about the picture; "
    "if they do not, it is about one network.** A deeper network is not a better witness by itself: see how sure each one is."
)


def study_of(method: Any) -> Study:
    """The chosen question, asked of every depth by this method."""
    versus = getattr(objective, "versus", None)
    other = None if versus is None else network.categories[versus]
    return Study(picture, network.weights, depths, target, method, objective.name, other, objective.place)


def choose_depths() -> tuple[int, ...]:
    """The depths that are here, and a button for those that must be downloaded first."""
    if network.weights != "imagenet":
        return bundled_depths()
    here, absent = downloaded_depths(), [depth for depth in DEPTHS if depth not in downloaded_depths()]
    if not absent or ALL_DEPTHS.get():
        return DEPTHS
    size = sum(map(imagenet_size, absent)) / 1e6
    label = f"Load ResNet-{', '.join(map(str, absent))} too ({size:.0f} MB)"
    st.button(label, key="load depths", on_click=ALL_DEPTHS.set, args=(True,), icon=":material/download:")
    return here


def answers_of(study: Study) -> Answers:
    """What is known so far; it fills while the work goes on."""
    found: Answers = STUDIES.get().make(study.key, dict)
    return found


def start(study: Study) -> None:
    STARTED.get().add(study.key)


def offer_to_start(study: Study, known: Answers) -> None:
    """The button of a method that takes long, with the time that it will take."""
    about = f": {words.about(study.expected_seconds(known, network.size))}"
    about += ", longer if its gap stays open" if getattr(study.method, "tolerance", None) else ""
    st.button(
        f"Compute {study.label}{about}", key=f"start {study.method.name}", on_click=start, args=(study,),
        icon=":material/play_arrow:",
        help="It runs in the background, can be cancelled, and shows each depth as soon as it is ready. It may take longer if "
        "more steps are needed.",
    )  # fmt: skip


depths = choose_depths()
methods = []
for column, (key, (label, default)) in zip(st.columns(2), MENUS.items(), strict=True):
    with column:
        chosen = choose_method(label, key, default)
        with st.popover(f"Settings, {label.lower()}", icon=":material/tune:", width="stretch"):
            st.caption(chosen.summary)
            methods.append(chosen(**choose_settings(chosen, key)))
by_key = {study.key: study for study in map(study_of, methods)}
studies = list(by_key.values())  # one, if both methods are the same
answers = [answers_of(study) for study in studies]
running = [study.method.quick or study.key in STARTED.get() for study in studies]
asked = [(study, known) for study, known, runs in zip(studies, answers, running, strict=True) if runs]
finished, waiting = ask([study.task(known) for study, known in asked])
for (_, known), all_of_them in zip(asked, finished, strict=True):
    known.update(all_of_them or {})
for study, known, runs in zip(studies, answers, running, strict=True):
    if not runs and len(found_of(known)) < len(depths):
        offer_to_start(study, known)
drawn = [len(known) for known in answers]


@st.fragment(run_every=1.0 if waiting else None)
def watch() -> None:
    """Draws the page again when another depth is ready."""
    if [len(known) for known in answers] != drawn:
        st.rerun()


def tile(depth: int) -> None:
    """One depth: what it sees, and its maps."""
    st.markdown(f"**ResNet-{depth}**")
    results = [known.get(depth) for known in answers]
    present = [found for found in results if isinstance(found, Found)]
    if present:
        sees = words.article(present[0].sees) if present[0].classes > 1 else present[0].sees
        st.markdown(f"{sees}, {words.sureness(present[0].probability, present[0].classes)}")
    for place, (study, found) in enumerate(zip(studies, results, strict=True)):
        method, before = study.method, TILES.get().get((place, depth))
        if isinstance(found, Found):
            TILES.get()[place, depth] = f"{method.label}, {picture.name}", found.map
            alt = f"ResNet-{depth}, {words.summary(method.label, found.map)}"
            st.image(draw(found.map, scale), width="stretch", alt=alt, output_format="PNG")
            sums = f"sums to {found.total:z.2f} of {found.explained:z.2f}"
            st.markdown(f"{method.label}  \n{sums}  \n{words.seconds(found.seconds)}")
        else:
            if before and not isinstance(found, Missing):
                title, values = before
                st.image(faded(draw(values, scale)), width="stretch", alt=f"The previous map: {title}", output_format="PNG")
                st.markdown(f"Above, until then, the previous map: {title}")
            st.markdown(f"{method.label}  \n{found.why if isinstance(found, Missing) else 'not computed yet'}")


st.markdown(sights(found_of(answers[0]) or found_of(answers[-1])))
with st.container(horizontal=True, gap="small"):
    with st.container(width=NARROW_TILE if subject.narrow else TILE):
        seen = network.as_seen(network.preprocess(picture.image))
        st.markdown(f"**What they saw**  \n{picture.name}")
        st.image(enlarge(seen), width="stretch", alt=f"The picture of {picture.name} as the networks saw it.")
    for depth in depths:
        with st.container(width=NARROW_TILE if subject.narrow else TILE):
            tile(depth)
watch()
show_waiting(waiting)

st.markdown("#### How far the depths agree")
matrices = [(study.method.label, *correlations(known)) for study, known in zip(studies, answers, strict=True) if found_of(known)]
st.markdown("\n".join(f"- {told(*each)}" for each in matrices))
if matrices:
    alt = "Rank correlation of the maps of every pair of depths. " + " ".join(told(*each) for each in matrices)
    st.plotly_chart(chart(matrices, subject.narrow), key="depths chart", config=CONFIG, alt=alt)
    if network.weights == "demo":
        st.caption(kinship(depths))
    labelled = [(study.method.label, known) for study, known in zip(studies, answers, strict=True)]
    st.dataframe(table(labelled, target), hide_index=True)
st.caption("The address of this page holds every setting made here. Each map has its own colour scale.")
