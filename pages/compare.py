"""The main page: one picture, one class, LRP and Integrated Gradients side by side."""

from functools import partial

import streamlit as st

from lrp import Backbone
from lrp.methods.composites import reached_rules
from lrp.methods.method import uses_rules
from pages.parts.canvas.figure import Heatmap, draw_canvas, with_older
from pages.parts.canvas.look import Look
from pages.parts.canvas.region import region_within
from pages.parts.canvas.state import current_look
from pages.parts.choose.backbone import choose_network
from pages.parts.choose.class_choice import choose_class
from pages.parts.choose.control_bar import draw_control_bar
from pages.parts.choose.cropping import choose_crop, warn_of_cut
from pages.parts.choose.linked_network import ask_for_linked_network
from pages.parts.choose.method_menus import choose_panels, methods_drawer
from pages.parts.choose.objective import choose_objective
from pages.parts.choose.panel_network import link_without_failures
from pages.parts.choose.pictures import choose_picture, own_album
from pages.parts.choose.unavailable import Unavailable, show_unavailable
from pages.parts.compare.comparison_export import comparison_export
from pages.parts.compare.copy_link import about_link, offer_link
from pages.parts.compare.demo_limits import show_demo_limits
from pages.parts.compare.downloads import offer_downloads
from pages.parts.compare.guided_tour import end_tour, offer_tour, show_tour
from pages.parts.compare.layout import Layout, lay_out, show_doubts
from pages.parts.compare.live_deletion import deletion_keys, show_live_deletion
from pages.parts.compare.loaded_settings import note_differences, set_picture_and_networks, set_question_and_methods
from pages.parts.compare.panels import MapPanel, Page, other_predictions, panels_of
from pages.parts.compare.present import is_presented, offer_present, show_present_bar
from pages.parts.compare.region import region_sentences, show_region
from pages.parts.compare.reproduce import show_reproduction
from pages.parts.compare.setting_bundles import show_bundles
from pages.parts.compare.settings_upload import offer_settings_upload
from pages.parts.compare.top_five import TopFive, show_headline_and_bars
from pages.parts.frame.album import Picture
from pages.parts.frame.fold import opened_fold
from pages.parts.frame.rule_table import show_rule_table
from pages.parts.frame.skip import show_skip_link
from pages.parts.frame.style import apply_style
from pages.parts.frame.viewport import is_narrow
from pages.parts.say import map_words, number_words, words
from pages.parts.say.picture_words import seen_note
from pages.parts.say.waiting import absence_reason, ask, is_pending, show_waiting
from pages.parts.work import compute
from pages.parts.work.question import Question, Result


def comparison(page: Page, layout: Layout, narrow: bool, presented: bool, unavailable: Unavailable | None) -> None:
    """Draws the maps and all that is said of them."""
    picture, network, objective = page.picture, page.network, page.objective
    look, box = current_look()
    drawer = methods_drawer("Methods, their settings, and presets")
    bundles = drawer.container(horizontal=True)
    panels = panels_of(page, choose_panels(narrow, drawer, network, picture, layout.epsilon))
    show_bundles(bundles)
    note_differences(panels.values())
    if others := other_predictions(page, panels.values()):
        layout.headline.markdown("  \n".join(others))
    questions = [panel.question for panel in panels.values()]
    sides = f"{words.colour_meaning(objective, network.categories, look.ends)} Each map asks in another way."
    layout.meaning.markdown(difference_sentence(panels, look) if look.view == "difference" else sides)
    found, waiting = ask(questions, deletion_keys(questions))
    results = {key: panel.shown(result, network) for (key, panel), result in zip(panels.items(), found, strict=True)}
    maps = [
        Heatmap(key, question.label, None if result is None else result.map, absence_reason(question, waiting))
        for question, (key, result) in zip(questions, results.items(), strict=True)
    ]
    seen = compute.seen(picture, network)
    headline = words.headline_of(network, network.kind.predictions(page.logits))
    if unavailable:
        headline = unavailable.headline(headline)
    coming = [is_pending(question, waiting) for question in questions]
    with layout.maps:
        st.caption(words.unit_note(objective, network.kind))
        draw_canvas(seen, with_older(maps, coming, seen.size), headline.replace("**", ""), unit=objective.unit, plain=presented)
        show_waiting(waiting)

    shown = {key: (panels[key], result) for key, result in results.items() if result is not None}
    # Of a map that was laid over another picture the squares are not those that its network sees.
    raw = dict(zip(panels, found, strict=True))
    as_seen = [(key, panel.question, result) for key, (panel, result) in shown.items() if result.map is raw[key].map]
    # What comes and goes has a place of its own: it would move the open fold of words below, and so close it.
    with st.container():
        show_live_deletion(as_seen, [question.key for question in questions], partial(show_tour, headline, as_seen))
    show_notes(picture, network, panels, results, narrow)
    said = [*filter(None, [words.sign_note(look.sign)])]
    with st.container():
        if (region := region_within(box, seen.size)) and shown:
            asked = Question(picture, network, objective, questions[0].method)
            explanations = [(panel.question, result) for panel, result in shown.values()]
            show_region(region, seen.size, asked, explanations)
            said += region_sentences(region, seen.size, asked, explanations)

    with st.expander("These maps in words"):
        st.markdown("\n".join(f"- {panel.alt}" for panel in maps if panel.values is not None))
        st.markdown(words.sign_note(look.sign))
    show_rules(questions, narrow)
    st.markdown("#### Take it with you")
    export = comparison_export(page, panels, results, headline, seen, look, region, said)
    offer_downloads(export, (unavailable.link if unavailable else {}) | link_without_failures(panels))
    offer_settings_upload()
    show_reproduction(picture, list(panels.values()), f"{export.name}.json")
    if not presented:
        offer_link(picture)
    st.caption(f"The address of this page holds every setting; copy it to share the comparison. {about_link(picture)}")


def difference_sentence(panels: dict[str, MapPanel], look: Look) -> str:
    """Returns what the difference of the two chosen maps means; for a map that is absent the canvas takes the first or last."""
    labels = {key: panel.question.label for key, panel in panels.items()}
    names = list(labels.values())
    first, second = (labels.get(key, names[at]) for key, at in zip(look.pair, (0, -1), strict=True))
    return words.difference_meaning(first, second, look.ends)


def show_notes(
    picture: Picture, network: Backbone, panels: dict[str, MapPanel], results: dict[str, Result | None], narrow: bool
) -> None:
    """Draws below each map what its network sees, if it is another one, and how far the map can be trusted."""
    notes = [st.container() for _ in range(len(panels) + 1)] if narrow else st.columns(len(panels) + 1)
    with notes[0]:
        st.markdown(f"**What the network saw**  \n{seen_note(picture, network)}")
    for column, panel, result in zip(notes[1:], panels.values(), results.values(), strict=True):
        question = panel.question
        if result is not None:
            with column:
                note = map_words.trust_note(result, question.method, question.objective, question.backbone.network)
                st.markdown("  \n".join(filter(None, (f"**{question.label}**", panel.sees, panel.seen_note, note))))
                st.caption(number_words.duration(result.seconds))


def show_rules(questions: list[Question], narrow: bool) -> None:
    """Draws which rule each layer gets, for the methods that have rules."""
    rules = []
    for question in questions:
        if uses_rules(question.method):
            whole, objective = question.backbone.network, question.objective
            rules.append((question.label, whole, reached_rules(question.method.rules(whole, objective), whole, objective)))
    if rules and (fold := opened_fold("Which rule where", "rules")):
        with fold:
            tabs = st.tabs([f"{i}. {label}" for i, (label, *_) in enumerate(rules, start=1)])
            for tab, (_, whole, found) in zip(tabs, rules, strict=True):
                show_rule_table(tab, whole, found, narrow)


apply_style()
window_is_narrow = is_narrow()
set_picture_and_networks()
whole_picture, crop_place = choose_picture()
ask_for_linked_network(whole_picture, of_maps=True)
show_skip_link("Skip to the heatmaps", ".panels[role=application]")
bar = draw_control_bar(window_is_narrow)
with bar.network:
    chosen_network, missing = choose_network(whole_picture, bar.below)
set_question_and_methods(whole_picture, chosen_network)
chosen_picture = choose_crop(own_album(), whole_picture, chosen_network, crop_place)
its_logits = compute.logits(chosen_picture, chosen_network)
its_predictions = chosen_network.kind.predictions(its_logits)
with bar.question:
    chosen_class = choose_class(chosen_network, its_predictions)
    question = choose_objective(chosen_network, chosen_class, its_predictions)

with st.container():  # what comes and goes here would move the open drawer below, and so close it
    if presented := is_presented():
        end_tour()
        show_present_bar(own_album(), chosen_picture)
    show_unavailable(missing)
layout = lay_out(window_is_narrow)
bars = TopFive(chosen_picture, chosen_network, its_predictions, question)
headline = words.headline_of(chosen_network, its_predictions)
show_headline_and_bars(layout.headline, missing.heading(headline) if missing else f"## {headline}", layout.bars, bars)
if not presented:
    with bar.beside:
        offer_tour()
        offer_present()
with layout.limits:
    cut = warn_of_cut(chosen_picture, chosen_network)
show_doubts(layout.doubts, presented, cut)
comparison(Page(chosen_picture, chosen_network, question, its_logits), layout, window_is_narrow, presented, missing)
# Last, since another network may have to be loaded for it.
unknown = show_demo_limits(layout.limits, chosen_picture, chosen_network, its_predictions)
show_doubts(layout.doubts, presented, cut, unknown)
