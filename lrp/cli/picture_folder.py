"""The pictures of a folder as the value of a setting."""

from pathlib import Path

from PIL import ImageOps

from lrp.cli.files import printable
from lrp.pictures.decode import InputError
from lrp.pictures.picture_files import find_pictures, read
from lrp.pictures.picture_set import PictureSet
from lrp.pictures.sandbox import decode_image

MOST = 128  # pictures of a folder that are read
SIDE = 512  # pixels; the shorter side of larger pictures is scaled down to it, for all of them stay in memory


def read_folder(folder: str) -> PictureSet:
    """Returns the pictures in a folder and below it; of more than MOST, so many, spread evenly over the order of their names.

    Raises ValueError for a folder without pictures, for what is no folder, and for a file that is no picture.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"references must be samples or a folder of pictures, got {printable(folder)}")
    files = find_pictures([folder])
    count = min(len(files), MOST)
    images = []
    for i in range(count):
        file = files[i * len(files) // count]
        try:
            image = decode_image(read(file))
        except InputError as error:
            raise ValueError(f"{printable(file)}: {error}") from error
        scale = SIDE / min(image.size)
        images.append(ImageOps.scale(image, scale) if scale < 1 else image)
    return PictureSet(printable(Path(folder).resolve().name), images)
