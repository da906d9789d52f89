"""The main page: one picture, one class, LRP and Integrated Gradients side by side."""

import streamlit as st

from lrp.composites import table
from lrp.heatmap import clipped_share, limit_of, only
from pages.parts import compute, words
from pages.parts.controls import choose_panels
from pages.parts.downloads import offer, settings_of
from pages.parts.figure import CONFIG, Heatmap, draw, scale_bar
from pages.parts.look import choose_look
from pages.parts.network import choose_class, choose_network
from pages.parts.objective import choose_objective
from pages.parts.pictures import choose_picture
from pages.parts.style import tidy
from pages.parts.viewport import is_narrow
from pages.parts.waiting import ask, show_waiting, why_absent

tidy()
narrow = is_narrow()
with st.sidebar:
    st.subheader("Picture")
    picture = choose_picture()
    st.subheader("Network")
    network = choose_network(picture)
    logits = compute.logits(picture, network)
    probabilities = logits.softmax(0)
    target = choose_class(network, probabilities)
    objective = choose_objective(network, target, probabilities)
    st.subheader("Display")
    look = choose_look()

best = int(probabilities.argmax())
headline = words.headline(network.name, network.categories[best], float(probabilities[best]))
st.markdown(f"## {headline}")
st.markdown(f"{words.sides(objective, network.categories, look.ends)} Each map asks in another way.")

methods = choose_panels(narrow)
questions = [compute.Question(picture, network, objective, method) for method in methods]
results, waiting = ask(questions)

shown = [None if result is None else only(result.map, look.sign) for result in results]
present = [values for values in shown if values is not None]
limits = [limit_of(present if look.common else [values], look.percentile) if values is not None else 1.0 for values in shown]
maps = [
    Heatmap(question.method.label, values, limit, absent=why_absent(question, waiting))
    for question, values, limit in zip(questions, shown, limits, strict=True)
]
panels = list(maps)
if look.difference and shown[0] is not None and shown[2] is not None:
    panels.append(Heatmap("Difference (first - third)", shown[0] / limits[0] - shown[2] / limits[2], 1.0, "of each map's range"))

seen = network.as_seen(network.preprocess(picture.image))
columns = 2 if narrow else len(panels) + 1
told = [words.summary(panel.title, panel.values) for panel in maps if panel.values is not None]
figure = draw(seen, panels, look, columns, side=170 if narrow else 1000 // columns)
st.plotly_chart(figure, key="comparison", config=CONFIG, alt=" ".join([headline.replace("**", ""), *told]))
show_waiting(waiting)

notes = [st.container() for _ in range(len(panels) + 1)] if narrow else st.columns(len(panels) + 1)
with notes[0]:
    st.markdown(f"**What the network saw**  \n{words.crop(picture.image.size, seen.size)}")
for column, method, result, panel in zip(notes[1:], methods, results, maps, strict=False):
    if result is not None and panel.values is not None:
        with column:
            st.html(scale_bar(panel, look))
            st.markdown(f"**{panel.title}**  \n{words.trust(result, method, objective)}")
            st.caption(words.small_print(result, clipped_share(panel.values, panel.limit)))

with st.expander("These maps in words"):
    st.markdown("\n".join(f"- {line}" for line in told))

rules = [(method.label, table(method.rules(network.network))) for method in methods if method.family == "LRP"]
if rules:
    with st.expander("Which rule where"):
        for tab, (_, text) in zip(st.tabs([f"{i}. {label}" for i, (label, _) in enumerate(rules, start=1)]), rules, strict=True):
            tab.code(text, language=None)

answers = [(asked, result, panel) for asked, result, panel in zip(questions, results, maps, strict=True) if result]
st.markdown("#### Take it with you")
offer(headline, seen, answers, look, settings_of(questions, logits, look), logits)
st.caption(
    "The address of this page holds every setting; copy it to share the comparison. "
    "An uploaded picture is not part of it, a sample or a link is."
)
