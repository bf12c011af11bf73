"""The engine: OSRM over one graph, in a thread of its own.

OSRM keeps what it unpacked of a way in the thread that asked, and knows it again by its place in the graph alone. Where
one thread asks two graphs of one map, routes of the second come out with durations of the first: 7 of 80 in a town. So
each graph has a thread that no other graph ever sees (`tests/roads/test_engine.py`).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import osrm

from safehand.roads.errors import GraphUnreadable
from safehand.roads.graphs import Graph
from safehand.roads.memory import keep_memory

ALGORITHM = "MLD"
UNLIMITED = -1
"""What a question may have is limited where it is asked (network.py)."""


class Engine:
    """One graph's engine. It answers one question at a time and lets no other thread of Python run meanwhile.

    A process that forks opens it afterwards: the child has no such thread.

    Errors
        GraphUnreadable  the files of the graph are not whole, or it was closed.
        RuntimeError     by `ask`: the engine refuses; its words begin with a code.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        keep_memory()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"roads-{graph.name}")
        try:
            self._osrm = self._run(lambda: _open(graph))
        except (RuntimeError, OSError) as error:
            self.close()
            raise GraphUnreadable(graph.name, str(error)) from None

    def ask(self, service: str, asked: Any) -> Any:
        """Put a question to one of the engine's services: Table, Route, Match, Nearest."""
        return self._run(lambda: getattr(self._osrm, service)(asked))

    def close(self) -> None:
        """Let go of the graph."""
        self._osrm = None
        self._thread.shutdown()

    def _run(self, work: Callable[[], Any]) -> Any:
        try:
            answer = self._thread.submit(work)
        except RuntimeError:
            raise GraphUnreadable(self.graph.name, "it was closed") from None
        return answer.result()


def _open(graph: Graph) -> Any:
    return osrm.OSRM(
        storage_config=str(graph.stem),
        algorithm=ALGORITHM,
        use_shared_memory=False,
        use_mmap=True,
        verbosity="NONE",
        max_locations_distance_table=UNLIMITED,
        max_locations_viaroute=UNLIMITED,
        max_locations_map_matching=UNLIMITED,
    )
