"""The search for settings as work of the queue, and how long it is expected to take."""

from collections.abc import Hashable
from functools import partial

from lrp import Backbone
from lrp.metrics.search_result import SearchResult
from lrp.metrics.search_space import DEFAULT
from lrp.metrics.settings_search import SettingsSearch, search_settings
from lrp.progress import Progress, part_of
from pages.parts.settings.collection import Collection
from pages.parts.work import forecast
from pages.parts.work.network_key import is_private, network_key
from pages.parts.work.question import RefusedTask, Task

READING = 0.1  # of the progress bar


Found = SearchResult | RefusedTask


def search_key(collection: Collection, network: Backbone, search: SettingsSearch) -> Hashable:
    """Returns the cache key of a search, of plain scalars only."""
    settings = (search.measure, search.candidates, search.shifts, search.held_out, search.seed)
    return ("search", collection.key, network_key(network), settings)


def search_task(collection: Collection, network: Backbone, search: SettingsSearch) -> Task:
    """Returns a task that gives a SearchResult, or RefusedTask where the pictures do not suffice."""
    work = partial(_search, collection, network, search)
    return Task(search_key(collection, network, search), "The search", collection.shared and not is_private(network), work)


def _search(collection: Collection, network: Backbone, search: SettingsSearch, progress: Progress | None) -> Found:
    x = collection.load(network, part_of(progress, 0.0, READING))
    try:
        return search_settings(network, x, search, progress=part_of(progress, READING, 1.0))
    except ValueError as error:
        return RefusedTask(str(error))


def search_seconds(count: int, network: Backbone, search: SettingsSearch) -> float:
    """Estimates the seconds of a search on so many pictures from those of one map. Raises ValueError for too few pictures."""
    one = forecast.expected_in(network, DEFAULT)
    return one * search.passes(count, network.size)
