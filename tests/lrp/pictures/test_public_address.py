"""Links as strangers type them: which may be asked for at all. Nothing here leaves loopback."""


import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrp.pictures import public_address as addresses
from lrp.pictures.fetch import UNREACHABLE
from tests.lrp.pictures.link_kit import Resolver, refusal

PUBLIC = ["93.184.215.14", "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1",
    "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:100.64.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808",
    "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "[::1]",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_of_the_public_internet_are_public_on_web_ports_only(address: str) -> None:
    assert addresses.permitted(address, 80)
    assert addresses.permitted(address, 443)
    assert not any(addresses.permitted(address, port) for port in (21, 22, 25, 6379, 8080, 8443))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_reserved_addresses_are_not_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_or_link_that_leads_inside_is_refused_with_the_sentence_that_tells_nothing(
    address: str, resolver: Resolver
) -> None:
    numeric = address.strip("[]")
    resolver.name("inside.test", [numeric.split("%")[0]])
    assert refusal("http://inside.test/cat.png") == UNREACHABLE
    assert refusal(f"https://{f'[{numeric}]' if ':' in numeric else numeric}/cat.png") == UNREACHABLE


HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "printer", "app.localtest.me", "127.0.0.1.nip.io",
    "127.0.0.%31", "%31%32%37.0.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::1]",
    "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[fe80::1%25lo]", "[fe80::1%lo]",
    "[64:ff9b::7f00:1]", "[fd00:ec2::254]", "metadata.google.internal",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_spells_an_inside_address_is_refused(host: str, resolver: Resolver) -> None:
    for name in ("localhost", "localhost.", "printer", "app.localtest.me", "127.0.0.1.nip.io", "metadata.google.internal"):
        resolver.name(name, ["127.0.0.1"])
    for port in ("", ":80", ":443"):
        assert refusal(f"http://{host}{port}/cat.png") == UNREACHABLE


DISGUISED = [
    "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "１２７.0.0.1", "ⓛocalhost",
    "loca\u200blhost", "127.0.0.1%00.example.com",
]  # fmt: skip


@pytest.mark.parametrize("host", DISGUISED)
def test_a_host_in_letters_that_look_like_others_is_refused(host: str, resolver: Resolver) -> None:
    resolver.name("localhost", ["127.0.0.1"])
    assert refusal(f"http://{host}/cat.png").startswith("This is not a complete link")


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 8080, 65535])
def test_other_ports_are_refused_without_a_connection(port: int, resolver: Resolver) -> None:
    resolver.name("picture.test", ["93.184.215.14"])
    for host in ("picture.test", "127.0.0.1", "nowhere.test"):  # the same sentence, whatever is behind the name
        assert refusal(f"http://{host}:{port}/cat.png").startswith("Links are fetched from the ports 80 and 443 of the web only")
    assert resolver.asked == []


NOT_WEB = [
    "file:///etc/passwd", "ftp://picture.test/cat.png", "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1:11211/stats",
    "data:image/png;base64,iVBORw0KGgo=", "jar:http://picture.test!/", "ws://picture.test/", "unix:/var/run/docker.sock",
    "javascript:alert(1)", "httpx://picture.test/", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "//picture.test/cat.png",
    "picture.test/cat.png", "/etc/passwd", "http:/picture.test/cat.png", "http:picture.test", "blob:https://picture.test/1",
]  # fmt: skip


@pytest.mark.parametrize("url", NOT_WEB)
def test_only_http_and_https_are_fetched(url: str) -> None:
    assert refusal(url).startswith("Only links that begin with http:// or https://")


INCOMPLETE = [
    "http://", "https://", "http:///cat.png", "http://:80/", "http://[::1/", "http://[zz]/", "http://picture.test:port/",
    "http://picture.test:99999/", "http://picture.test\\@127.0.0.1/", "http://picture.test/\r\nHost: 127.0.0.1",
    "http://picture.test/\x00", "http://pic\tture.test/",
]  # fmt: skip


@pytest.mark.parametrize("url", INCOMPLETE)
def test_a_link_with_broken_parts_is_called_incomplete(url: str) -> None:
    assert refusal(url).startswith("This is not a complete link")


@pytest.mark.parametrize("url", ["http://a@127.0.0.1/", "http://a:b@picture.test/", "http://picture.test@127.0.0.1:80/"])
def test_a_link_with_a_name_before_the_at_sign_is_refused(url: str) -> None:
    assert "before the @" in refusal(url)


def test_an_empty_or_endless_link_is_refused() -> None:
    assert refusal("  ").startswith("Paste the address of a picture")
    assert "longer than 4,096 characters" in refusal("https://picture.test/" + "a" * 5000)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=40).map("http://{}".format),
        st.text("/:@[]%.#?0x1a\\ ", max_size=30).map("https://{}".format),
    )
)
def test_whatever_is_typed_is_answered_with_a_sentence(url: str) -> None:
    assert refusal(url, seconds=1).endswith(".")
