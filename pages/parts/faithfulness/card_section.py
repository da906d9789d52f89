"""The section of the page with report cards and curves; the previous ones stay, dimmed, until the new are measured."""

from collections.abc import Hashable, Mapping, Sequence

import streamlit as st

from lrp.heads import REGRESSION
from lrp.metrics import ASPECTS
from pages.parts.faithfulness.measurements import STABILITY, stability_seconds
from pages.parts.faithfulness.report_card import MapCard, curves_sentence, curves_table
from pages.parts.faithfulness.trust_charts import curves_figure
from pages.parts.frame.charts import CONFIG
from pages.parts.frame.file_names import as_markdown
from pages.parts.frame.maps import draw, faded
from pages.parts.frame.state import LazySessionValue
from pages.parts.say import map_words
from pages.parts.say.request import is_requested, offer_test
from pages.parts.work.question import Question

Asked = Mapping[str, tuple[str, Question]]  # the name of each map and its question, by its panel

# What was last measured, which stands dimmed in its place until the next is.
LAST_CARDS = LazySessionValue("cards in place", dict[str, MapCard])
LAST_CURVES = LazySessionValue("curves in place", list[MapCard])
MEAN_VALUE = "the mean value on the way, where the whole picture has 1, or -1, and the one that is replaced as a whole 0"


def show_cards(asked: Asked, cards: Mapping[Hashable, MapCard], scale: str, narrow: bool, pending: bool) -> None:
    """Draws a card for each map.

    cards: the known ones by the key of their question. pending: whether something is still being measured.
    """
    before = LAST_CARDS.get()
    places = st.columns(1 if narrow else len(asked)) * len(asked)
    for place, (panel, (name, question)) in zip(places, asked.items(), strict=False):
        card, old = cards.get(question.key), before.get(panel)
        with place, st.container(border=True):
            if card:
                same = old is not None and old.question.key == question.key
                _show_card(card, scale, old if same else None, pending)
                if card.curves or not same:
                    before[panel] = card
            else:
                st.markdown(f"**{name}**  \n{'being measured ...' if pending else 'not computed'}")
                if old and pending:
                    _show_old(old, scale)


def _show_card(card: MapCard, scale: str, old: MapCard | None, pending: bool) -> None:
    """Draws a map and a sentence on each aspect. old: the card of the same map as it was measured before."""
    st.markdown(f"**{card.name}**")
    alt = map_words.map_summary(card.name, card.result.map)
    st.image(draw(card.result.map, scale), width="stretch", alt=alt, output_format="PNG")
    offered = not (card.question.quick or card.stability or is_requested(STABILITY, card.question))
    said = card.words()
    waits = {aspect: f"Being measured ... :gray[Before: {sentences}]" for aspect, sentences in old.words().items()} if old else {}
    waits = {aspect: waits.get(aspect, "Being measured ...") if pending else "Not measured." for aspect in ASPECTS}
    waits |= {"stability": "Not measured, for it takes long."} if offered else {}
    st.markdown("\n".join(f"- **{title}.** {(waits | said)[aspect]}" for aspect, (title, _) in ASPECTS.items()))
    if offered:
        about = "The map is made again for slightly noisy pictures."
        offer_test(STABILITY, "Measure its stability", [card.question], stability_seconds(card.result), about, card.name)


def _show_old(card: MapCard, scale: str) -> None:
    title = f"{card.name}, {card.question.picture.name}"
    picture = faded(draw(card.result.map, scale))
    st.image(picture, width="stretch", alt=f"The previous map: {title}", output_format="PNG")
    sentences = card.words()
    st.caption(
        f"Until then, what stood here before: {as_markdown(title)}\n\n"
        + "\n".join(f"- **{title}.** {sentences[aspect]}" for aspect, (title, _) in ASPECTS.items() if aspect in sentences)
    )


def show_curves(cards: Sequence[MapCard], narrow: bool, pending: bool) -> None:
    """Draws what the network says of the class while the picture is covered, and while it is given back."""
    measured = any(card.curves for card in cards)
    if measured:
        LAST_CURVES.set(list(cards))
    shown: Sequence[MapCard] = cards if measured else LAST_CURVES.get() if pending else []
    if not measured:
        st.markdown("The curves are drawn here as soon as they are measured; the bar above says how far that is.")
        if not shown:
            return
        st.markdown("Until then, dimmed, those that stood here before:")
    sentences = [curves_sentence(card) for card in shown if measured or card.curves]
    st.markdown("\n".join(f"- {each}" if measured else f"- :gray[{each}]" for each in sentences))
    alt = f"Deletion and insertion curves{'' if measured else ' before'}. " + " ".join(sentences).replace("**", "")
    figure = curves_figure(shown, narrow)
    st.plotly_chart(figure if measured else figure.update_traces(opacity=0.35), key="curves chart", config=CONFIG, alt=alt)
    head = shown[0].question.backbone.kind
    mean = MEAN_VALUE if head is REGRESSION else f"the mean {head.noun} of the {head.output} on the way"
    st.caption(
        f"The number beside each name is the area under its curve: {mean}. The grey band is one standard deviation of ten random "
        "orders to either side."
    )
    if measured:
        st.dataframe(curves_table(shown), hide_index=True)
