"""The fold that takes a file of *Settings (JSON)* back, and what is said of the file."""

from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from lrp.cli.settings_record import ComparisonSettings, NoRecordError, read_record, record_in
from pages.parts.choose.picture_sources import free_upload
from pages.parts.frame.file_names import name_as_markdown
from pages.parts.frame.fold import opened_fold
from pages.parts.frame.state import LazySessionValue, SessionValue, owner_of

MAX_SETTINGS = 1_000_000  # bytes of a file, as the control says; the page writes a few thousand
LONGEST_REASON = 160  # characters
NO_SETTINGS = "it holds no settings of a comparison; take a file that *Settings (JSON)* has handed out"


@dataclass
class Loading:
    """A file of settings that a visitor has handed in.

    uploads: how many have come; each takes a new control. expected: whether one has come that is not read yet. name: of the last
    one that was read, as Markdown. settings: what it says, until all of it is set. notes: what of it cannot be, a sentence each.
    problem: why the last one was not taken, one sentence.

    Settings are kept until all are set, for a run that sets them may be ended half-way by another message of the browser.
    """

    uploads: int = 0
    expected: bool = False
    name: str = ""
    settings: ComparisonSettings | None = None
    notes: list[str] = field(default_factory=list)
    problem: str = ""

    def expect(self) -> None:
        """Has the next run read the file: a callback only sets this, see `Album`."""
        self.expected = True

    def close(self) -> None:
        """Says no more of the last file."""
        self.name = self.problem = ""

    def finish(self) -> None:
        """Notes that all is set that can be."""
        self.settings = None


LOADING = LazySessionValue("loaded settings", Loading)


def take_settings(loading: Loading) -> None:
    """Reads the file that has come, if one has; what cannot be read leaves all else as it is."""
    if not loading.expected:
        return
    loading.expected = False
    upload: SessionValue[UploadedFile | DeletedFile | None] = owner_of(_upload_key(loading))
    uploaded = upload.get()
    if not uploaded or isinstance(uploaded, DeletedFile):  # as one is that a message names but nobody has sent
        return
    loading.uploads += 1
    data, name = uploaded.getvalue(), name_as_markdown(uploaded.name)
    free_upload(uploaded)
    loading.close()
    try:
        loading.settings = settings_in(data)
        loading.name, loading.notes = name, []
    except ValueError as error:
        loading.problem = f"The file **{name}** was not loaded: {error}."


def settings_in(data: bytes) -> ComparisonSettings:
    """Returns the settings in a file. Raises ValueError, such as "it is not JSON", in Markdown, for what holds none."""
    if len(data) > MAX_SETTINGS:
        raise ValueError(f"it has {len(data) / 1000:,.0f} kB, and a file of settings has at most {MAX_SETTINGS / 1e6:g} MB")
    try:
        record = record_in(data)
    except NoRecordError:
        raise ValueError(NO_SETTINGS) from None
    except ValueError as error:
        raise ValueError(f"it {name_as_markdown(str(error), LONGEST_REASON)}") from None
    try:
        return read_record(record, folders=False)
    except NoRecordError:
        raise ValueError(NO_SETTINGS) from None
    except ValueError as error:
        raise ValueError(f"in it, {name_as_markdown(str(error), LONGEST_REASON)}") from None


def offer_settings_upload() -> None:
    """Draws the fold, which has the control while it is open, and what there is to say of the last file."""
    loading = LOADING.get()
    if loading.problem:
        st.warning(loading.problem, icon=":material/settings_alert:")
    elif loading.name:
        st.info("  \n".join([f"The settings of **{loading.name}** are set.", *loading.notes]), icon=":material/settings:")
    if loading.problem or loading.name:
        st.button("Close this message", key="close settings message", on_click=loading.close)
    if fold := opened_fold("Load settings (JSON)", "load settings"):
        with fold:
            st.file_uploader(
                "Settings of a comparison", ["json"], key=_upload_key(loading), max_upload_size=1, on_change=loading.expect,
                help="A file that Settings (JSON) has handed out: question, maps, networks and display become what it says. The "
                "picture is chosen where it is a sample or one that you have brought in this visit.",
            )  # fmt: skip


def _upload_key(loading: Loading) -> str:
    return f"settings upload {loading.uploads}"
