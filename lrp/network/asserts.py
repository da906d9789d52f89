"""Reads in Python's bytecode which truth value passes an assert, for torch.fx does not say that it traces one."""

import dis
from types import FrameType


def passing_value(frame: FrameType) -> bool | None:
    """Returns the truth value with which the current instruction of a frame passes an assert; None if it decides none."""
    instructions = list(dis.get_instructions(frame.f_code))
    index_at = {instruction.offset: i for i, instruction in enumerate(instructions)}
    current = index_at[frame.f_lasti]
    current += instructions[current].opname in ("TO_BOOL", "CONTAINS_OP")
    jump = instructions[current]
    if not jump.opname.startswith("POP_JUMP") or not jump.opname.endswith(("_IF_TRUE", "_IF_FALSE")):
        return None
    jumps_if = jump.opname.endswith("_IF_TRUE")
    if _raises(instructions, index_at, current + 1):
        return jumps_if
    return not jumps_if if _raises(instructions, index_at, index_at[jump.argval]) else None


def _raises(instructions: list[dis.Instruction], index_at: dict[int, int], current: int) -> bool:
    """Whether an AssertionError comes next, apart from instructions that only clean up."""
    while instructions[current].opname in ("POP_TOP", "NOT_TAKEN", "JUMP_FORWARD"):
        jumps = instructions[current].opname == "JUMP_FORWARD"
        current = index_at[instructions[current].argval] if jumps else current + 1
    return instructions[current].opname == "LOAD_ASSERTION_ERROR" or instructions[current].argrepr == "AssertionError"
