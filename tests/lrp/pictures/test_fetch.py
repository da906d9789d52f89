"""Nothing of the environment is used, nothing of a link is logged, and nothing else in the project opens one."""

import ast
import logging
from pathlib import Path

import pytest

from lrp.pictures.fetch import fetch_image
from tests.loopback import Loopback, http
from tests.lrp.pictures.link_kit import PICTURE, Resolver, refusal


@pytest.mark.parametrize("value", ["0", "false", "No", " off "])
def test_links_can_be_switched_off(server: Loopback, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LRP_ALLOW_URL", value)
    assert refusal(server.serve("/", http(PICTURE))).startswith("Links are switched off here")
    assert server.requests == []
    monkeypatch.setenv("LRP_ALLOW_URL", "1")
    assert fetch_image(server.url()) == PICTURE


def test_nothing_of_the_environment_is_used_or_sent(
    server: Loopback, resolver: Resolver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resolver.name("picture.test", ["127.0.0.1"])
    (tmp_path / ".netrc").write_text("machine picture.test login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.serve("/", http(status=302, location="/cat", set_cookie="a=b"))
    server.serve("/cat", http(PICTURE))
    assert fetch_image(server.url("/", "picture.test")) == PICTURE
    assert not any(word in request.lower() for request in server.requests for word in ("authorization", "referer"))


def test_the_log_says_why_but_not_which_link(server: Loopback, resolver: Resolver, caplog: pytest.LogCaptureFixture) -> None:
    resolver.name("secret.test", ["127.0.0.1"])
    caplog.set_level(logging.INFO)
    refusal("http://secret.test/secret.png")
    refusal("http://10.9.8.7/secret.png")
    refusal("http://unknown-secret.test/secret.png")
    refusal(f"http://secret.test:{server.port + 1}/secret.png")
    refusal(server.serve("/secret", b"HTTP/1.1 200 OK\r\nno header\r\nX: 1\r\nContent-Length: 9\r\n\r\n"))
    fetch_image(server.serve("/secret.png", http(PICTURE)))
    assert "address or port not permitted" in caplog.text
    assert "gaierror" in caplog.text
    assert not any(word in caplog.text for word in ("secret", "10.9.8.7", "127.0.0.1"))


ROOT = Path(__file__).parents[3]
NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http.client", "httpx", "multiprocessing", "requests", "requests_hardened", "smtplib",
    "socket", "socketserver", "subprocess", "telnetlib", "urllib.request", "urllib3", "webbrowser", "websockets", "xmlrpc",
}
DOWNLOADS = {
    "urlopen", "urlretrieve", "download_url_to_file", "load_state_dict_from_url", "create_connection", "hf_hub_download",
    "system", "popen", "posix_spawn", "execv", "exec", "eval",
}  # fmt: skip
IMPORTERS = {"__import__", "import_module"}
MAY_OPEN_LINKS = {"lrp/pictures/link_download.py", "lrp/pictures/guarded_session.py"}
MAY_DOWNLOAD_WEIGHTS = {"lrp/models/download.py"}  # from an address in the code or the server's settings, never a visitor's
# Readers of files, which open nothing: they have them on their standard input.
MAY_START_A_PROCESS = {"lrp/sandbox/process.py", "lrp/sandbox/service.py"}
MAY_BECOME_THE_SERVER = {"lrp/cli/app.py"}  # by a command line, as `streamlit run` is
# At the address that the command line or the server's settings name; the driver is a process that does so for a server.
MAY_REACH_A_CLUSTER = {"lrp/jobs/ray_cluster.py", "lrp/jobs/ray_driver.py"}
# They answer what comes, in the server's own loop, and ask this machine for its name.
MAY_WAIT = {f"pages/parts/shell/{name}.py" for name in ("uploads", "socket_intake", "large_messages")}  # for what is sent here
MAY_SERVE = {"pages/parts/shell/limits.py", "pages/parts/shell/local_server.py", *MAY_WAIT}
MAY_IMPORT_BY_NAME = {"lrp/sandbox/child.py"}  # the job that the program, never a visitor, names


def network_words(source: str) -> set[str]:
    """What a source imports or calls that can open a connection."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (DOWNLOADS - {"eval"})  # a network's eval() sets its mode
        elif isinstance(node, ast.Name):
            found |= {node.id} & DOWNLOADS
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in IMPORTERS:
            found |= {name.value if isinstance(name, ast.Constant) else "eval" for name in node.args[:1]}
    found |= {word.rpartition(".")[2] for word in found} & DOWNLOADS
    return {word for word in found if word in DOWNLOADS or any(f"{word}.".startswith(f"{name}.") for name in NETWORK)}


def test_nothing_else_in_the_project_opens_a_link() -> None:
    files = [*ROOT.glob("lrp/**/*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("app.py")]
    names = {path.relative_to(ROOT).as_posix() for path in files if network_words(path.read_text("utf-8"))}
    processes = MAY_START_A_PROCESS | MAY_BECOME_THE_SERVER | MAY_IMPORT_BY_NAME
    assert names == MAY_OPEN_LINKS | MAY_DOWNLOAD_WEIGHTS | MAY_REACH_A_CLUSTER | MAY_SERVE | processes
    pipes = {f"multiprocessing.connection{name}" for name in ("", ".Pipe", ".Connection")}  # between two processes here
    assert network_words((ROOT / "lrp/jobs/ray_driver.py").read_text("utf-8")) == {"subprocess", *pipes}
    for name in MAY_START_A_PROCESS:
        assert network_words((ROOT / name).read_text("utf-8")) == {"subprocess"}
    for name in MAY_WAIT:
        assert network_words((ROOT / name).read_text("utf-8")) == {"asyncio"}
    assert network_words((ROOT / "lrp/sandbox/child.py").read_text("utf-8")) == {"eval"}


OPENERS = [
    "import requests", "import urllib.request as u", "from http import client", "from urllib3.util import x",
    "import torch\ntorch.hub.load_state_dict_from_url(u)", "import asyncio", "import os\nos.system(c)", "__import__('socket')",
    "import importlib\nimportlib.import_module('requests')", "__import__(name)", "eval(text)",
]  # fmt: skip


@pytest.mark.parametrize("source", OPENERS)
def test_the_search_for_other_openers_finds_them(source: str) -> None:
    assert network_words(source)
    assert not network_words("from urllib.parse import urljoin\nimport http\nimport torch")
