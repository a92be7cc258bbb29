"""SDIM: the items in the candidate's bucket of each hash table."""

import torch

from tests.reference.naive import linear


def context(module, parts, row, place):
    num_bits = len(module.normal_KD) // module.num_tables
    total = 0
    for table in range(module.num_tables):
        normals = module.normal_KD[table * num_bits : (table + 1) * num_bits]

        def bits(x, normals=normals):
            return [bool((normal * x).sum() > 0) for normal in normals]

        mates = [linear(module.value, x) for x in row.items if bits(x) == bits(row.candidate)]
        if mates:
            together = sum(mates)
            total = total + together / torch.sqrt((together**2).sum())
    return total / module.num_tables + 0 * row.candidate  # zeros where no table has a mate
