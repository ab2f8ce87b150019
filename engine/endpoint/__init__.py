"""The SPARQL service over a workspace: users' queries and updates, in processes that may be killed.

Nothing that a user wrote is parsed or run in the process that serves HTTP. That process starts one
*host*, which forks a *view* for each state that somebody reads, which forks a *job* for each query.
A job has a share of memory and of time, writes its answer into a file, and ends; it is killed when
its time is over or when nobody waits for it any more. What an update would change is computed by a
job, too, on a private copy; it is then written through the one door.
"""

from engine.endpoint.jobs import Bounds, Outcome
from engine.endpoint.running import Abandoned, Gone, Result
from engine.endpoint.serving import Dataset, Endpoint, Written
from engine.endpoint.turns import Share

__all__ = [
    "Abandoned",
    "Bounds",
    "Dataset",
    "Endpoint",
    "Gone",
    "Outcome",
    "Result",
    "Share",
    "Written",
]
