"""How to read a heatmap: for stakeholders first, formulas after."""

import streamlit as st

from pages.parts.frame.style import apply_style
from pages.parts.guide.example import show_example
from pages.parts.guide.guide_picture import show_heatmap
from pages.parts.guide.lattice import show_lattice

apply_style()
st.title("How to read a heatmap")

st.markdown(
    """
A classifier gives every class a number, its **logit**; the class with the highest one is what it "sees". A heatmap shares
that number out among the pixels of the picture:

- **Red** (or orange) pixels spoke **for** the explained class: a part of its number is credited to them.
- **Blue** (or purple) pixels spoke **against** it: what is credited to them is below 0.
- **White** pixels did not matter, or what they said was cancelled by what others said.
"""
)
show_heatmap()
st.markdown(
    """
A good first question is not "is the map pretty?" but **"is the red where I would look?"** If a network recognizes a fish by
the hands that hold it, the map shows hands. That is not a fault of the map; it is what the network learned.
"""
)

left, right = st.columns(2)
with left.container(border=True):
    st.subheader("Layer-wise Relevance Propagation")
    st.markdown(
        """
LRP starts at the explained logit and walks back through the network, layer by layer. Each unit hands what it received to the
units below it, **in proportion to what they contributed**. What arrives at the pixels is the map. It needs one pass forward and
one back: a fraction of a second.
"""
    )
    st.latex(r"R_j = \sum_k \frac{a_j w_{jk}}{z_k + \varepsilon\,\mathrm{sign}\, z_k}\, R_k")
    st.latex(r"z_k = \sum_j a_j w_{jk} + b_k")
    st.markdown(
        """
**Epsilon** takes a little from everybody: weak and contradictory evidence drowns in it, strong evidence stays. At 0 the map is
nearly the gradient times the picture, fine-grained and noisy. **Best practice** uses different rules at different heights; the
z⁺ rule shares out only evidence in favour and gives the calm maps that show *where*.
"""
    )
with right.container(border=True):
    st.subheader("Integrated Gradients")
    st.markdown(
        """
IG fades the picture in from a **baseline**, such as a black one, and adds up at every step how much each pixel's change moved
the logit. Its sum is, by a theorem, the logit of the picture less that of the baseline; the gap to it says whether there
were steps enough.
"""
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

st.subheader("What a heatmap cannot tell")
st.markdown(
    """
- **Not why in the human sense.** It shows where evidence lies, not which concept the network made of it.
- **Not whether the answer is right.** A wrong answer has a heatmap as well, often a convincing one.
- **Not what would happen if.** A map is no experiment: the network may do well without the red pixels. *How far to trust*
  covers them and measures what becomes of the answer; there are maps that do no better than chance.
- **Not about other pictures.** One picture, one class, one network.
- **Not about anything outside the frame.** The network saw the centre of the picture, scaled down: the first panel.
"""
)

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
