"""How much arithmetic a step needs, and how much the machine could do in that time."""

import time

import torch
from transformers import AlbertConfig


def flops(config: AlbertConfig, pieces: float, squares: float, masked: float) -> float:
    """Floating-point operations of the matrix products of a step, forward and backward (three times the forward ones).

    pieces: trained on, padding not counted. squares: sum over the examples of their squared lengths. masked: pieces that are predicted.
    Products alone, [m, k] x [k, n] as 2 m k n: what "model FLOPs utilisation" counts (Chowdhery et al. 2022, PaLM, appendix B).
    """
    hidden, embedding = config.hidden_size, config.embedding_size
    layer = 2 * (4 * hidden**2 + 2 * hidden * config.intermediate_size) * pieces + 4 * hidden * squares
    layers = config.num_hidden_layers * config.inner_group_num * layer
    head = 2 * (hidden * embedding + embedding * config.vocab_size) * masked
    return 3 * (layers + 2 * embedding * hidden * pieces + head)


def matmul_peak(device: torch.device, precision: torch.dtype) -> float:
    """Floating-point operations a second of the fastest of ten products of square matrices: a bound that can be measured anywhere."""
    size = 8192 if device.type == "cuda" else 768  # a product takes a GPU long enough that its launch does not count
    matrix = torch.ones(size, size, device=device, dtype=precision)
    return max(2 * size**3 / _seconds_of_a_product(matrix) for _ in range(10))


def _seconds_of_a_product(matrix: torch.Tensor) -> float:
    if matrix.is_cuda:
        torch.cuda.synchronize()
    start = time.perf_counter()
    matrix @ matrix
    if matrix.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start
