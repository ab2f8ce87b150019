"""The door for writing through a running server: a Unix socket in the workspace's folder.

The process that holds the writer lease opens it to its own user alone; a command that wants to
write hands over what it would have committed itself. What was read, judged and parsed stays in the
process of the command, and so do rights: who may open the socket may write to the folder as well.
"""

from engine.door.listening import Listening
from engine.door.messages import SOCKET_FILE
from engine.door.through import Through, reached

__all__ = ["SOCKET_FILE", "Listening", "Through", "reached"]
