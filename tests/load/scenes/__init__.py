"""Every scene by its name; a new one is a row of its file, a new file a name here."""

from tests.load.scenes import links, queue, sockets, uploads
from tests.load.scenes.scene import Scene

SCENES: dict[str, Scene] = {scene.name: scene for scene in (*links.SCENES, *queue.SCENES, *uploads.SCENES, *sockets.SCENES)}
