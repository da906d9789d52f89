"""A small transformer, and its relevance worked out as dense matrices."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

Matrix = NDArray[np.float64]
TOKENS, SIZE, HEADS = 5, 6, 2


class SmallTransformer(nn.Module):
    """Four patches of a picture and a class token, two heads, one block."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.patches = nn.Conv2d(3, SIZE, 2, stride=2)
        self.token = nn.Parameter(torch.randn(1, 1, SIZE))
        self.place = nn.Parameter(torch.randn(1, TOKENS, SIZE))
        self.norm, self.top = nn.LayerNorm(SIZE), nn.Linear(SIZE, 3)
        self.qkv, self.out, self.mlp = nn.Linear(SIZE, 3 * SIZE), nn.Linear(SIZE, SIZE), nn.Linear(SIZE, SIZE)
        for parameter in self.norm.parameters():
            nn.init.normal_(parameter, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        h = self.patches(x).flatten(2).transpose(1, 2)
        h = torch.cat((self.token.expand(x.shape[0], -1, -1), h), 1) + self.place
        q, k, v = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.qkv(self.norm(h)).chunk(3, -1))
        h = h + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        h = h + F.gelu(self.mlp(h))
        logits: Tensor = self.top(h[:, 0])
        return logits


class DenseTransformer:
    """The same with every step as a matrix, each of which shares out by a_j M_kj / (z_k + eps sign z_k)."""

    def __init__(self, model: SmallTransformer, x: Tensor, epsilon: float, constant: bool, absorb: bool) -> None:
        self.epsilon, self.constant, self.absorb = epsilon, constant, absorb
        self.w = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
        self.x = x[0].numpy()

    def share(self, a: Matrix, matrix: Matrix, z: Matrix, relevance: Matrix, epsilon: float | None = None) -> Matrix:
        epsilon = self.epsilon if epsilon is None else epsilon
        shared: Matrix = a * (matrix.T @ (relevance / (z + epsilon * np.where(np.signbit(z), -1, 1))))
        return shared

    def linear(self, name: str, a: Matrix) -> tuple[Matrix, Matrix]:
        """The matrix of a linear layer over all tokens, and its outputs."""
        count = a.size // self.w[f"{name}.weight"].shape[1]
        matrix = np.kron(np.eye(count), self.w[f"{name}.weight"])
        return matrix, matrix @ a + np.tile(self.w[f"{name}.bias"], count)

    def relevance(self, target: int) -> Matrix:
        w, tiny = self.w, min(self.epsilon, 1e-6)
        pixels = self.x.reshape(3, 2, 2, 2, 2).transpose(1, 3, 0, 2, 4).reshape(4, 12)  # patches row by row
        embed = np.kron(np.eye(4), w["patches.weight"].reshape(SIZE, 12))
        e = embed @ pixels.ravel() + np.tile(w["patches.bias"], 4)
        tokens = np.concatenate([w["token"].ravel(), e])
        h0 = tokens + w["place"].ravel()
        centre = np.eye(SIZE) - 1 / SIZE
        sigma = np.sqrt((h0.reshape(TOKENS, SIZE) @ centre).var(1) + 1e-5)
        norm = np.zeros((h0.size, h0.size))
        for t in range(TOKENS):
            block = slice(t * SIZE, (t + 1) * SIZE)
            norm[block, block] = np.diag(w["norm.weight"]) @ centre / sigma[t]
        n = norm @ h0 + np.tile(w["norm.bias"], TOKENS)
        qkv_matrix, qkv = self.linear("qkv", n)
        part = SIZE // HEADS
        heads = qkv.reshape(TOKENS, 3, HEADS, part)
        mixed = np.zeros((TOKENS, HEADS, part))
        by_head = []
        for head in range(HEADS):
            q, k, v = (heads[:, i, head] for i in range(3))
            scores = q @ k.T / np.sqrt(part)
            attention = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
            mixed[:, head] = attention @ v
            by_head.append((q, k, v, scores, attention))
        out_matrix, o = self.linear("out", mixed.ravel())
        h1 = h0 + o
        mlp_matrix, m = self.linear("mlp", h1)
        g = m * (1 + np.vectorize(math.erf)(m / math.sqrt(2))) / 2
        h2 = h1 + g
        logits = w["top.weight"] @ h2[:SIZE] + w["top.bias"]

        start = np.zeros(3)
        start[target] = logits[target]
        r2 = np.zeros_like(h2)
        r2[:SIZE] = self.share(h2[:SIZE], w["top.weight"], logits, start)
        one = np.eye(h2.size)
        r1 = self.share(h1, one, h2, r2, tiny) + self.share(h1, mlp_matrix, m, self.share(g, one, h2, r2, tiny))
        r_mixed = self.share(mixed.ravel(), out_matrix, o, self.share(o, one, h1, r1, tiny)).reshape(mixed.shape)
        r_qkv = np.zeros_like(heads)
        for head, (q, k, v, scores, attention) in enumerate(by_head):
            r_qkv[:, 0, head], r_qkv[:, 1, head], r_qkv[:, 2, head] = self._head(
                q, k, v, scores, attention, r_mixed[:, head], tiny
            )
        r0 = self.share(h0, one, h1, r1, tiny)
        r0 += self.share(h0, norm, n, self.share(n, qkv_matrix, qkv, r_qkv.ravel()), tiny)
        r_tokens = r0 if self.absorb else self.share(tokens, one, h0, r0, tiny)
        r = self.share(pixels.ravel(), embed, e, r_tokens[SIZE:])
        spread: Matrix = r.reshape(2, 2, 3, 2, 2).transpose(2, 0, 3, 1, 4).reshape(3, 4, 4)
        return spread

    def _head(
        self, q: Matrix, k: Matrix, v: Matrix, scores: Matrix, attention: Matrix, relevance: Matrix, tiny: float
    ) -> tuple[Matrix, Matrix, Matrix]:
        """The relevance of one head's queries, keys and values."""
        o = (attention @ v).ravel()
        of_values, of_attention = np.kron(attention, np.eye(v.shape[1])), np.kron(np.eye(TOKENS), v.T)
        if self.constant:
            all_of_it = self.share(v.ravel(), of_values, o, relevance.ravel(), tiny)
            return np.zeros_like(q), np.zeros_like(k), all_of_it.reshape(v.shape)
        r_v = self.share(v.ravel(), of_values, 2 * o, relevance.ravel(), tiny).reshape(v.shape)
        r_a = self.share(attention.ravel(), of_attention, 2 * o, relevance.ravel(), tiny).reshape(attention.shape)
        r_scores = np.zeros_like(scores)
        for t in range(TOKENS):
            jacobian = np.diag(attention[t]) - np.outer(attention[t], attention[t])
            r_scores[t] = scores[t] * (jacobian.T @ (r_a[t] / attention[t]))
        z, scaled = scores.ravel(), q / np.sqrt(q.shape[1])
        r_q = self.share(scaled.ravel(), np.kron(np.eye(TOKENS), k), 2 * z, r_scores.ravel(), tiny).reshape(q.shape)
        of_keys = np.kron(scaled, np.eye(TOKENS))  # as Q K^T depends on the numbers of K^T
        r_k = self.share(k.T.ravel(), of_keys, 2 * z, r_scores.ravel(), tiny).reshape(k.T.shape).T
        return r_q, r_k, r_v
