"""The part of the picture that the network is given: shown on the whole picture, moved, scaled, or all of it between bars."""

import base64
import hashlib
from dataclasses import replace
from io import BytesIO

import streamlit as st
from PIL import Image, ImageDraw, ImageOps
from streamlit.delta_generator import DeltaGenerator

from lrp import Backbone
from pages.parts.frame.address import write_parameter
from pages.parts.frame.album import Album, Picture
from pages.parts.frame.crop import SMALLEST, Colour, Crop, CroppedSource, Place
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of, set_widgets
from pages.parts.say.picture_words import cut_off_sentence, outline_alt, share_seen_note
from pages.parts.work.cache import Store

CROP = SessionValue[str]("crop")  # the crop on show as the link says it, or "none"
CENTRE, PART, WHOLE = "Centre", "Part", "Whole"
PREVIEW = 480  # pixels of the longer side of the whole picture
PREVIEWS = LazySessionValue("crop previews", lambda: Store(8).of_visit())  # of the last few crops, as addresses
HELP = (
    "The network takes a picture of fixed shape, and of others sees the centre. Choose another part of your picture, or give it "
    "all of the picture, smaller, with bars where the shape differs. Your picture itself stays as it is."
)


def choose_crop(album: Album, picture: Picture, network: Backbone, place: DeltaGenerator) -> Picture:
    """Draws the fold with the whole picture and its crop at `place`; returns the picture as the network is given it."""
    if album.linked_crop and not album.missing:
        album.crops.setdefault(picture.key, album.linked_crop)
        album.linked_crop = None
    _set_controls(album, picture)
    with place.expander("Crop", icon=":material/crop:"):
        shown = st.empty()
        crop = _draw_controls(picture)
    if crop:
        album.crops[picture.key] = crop
        album.parts |= {} if crop.whole else {picture.key: crop}
    else:
        album.crops.pop(picture.key, None)
    linked = crop or album.linked_crop  # the link's holds until its picture is there
    CROP.set(linked.text if linked else "none")
    write_parameter(CROP.key, linked.text if linked else None)
    result = cropped(picture, crop, network)
    part = result.part_seen(network)
    preview = PREVIEWS.get().get_or_make((picture.key, part), lambda: _as_address(with_crop_framed(picture.image, part)))
    shown.image(preview, alt=outline_alt(picture.size, part), width="stretch")
    return result


def warn_of_cut(picture: Picture, network: Backbone) -> str:
    """Draws, where the centre leaves out a good part of the picture, a sentence with a button that gives all of it.

    Returns the sentence in short, "" where there is none.
    """
    sentence = "" if picture.original else cut_off_sentence(picture.size, picture.part_seen(network))
    if sentence:
        left, right = st.columns([5, 2], vertical_alignment="center")
        left.info(sentence, icon=":material/crop:")
        right.button(
            "Give it the whole picture", key="whole picture", on_click=set_widgets, args=({_keys(picture)[0]: WHOLE},),
            width="stretch", help="Smaller, with bars where the shape differs.",
        )  # fmt: skip
    return sentence and share_seen_note(picture.size, picture.part_seen(network))


def cropped(picture: Picture, crop: Crop | None, network: Backbone) -> Picture:
    """Returns the picture of which the network's own preprocessing leaves the crop; the picture itself for None.

    The network cuts off a margin, so that as much more is given to it. What is given beyond the picture, as bars or as such a
    margin, has the network's mean colour, which it is given as 0.
    """
    if crop is None:
        return picture
    box = crop_box(picture.size, crop, network)
    bars = mean_colour(network)
    key = f"{picture.key} crop {','.join(map(str, (*box, *bars)))}"
    return replace(picture, key=key, source=CroppedSource(picture, box, bars), original=picture)


def crop_box(size: tuple[int, int], crop: Crop, network: Backbone) -> tuple[int, int, int, int]:
    """Returns what is given to a network of a picture of that size (width, height): left, top, right and bottom in its pixels."""
    height, width = network.shape or (network.size, network.size)
    left, top, right, bottom = crop.place(size, width / height)
    more = 0.0 if network.squash else network.margin / min(height, width) / 2
    across, down = (right - left) * more, (bottom - top) * more
    start, above = round(left - across), round(top - down)
    return start, above, max(start + 1, round(right + across)), max(above + 1, round(bottom + down))


def mean_colour(network: Backbone) -> Colour:
    """Returns the colour that the network's preprocessing makes 0."""
    values = [round(min(max(value, 0.0), 1.0) * 255) for value in network.mean.flatten().tolist()]
    red, green, blue = values[:3] if len(values) >= 3 else [values[0]] * 3
    return red, green, blue


def with_crop_framed(picture: Image.Image, part: Place) -> Image.Image:
    """Returns the RGB picture, at most PREVIEW pixels wide and high, pale outside the part and with a frame round it."""
    small = ImageOps.contain(picture, (PREVIEW, PREVIEW), Image.Resampling.BILINEAR)
    across, down = small.width / picture.width, small.height / picture.height
    box = (
        max(0, round(part[0] * across)), max(0, round(part[1] * down)),
        min(small.width, round(part[2] * across)), min(small.height, round(part[3] * down)),
    )  # fmt: skip
    result = Image.blend(small, Image.new("RGB", small.size, "white"), 0.6)
    result.paste(small.crop(box), box[:2])
    draw = ImageDraw.Draw(result)
    for inset, colour in enumerate(("black", "white", "black")):  # visible on every picture
        draw.rectangle((box[0] + inset, box[1] + inset, box[2] - 1 - inset, box[3] - 1 - inset), outline=colour)
    return result


def _keys(picture: Picture) -> tuple[str, str, str, str]:
    """The keys of the controls of this picture: what is given, and the three numbers of a part."""
    mark = hashlib.sha256(picture.key.encode()).hexdigest()[:12]
    return f"crop kind {mark}", f"crop across {mark}", f"crop down {mark}", f"crop size {mark}"


def crop_controls(picture: Picture, crop: Crop | None, part: Crop | None = None) -> dict[str, object]:
    """Returns what the controls hold for this crop, by their keys. part: the numbers while another crop is chosen."""
    kind, *numbers = _keys(picture)
    chosen = CENTRE if crop is None else WHOLE if crop.whole else PART
    given = crop if crop and not crop.whole else part or Crop()
    return {kind: chosen, **dict(zip(numbers, (given.across, given.down, given.size), strict=True))}


def _set_controls(album: Album, picture: Picture) -> None:
    """Gives the controls that are new, such as on another page, the crop that the visit has chosen."""
    for key, value in crop_controls(picture, album.crops.get(picture.key), album.parts.get(picture.key)).items():
        control: SessionValue[object] = owner_of(key)
        if not control.is_set:
            control.set(value)


def _draw_controls(picture: Picture) -> Crop | None:
    """Draws the controls and returns the crop that they describe."""
    kind, across, down, size = _keys(picture)
    chosen = st.segmented_control("The network is given", (CENTRE, PART, WHOLE), key=kind, required=True, help=HELP)
    if chosen != PART:
        return Crop(whole=True) if chosen == WHOLE else None
    return Crop(
        st.slider(
            "Centre, from the left", 0, 100, key=across, format="%d%%",
            help="Where the middle of the part lies, in per cent of the picture's width.",
        ),
        st.slider(
            "Centre, from the top", 0, 100, key=down, format="%d%%",
            help="Where the middle of the part lies, in per cent of the picture's height.",
        ),
        st.slider(
            "Size", SMALLEST, 100, key=size, format="%d%%",
            help="How large the part is, in per cent of the largest one that the picture has room for.",
        ),
    )  # fmt: skip


def _as_address(picture: Image.Image) -> str:
    """Returns a data address. A file would be gone where the page is drawn again before the browser has fetched it."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
