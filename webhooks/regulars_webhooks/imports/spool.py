"""Facts on disk between the check and the applying, by bucket, in the order they came; memory stays flat.

The file has no name: nothing is left of it, however the import ends. Blocks of one bucket are chained from the last to the
first, and `heads`, which may lie in shared memory, says where each bucket's last one is: one process writes, others read.
"""

import os
import struct
from collections.abc import Iterator, MutableSequence, Sequence
from heapq import merge
from typing import BinaryIO

_BLOCK_BYTES = 4 * 1024
_BLOCK = struct.Struct("<qI")  # where the block before it begins, how long it is
_FACT = struct.Struct("<QI")  # the line it stood in, how long it is
_NOWHERE = -1


class Spool:
    """What one process has checked. `file` is new, empty and unbuffered; `heads` has one number for each bucket."""

    def __init__(self, file: BinaryIO, heads: MutableSequence[int]) -> None:
        self._file = file
        self._heads = heads
        self._end = 0
        self._waiting = [bytearray() for _ in heads]
        for bucket in range(len(heads)):
            heads[bucket] = _NOWHERE

    def add(self, bucket: int, line: int, fact: bytes) -> None:
        """Keep a fact; lines come in rising order."""
        waiting = self._waiting[bucket]
        waiting += _FACT.pack(line, len(fact))
        waiting += fact
        if len(waiting) >= _BLOCK_BYTES:
            self._write(bucket)

    def finish(self) -> None:
        """Write what still waits; from now on it is read."""
        for bucket, waiting in enumerate(self._waiting):
            if waiting:
                self._write(bucket)
        self._waiting.clear()

    def _write(self, bucket: int) -> None:
        waiting = self._waiting[bucket]
        self._file.write(_BLOCK.pack(self._heads[bucket], len(waiting)) + waiting)
        self._heads[bucket] = self._end
        self._end += _BLOCK.size + len(waiting)
        self._waiting[bucket] = bytearray()

    def read(self, bucket: int) -> Iterator[tuple[int, bytes]]:
        """The facts of a bucket with their lines."""
        for begin, length in reversed(list(self._chain(bucket))):
            block = os.pread(self._file.fileno(), length, begin)
            at = 0
            while at < length:
                line, size = _FACT.unpack_from(block, at)
                at += _FACT.size + size
                yield line, block[at - size : at]

    def _chain(self, bucket: int) -> Iterator[tuple[int, int]]:
        at = self._heads[bucket]
        while at != _NOWHERE:
            before, length = _BLOCK.unpack(os.pread(self._file.fileno(), _BLOCK.size, at))
            yield at + _BLOCK.size, length
            at = before


def together(spools: Sequence[Spool], bucket: int) -> Iterator[bytes]:
    """The facts of a bucket in the order of the file, whichever process has checked them."""
    return (fact for _, fact in merge(*(spool.read(bucket) for spool in spools)))
