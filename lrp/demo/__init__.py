"""The bundled networks: resnet{depth}.safetensors beside this file, each with the SHA-256 that it must have."""

from pathlib import Path

FOLDER = Path(__file__).parent

SHA256: dict[int, str] = {
    18: "359de4da4016546f83e0aa36a232f8a30fecf32cc70d15b0688e42922cc42917",
    34: "f5e23a3b6ed27ec53712a57471171e9bc1d74a308e144fec355794fccab48d7d",
    50: "a99b07ee1da35f00c55f7bbdf364e419970a1476e83b59e439867c91157ca9e4",
}
