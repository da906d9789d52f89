"""From the bytes of a file that a stranger chose to an RGB picture, or to one plain sentence that says what to do."""

import logging
import re
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")
MAX_MEGAPIXELS = 40
MAX_SIDE = 12_000
MAX_ASPECT = 20
DRAFT_SIDE = 1024  # several times the side of any network's input: nothing that a network sees is lost

_log = logging.getLogger(__name__)

# Both tables look at the beginning of the file: names and declared types are as untrustworthy as the bytes.
_SIGNATURES = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n",
    "WebP": rb"RIFF.{4}WEBP",
    "AVIF": rb".{4}ftypavi[fs]",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{4}\0{4}",
}
_UNSUPPORTED = {
    "HEIC": rb".{4}ftyp(?:hei|hev|mif1|msf1)",
    "SVG": rb"\s*(?:<\?xml|<!--|<!DOCTYPE svg|<svg).*",
    "PDF": rb"%PDF-",
    "camera raw": rb".{4}ftypcrx|FUJIFILMCCD-RAW|IIU\0|IIR[OS]|II\*\0.{4}CR",
    "TIFF or camera raw": rb"II[*+]\0|MM\0[*+]",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "JPEG XL": rb"\0\0\0\x0cJXL |\xff\x0a",
    "Photoshop": rb"8BPS",
    "an icon": rb"\0\0[\1\2]\0",
    "PostScript": rb"%!PS",
    "a video": rb".{4}ftyp|\x1a\x45\xdf\xa3",
}
_WHITE = {"F": 1.0, "I": 65535.0}  # every 16-bit mode's name begins with an I
