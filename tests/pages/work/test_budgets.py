"""What is kept of everybody together, and for how long."""

import gc
import threading
from itertools import cycle
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

import lrp
from pages.parts.frame import download_retention as kept
from pages.parts.work import visit
from pages.parts.work.cache import Budget, Store, bytes_of
from pages.parts.work.job import Job
from tests.networks import random_resnet
from tests.work_queue import SECONDS


def test_all_stores_together_stay_within_the_budget_and_the_oldest_leaves() -> None:
    budget = Budget(1000)
    one, two = Store(10, budget), Store(10, budget)
    for number in range(4):
        (one, two)[number % 2].put(number, np.zeros(300, np.uint8))
    assert (one.keys(), two.keys()) == ({2}, {1, 3})
    assert two.get(1) is not None  # used again, so now it is the newest
    one.put("more", np.zeros(300, np.uint8))
    assert (one.keys(), two.keys()) == ({"more"}, {1, 3})
    assert budget.used == 900


def test_what_has_no_bytes_is_never_pushed_out_by_what_has() -> None:
    budget = Budget(100)
    jobs, results = Store(10, budget), Store(10, budget)
    jobs.put("job", Job())
    for number in range(5):
        results.put(number, np.zeros(80, np.uint8))
    assert jobs.keys() == {"job"}
    assert results.keys() == {4}


def test_what_is_beyond_the_budget_alone_is_not_kept_and_pushes_nothing_out() -> None:
    budget = Budget(100)
    one, two = Store(10, budget), Store(10, budget)
    one.put("small", np.zeros(60, np.uint8))
    assert two.put("huge", np.zeros(101, np.uint8)).nbytes == 101
    assert (one.keys(), two.keys()) == ({"small"}, set())
    one.put("small", np.zeros(101, np.uint8))
    assert one.get("small") is None  # and never the older value in its place


def test_the_store_of_a_visitor_who_left_counts_no_longer() -> None:
    budget = Budget(1000)
    staying, leaving = Store(10, budget), Store(10, budget)
    leaving.put("a", np.zeros(900, np.uint8))
    del leaving
    gc.collect()
    assert budget.used == 0
    staying.put("b", np.zeros(900, np.uint8))
    assert staying.keys() == {"b"}


def test_a_trace_counts_its_activations_once_and_no_weights() -> None:
    network = lrp.canonize(random_resnet(dtype=torch.float32))
    kept = lrp.trace(network, torch.randn(1, 3, 64, 64))
    tensors = [value for value in (kept.x, *kept.values.values()) if isinstance(value, torch.Tensor)]
    single = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    assert sum(single.values()) <= bytes_of(kept) < 3 * sum(single.values())
    assert bytes_of(network) == 0
    view = torch.zeros(100)
    assert bytes_of({"a": view, "b": [view[:10], view.numpy()]}) == 400


def test_what_grows_while_it_is_kept_is_counted_again_and_what_has_gone_stays_away() -> None:
    budget = Budget(1000)
    store, growing = Store(10, budget), {"a": np.zeros(300, np.uint8)}
    store.put("growing", growing)
    store.put("old", np.zeros(300, np.uint8))
    growing["b"] = np.zeros(500, np.uint8)
    store.count_again("growing", growing)
    assert (budget.used, store.keys()) == (800, {"growing"})
    for other in ({}, growing):
        store.drop("growing")
        store.count_again("growing", other)
        assert store.keys() == set()


def test_threads_that_share_a_store_do_not_break_it() -> None:
    budget = Budget(5000)
    stores = [Store(4, budget) for _ in range(3)]

    def use(seed: int) -> None:
        for number in np.random.default_rng(seed).integers(0, 9, 300):
            store = stores[number % 3]
            store.get_or_make(int(number), lambda: np.zeros(1000, np.uint8))
            store.drop(int(number) // 2)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert budget.used <= 5000
    assert all(len(store.keys()) <= 4 for store in stores)


def test_outside_of_a_page_each_job_is_a_visit_of_its_own() -> None:
    assert visit.current_visit().key != visit.current_visit().key
    assert visit.current_visit().is_present()
    assert "visitor" not in st.session_state


def test_a_file_made_on_a_click_outlives_the_scripts_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(storage)
    monkeypatch.setattr(kept.runtime, "exists", lambda: True)
    monkeypatch.setattr(kept.runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=manager))
    monkeypatch.setattr(kept, "_places", cycle(range(2)))

    def clicked(number: int) -> str:
        make = kept.retain_download(lambda: b"numbers %d" % number, "n.npz", "application/octet-stream")
        return manager.execute_deferred(manager.add_deferred(make, "application/octet-stream", f"button {number}", "n.npz"))

    def is_there(url: str) -> bool:
        try:
            return bool(storage.get_file(url.removeprefix("/media/")).content)
        except MediaFileStorageError:
            return False

    urls = [clicked(0)]
    for _ in range(5):
        manager.remove_orphaned_files()  # what every script of every visitor ends with
    assert is_there(urls[0])
    urls += [clicked(1), clicked(2)]
    for _ in range(2):
        manager.remove_orphaned_files()
    assert [is_there(url) for url in urls] == [False, True, True]
