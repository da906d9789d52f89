"""Files that a visitor brings to the server or takes from it."""

import json
import urllib.error
import urllib.request
from http.client import HTTPConnection
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.session import PATIENCE, LoadError, Session

MOST_CLICKS = 100


def numbers(session: Session) -> tuple[dict[str, Any], list[Any], int]:
    """The settings and the relevance of each map, (3, H, W), as the button for the numbers hands them out.

    Third, how often it had to be clicked again: Streamlit keeps a file that is made on a click only until two scripts of
    whatever visitors have ended.
    """
    for clicks in range(MOST_CLICKS):
        if data := _made_file(session):
            with np.load(BytesIO(data), allow_pickle=False) as arrays:
                names = [name for name in arrays.files if name.startswith("relevance")]
                return json.loads(str(arrays["settings"])), [arrays[name] for name in names], clicks
    raise LoadError(f"the download was not there after {MOST_CLICKS} clicks")


def _made_file(session: Session) -> bytes | None:
    """The file of numbers, None where it has gone again."""
    (button,) = (button for button in session.all("download_button") if "NPZ" in button.label)
    message = BackMsg()
    request = message.backend_operation_request
    request.session_id = session.id
    request.request_id = request.deferred_file.file_id = button.deferred_file_id
    session.send(message)
    while (found := session.receive()).WhichOneof("type") != "backend_operation_response":
        pass
    if found.backend_operation_response.error_msg:
        raise LoadError(found.backend_operation_response.error_msg)
    try:
        with urllib.request.urlopen(session.url + found.backend_operation_response.deferred_file.url, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            if error.code != 404:
                raise LoadError(f"the download answers with {error.code}") from None
    return None


def upload(session: Session, data: bytes, name: str) -> int:
    """Brings a file as the browser does, and runs the page with it; returns the status of the upload, 204 if it was taken."""
    status = put_file(session, data, "the-file", name)
    if status == 204:
        (widget,) = session.all("file_uploader")
        state = WidgetState(id=widget.id)
        state.file_uploader_state_value.uploaded_file_info.add(file_id="the-file", name=name, size=len(data))
        message = BackMsg()
        message.rerun_script.widget_states.widgets.append(state)
        session.rerun(message)
    return status


def put_file(session: Session, data: bytes, file: str, name: str = "picture.png") -> int:
    """Sends a file of this session to the server, and asks for nothing; returns the status, 0 for a hang-up."""
    boundary = "0b5c1d"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode() + data + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip
    connection = HTTPConnection(urlsplit(session.url).netloc, timeout=PATIENCE, source_address=(session.address, 0))
    try:
        connection.request("GET", "/_stcore/health")
        answer = connection.getresponse()
        answer.read()
        token = (answer.getheader("Set-Cookie") or "").partition("=")[2].partition(";")[0]
        connection.request("PUT", f"/_stcore/upload_file/{session.id}/{file}", body, {
            "Content-Type": f"multipart/form-data; boundary={boundary}", "X-Xsrftoken": token,
            "Cookie": f"_streamlit_xsrf={token}",
        })  # fmt: skip
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
