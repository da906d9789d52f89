"""How to read a heatmap: for stakeholders first, formulas after."""

import streamlit as st

from pages.parts.frame.style import apply_style
from pages.parts.guide.example_section import show_example
from pages.parts.guide.glossary import list_of_words, prose
from pages.parts.guide.guide_picture import show_heatmap
from pages.parts.guide.lattice import show_lattice

apply_style()
st.title("How to read a heatmap")

st.html(
    prose(
        """
A [classifier] gives every [class] a number of points, its [logit]. The class with the most points is what it "sees". A
[heatmap] shares those points out among the pixels of the picture; the share of a pixel is its [relevance]. The underlined words
open when you press them.
"""
    )
)
show_heatmap()

first, second, third = st.columns(3)
first.markdown("**Red** (or orange) pixels spoke **for** the explained class: a part of its points is credited to them.")
second.markdown("**Blue** (or purple) pixels spoke **against** it: what is credited to them is below 0.")
third.markdown("**White** pixels did not matter, or what they said was cancelled by what others said.")
st.markdown(
    """
A good first question is not "is the map pretty?" but **"is the red where I would look?"** If a network recognizes a fish by
the hands that hold it, the map shows hands. That is not a fault of the map; it is what the network learned.
"""
)

left, right = st.columns(2)
with left.container(border=True):
    st.subheader("Layer-wise Relevance Propagation")
    st.html(
        prose(
            """
**LRP** starts at the explained logit and walks back through the network, [layer] by layer. Each unit hands what it received to
the units below it, **in proportion to what they contributed**: their number times the [weight] between the two. What arrives at
the pixels is the map. It needs one pass forward and one back: a fraction of a second.
"""
        )
    )
    st.latex(r"R_j = \sum_k \frac{a_j w_{jk}}{z_k + \varepsilon\,\mathrm{sign}\, z_k}\, R_k")
    st.latex(r"z_k = \sum_j a_j w_{jk} + b_k")
    st.html(
        prose(
            """
[Epsilon|epsilon] takes a little from everybody: weak and contradictory evidence drowns in it, strong evidence stays. At 0 the
map is nearly the [gradient] times the picture, fine-grained and noisy. What belongs to a [bias] reaches no pixel. **Best
practice** uses different rules at different heights; the z⁺ rule shares out only evidence in favour and gives the calm maps
that show *where*.
"""
        )
    )
with right.container(border=True):
    st.subheader("Integrated Gradients")
    st.html(
        prose(
            """
**IG** fades the picture in from a [baseline], such as a black one, and adds up at every step how much each pixel’s change moved
the logit. Its sum is, by a theorem, the logit of the picture less that of the baseline; the gap to it says whether there were
steps enough.
"""
        )
    )
    st.latex(r"R_j = (x_j - x'_j)\int_0^1 \frac{\partial f(x_t)}{\partial x_j}\, dt")
    st.latex(r"x_t = x' + t\,(x - x')")
    st.markdown(
        """
The **baseline is its viewpoint**: pixels that equal it can get no relevance. With a black baseline a black cat is invisible.
Change the baseline and see what stays.
"""
    )

st.subheader("Try it on a network of three units")
show_example()

st.subheader("Why the map is a mean")
show_lattice()

agree, cannot = st.columns(2, gap="large")
with agree:
    st.subheader("Why the maps disagree")
    st.markdown(
        """
They answer different questions about the same network. LRP asks *through which parts did the evidence flow*; IG asks *what
changes the answer on the way from the baseline*. Between good methods a rank correlation near 0 is common, even between two
LRP rules or two baselines. Trust what several views agree on, and read the line under each map: does it sum to what it should?

- A **green** mark: the map adds up to the number it explains, within 5 %.
- An **amber** mark: it does not, and the line says why. With LRP the rest usually stayed with the biases and epsilon, which is
  how these rules work; read the places, not the amounts. With IG, more steps help.
"""
    )
with cannot:
    st.subheader("What a heatmap cannot tell")
    st.markdown(
        """
- **Not why in the human sense.** It shows where evidence lies, not which concept the network made of it.
- **Not whether the answer is right.** A wrong answer has a heatmap as well, often a convincing one.
- **Not what would happen if.** A map is no experiment: the network may do well without the red pixels. The slider under each map
  on *Compare* covers them, and *How far to trust* measures what becomes of the answer; some maps do no better than chance.
- **Not about other pictures.** One picture, one class, one network.
- **Not about anything outside the frame.** The network saw the centre of the picture, scaled down: the first panel.
"""
    )

st.subheader("The words")
st.html(list_of_words())

st.subheader("Sources")
st.markdown(
    """
- Bach et al. 2015, *On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance Propagation*,
  PLoS ONE.
- Montavon et al. 2017, *Explaining Nonlinear Classification Decisions with Deep Taylor Decomposition*, Pattern Recognition.
- Montavon et al. 2019, *Layer-Wise Relevance Propagation: An Overview*, in: Explainable AI, Springer LNCS 11700.
- Kohlbrenner et al. 2020, *Towards Best Practice in Explaining Neural Network Decisions with LRP*, IJCNN.
- Sundararajan, Taly, Yan 2017, *Axiomatic Attribution for Deep Networks*, ICML.
- Adebayo et al. 2018, *Sanity Checks for Saliency Maps*, NeurIPS: why one should doubt pretty maps.
"""
)
