"""Attention, one query at a time."""

import numpy as np


def scaled_dot_product_attention(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False
):
    """Mean of the values, weighted by the exponentials of the products of query and keys."""
    if dropout_p:
        raise ValueError("with dropout the outcome is random")
    if enable_gqa:
        share = query.shape[-3] // key.shape[-3]
        key, value = (np.repeat(x, share, axis=-3) for x in (key, value))
    scale = 1 / np.sqrt(query.shape[-1]) if scale is None else scale
    length, keys = query.shape[-2], key.shape[-2]
    mask = np.zeros((length, keys)) if attn_mask is None else attn_mask
    if mask.dtype == bool:
        mask = np.where(mask, 0, -np.inf)
    mask = np.broadcast_to(mask, (*query.shape[:-1], keys))
    output = np.zeros((*query.shape[:-1], value.shape[-1]), query.dtype)
    for *lead, i in np.ndindex(query.shape[:-1]):
        lead = tuple(lead)
        scores = np.array([query[(*lead, i)] @ key[(*lead, j)] * scale for j in range(keys)]) + mask[(*lead, i)]
        if is_causal:
            scores[i + 1 :] = -np.inf
        weights = np.exp(scores - scores.max())
        output[(*lead, i)] = (weights / weights.sum()) @ value[lead]
    return output


TABLE = {"scaled_dot_product_attention": scaled_dot_product_attention}
