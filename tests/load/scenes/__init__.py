"""Every scene by its name; a new one is a row of its file, a new file a name here."""

from tests.load.scenes import camera, links, messages, queue, sockets, uploads
from tests.load.scenes.scene import Scene

# Pictures go on being decoded after a scene, and the work of the queue for ten seconds: other scenes follow, or none.
FILES = (links, messages, uploads, camera, sockets, queue)
SCENES: dict[str, Scene] = {scene.name: scene for file in FILES for scene in file.SCENES}
