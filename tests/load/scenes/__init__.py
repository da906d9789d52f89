"""Every scene by its name; a new one is a row of its file, a new file a name here."""

from tests.load.scenes import links, messages, queue, sockets, uploads
from tests.load.scenes.scene import Scene

FILES = (links, messages, sockets, uploads, queue)  # the queue last: its work goes on for ten seconds after a scene
SCENES: dict[str, Scene] = {scene.name: scene for file in FILES for scene in file.SCENES}
