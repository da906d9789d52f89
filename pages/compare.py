"""The main page: one picture, one class, LRP and Integrated Gradients side by side."""


import streamlit as st
from torch import Tensor

from lrp import Backbone
from lrp.methods.composites import reached_rules
from lrp.methods.method import Method, uses_rules
from lrp.walk.objectives import Objective
from pages.parts.canvas.figure import Heatmap, draw, with_older
from pages.parts.canvas.look import Look
from pages.parts.canvas.region import fitted
from pages.parts.canvas.state import current_look
from pages.parts.choose.backbone import choose_network
from pages.parts.choose.class_choice import choose_class
from pages.parts.choose.controls import choose_panels
from pages.parts.choose.objective import choose_objective
from pages.parts.choose.pictures import choose_picture
from pages.parts.choose.unavailable import Unavailable, show_unavailable
from pages.parts.compare.demo_limits import show_demo_limits
from pages.parts.compare.downloads import comparison_export, offer_downloads
from pages.parts.compare.live_deletion import deletion_keys, show_live_deletion
from pages.parts.compare.region import region_sentences, show_region
from pages.parts.compare.setting_bundles import show_bundles
from pages.parts.compare.top_five import TopFive, show_headline_and_bars
from pages.parts.frame.album import Picture
from pages.parts.frame.rule_table import show_rule_table
from pages.parts.frame.skip import show_skip_link
from pages.parts.frame.style import apply_style
from pages.parts.frame.viewport import is_narrow
from pages.parts.say import words
from pages.parts.say.waiting import absence_reason, ask, is_pending, show_waiting
from pages.parts.work import compute
from pages.parts.work.question import Question, Result


def comparison(
    picture: Picture, network: Backbone, logits: Tensor, objective: Objective, narrow: bool, unavailable: Unavailable | None
) -> None:
    """Draws the maps and all that is said of them. logits: (K,)."""  # fmt: skip
    look, box = current_look()
    lead = st.container()
    show_bundles()
    methods = choose_panels(narrow, network)
    sides = f"{words.colour_meaning(objective, network.categories, look.ends)} Each map asks in another way."
    lead.markdown(difference_sentence(methods, look) if look.view == "difference" else sides)
    questions = [Question(picture, network, objective, method) for method in methods.values()]
    results, waiting = ask(questions, deletion_keys(questions))
    maps = [
        Heatmap(key, question.method.label, None if result is None else result.map, absence_reason(question, waiting))
        for key, question, result in zip(methods, questions, results, strict=True)
    ]
    st.caption(words.unit_note(objective, network.kind))
    seen = network.as_seen(network.preprocess(picture.image))
    headline = words.headline_of(network, network.kind.predictions(logits))
    if unavailable:
        headline = unavailable.headline(headline)
    coming = [is_pending(question, waiting) for question in questions]
    draw(seen, with_older(maps, coming, seen.size), headline.replace("**", ""), unit=objective.unit)
    show_waiting(waiting)

    asked = zip(methods, questions, results, strict=True)
    answers = {key: (question, result) for key, question, result in asked if result is not None}
    show_live_deletion([(key, *answer) for key, answer in answers.items()], [question.key for question in questions])
    show_notes(picture, network, questions, results, narrow)
    said = [*filter(None, [words.sign_note(look.sign)])]
    if (region := fitted(box, seen.size)) and answers:
        show_region(region, seen.size, list(answers.values()))
        said += region_sentences(region, seen.size, list(answers.values()))

    with st.expander("These maps in words"):
        st.markdown("\n".join(f"- {panel.alt}" for panel in maps if panel.values is not None))
        st.markdown(words.sign_note(look.sign))
    show_rules(network, objective, list(methods.values()), narrow)
    st.markdown("#### Take it with you")
    by_key = dict(zip(methods, results, strict=True))
    export = comparison_export(questions, by_key, headline, seen, logits, look, region, said)
    offer_downloads(export, unavailable.link if unavailable else {})
    st.caption(
        "The address of this page holds every setting; copy it to share the comparison. " + (
            "Your picture is not part of it: whoever opens the address is asked for the picture."
            if picture.fingerprint
            else "An uploaded picture would not be part of it, a sample or a link is."
        )
    )


def difference_sentence(methods: dict[str, Method], look: Look) -> str:
    """Returns what the difference of the two chosen maps means; for a map that is absent the canvas takes the first or last."""
    labels = [method.label for method in methods.values()]
    first, second = (methods[key].label if key in methods else labels[at] for key, at in zip(look.pair, (0, -1), strict=True))
    return words.difference_meaning(first, second, look.ends)


def show_notes(
    picture: Picture, network: Backbone, questions: list[Question], results: list[Result | None],
    narrow: bool,
) -> None:
    """Draws below each map how far it can be trusted."""  # fmt: skip
    notes = [st.container() for _ in range(len(questions) + 1)] if narrow else st.columns(len(questions) + 1)
    with notes[0]:
        crop = words.crop_note(picture.size, (network.size, network.size), network.margin)
        st.markdown(f"**What the network saw**  \n{crop}")
    for column, question, result in zip(notes[1:], questions, results, strict=True):
        if result is not None:
            with column:
                note = words.trust_note(result, question.method, question.objective, network.network)
                st.markdown(f"**{question.method.label}**  \n{note}")
                st.caption(words.duration(result.seconds))


def show_rules(network: Backbone, objective: Objective, methods: list[Method], narrow: bool) -> None:
    """Draws which rule each layer gets, for the methods that have rules."""
    having_rules = [method for method in methods if uses_rules(method)]
    whole = network.network
    rules = [(each.label, reached_rules(each.rules(whole, objective), whole, objective)) for each in having_rules]
    if rules:
        with st.expander("Which rule where"):
            tabs = st.tabs([f"{i}. {label}" for i, (label, _) in enumerate(rules, start=1)])
            for tab, (_, found) in zip(tabs, rules, strict=True):
                show_rule_table(tab, network.network, found, narrow)


apply_style()
window_is_narrow = is_narrow()
chosen_picture = choose_picture()
show_skip_link("Skip to the heatmaps", ".panels[role=application]")
with st.sidebar:
    st.subheader("Network")
    chosen_network, missing = choose_network(chosen_picture)
    its_logits = compute.logits(chosen_picture, chosen_network)
    its_predictions = chosen_network.kind.predictions(its_logits)
    chosen_class = choose_class(chosen_network, its_predictions)
    question = choose_objective(chosen_network, chosen_class, its_predictions)

show_unavailable(missing)
left, right = (st.container(), st.container()) if window_is_narrow else st.columns([3, 2], vertical_alignment="center")
bars = TopFive(chosen_picture, chosen_network, its_predictions, question)
headline = words.headline_of(chosen_network, its_predictions)
show_headline_and_bars(left, missing.heading(headline) if missing else f"## {headline}", right, bars)
limits = st.container()
comparison(chosen_picture, chosen_network, its_logits, question, window_is_narrow, missing)
# Last, since another network may have to be loaded for it.
show_demo_limits(limits, chosen_picture, chosen_network, its_predictions)
