"""The pictures of a data set as the network saw them, kept for all visitors; and the sentence where one cannot be shown."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from PIL import Image

from lrp.datasets.dataset import DataSet, ExplainedPicture
from lrp.datasets.source_pictures import read_seen
from lrp.jobs.attributes import StoreError
from lrp.pictures.decode import InputError
from lrp.pictures.sandbox import BUSY, Decoder
from pages.parts.work.page_turns import decoding_turn
from pages.parts.work.question import SHARED_RESULTS

Seen = Image.Image | str  # a picture, or the sentence that says why there is none


def seen_pictures(dataset: DataSet, pictures: Sequence[ExplainedPicture]) -> Iterator[Seen]:
    """Yields each picture as the network saw it, or the sentence that says why it cannot be shown."""
    settings = dataset.store.settings
    how = str([settings.get(name) for name in ("size", "margin", "squash", "interpolation")])
    with closing(Decoder()) as decoder:
        for picture in pictures:
            key = ("seen picture", picture.sha256, how)
            found: Seen | None = SHARED_RESULTS.get(key)
            if found is None:
                found = _read(dataset, picture, decoder)
                if isinstance(found, Image.Image):  # a sentence is true only now: a file may come back
                    SHARED_RESULTS.put(key, found)
            yield found


def _read(dataset: DataSet, picture: ExplainedPicture, decoder: Decoder) -> Seen:
    try:
        with decoding_turn():
            return read_seen(dataset, picture, decoder)
    except (InputError, StoreError) as error:
        return str(error)
    except TimeoutError:
        return BUSY
