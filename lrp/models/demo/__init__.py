"""The bundled networks: resnet{depth}.safetensors in this folder, and their SHA-256."""

from pathlib import Path

FOLDER = Path(__file__).parent

SHA256: dict[int, str] = {
    18: "359de4da4016546f83e0aa36a232f8a30fecf32cc70d15b0688e42922cc42917",
    34: "9529c6c61c2d35b42e48b96814c7ca1a1bb96648aaddab28287cd8ac946563ed",
    50: "a13b5b783b6519063175ecba807f78845a9db2992b12bacd794043cbeb994c41",
    101: "53b8fcf1625cd13c5e2545c9df695e52b0330f46b73f30630562cc95c1877f5b",
    152: "e6a4c08a737502abf98766bcd4306ef093d7f16e0e61dfad2b45eedb7913a964",
}

# Depth -> the depth whose weights its training started from (see README.md), because related networks get similar maps.
GREW_FROM: dict[int, int] = {34: 18, 101: 50, 152: 50}
