"""The account of a mean over shifted views: the mean of the accounts of all views."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from lrp.methods.shifted_views import ShiftedView, in_chunks, trace_of_views, views_of
from lrp.network.forward_pass import Trace
from lrp.progress import Progress, equal_parts
from lrp.walk.ledger import Account, Entry, keep_account
from lrp.walk.objectives import Objective
from lrp.walk.relevance import Assignment


def mean_account(
    forward: Trace, objective: Objective, shifts: int, rules: Assignment, progress: Progress | None = None
) -> Account:
    """Returns the mean of the accounts of all shifted views of one picture (1, C, H, W); it adds up as each of them does.

    The relevance at the output of a layer moves back by whole places of that layer, which are coarser than the pixels.
    Raises ValueError for several pictures or explanations.
    """
    count = objective.explanation_count(len(forward.x))
    if count > 1:
        raise ValueError(f"with shifts the account of one explanation can be kept, got {count}; ask for them one by one")
    views, accounts = views_of(forward, shifts), list[Account]()
    chunks = in_chunks(forward, views)
    for chunk, part in zip(chunks, equal_parts(progress, len(chunks)), strict=True):
        accounts.append(keep_account(trace_of_views(forward, chunk), objective.alone(0), rules, part))
    size = forward.x.shape[-2:]
    relevance = torch.cat([account.result.relevance for account in accounts])
    entries = zip(*(account.entries for account in accounts), strict=True)
    result = replace(accounts[0].result, relevance=_mean_of_views(relevance, views, size), logits=forward.logits)
    return Account(forward.network, result, tuple(_mean_entry(same, views, size) for same in entries))


def _mean_entry(same: Sequence[Entry], views: Sequence[ShiftedView], size: Sequence[int]) -> Entry:
    """Returns the mean over all views of a node's entries, of which there is one for each chunk of views."""
    places = [entry.places for entry in same if entry.places is not None]
    return Entry(
        same[0].node,
        _mean([entry.arrived for entry in same]),
        _mean([entry.absolute for entry in same]),
        {name: _mean([entry.given[name] for entry in same]) for name in same[0].given},
        _mean([entry.bias for entry in same]),
        _mean_of_views(torch.cat(places), views, size) if places else None,
    )


def _mean_of_views(values: Tensor, views: Sequence[ShiftedView], size: Sequence[int]) -> Tensor:
    """Returns the mean (1, ...) of maps (V, ...), each moved back from its view."""
    rows = zip(views, torch.split(values, 1), strict=True)
    return torch.cat([view.back(row, size) for view, row in rows]).mean(0, keepdim=True)


def _mean(sums: Sequence[Tensor]) -> Tensor:
    """Returns the mean (1,) over all views of numbers that come chunk by chunk."""
    return torch.cat(list(sums)).mean(0, keepdim=True)
