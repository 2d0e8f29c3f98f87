"""How much memory a training takes: an estimate from the model's shapes, good to about a tenth, never a promise.

The shapes are those of WAN2.2's 14B experts (the trainer's ``wan/configs/wan_t2v_A14B.py``); what is alive when is
read from its ``wan/modules/model.py``. The one point that is known from use: a device of 32 GiB runs out of memory at
960x960 with fp8 weights and no block swap, and does not with ten blocks swapped (the workflow).
"""

from __future__ import annotations

from dataclasses import dataclass

from wantui.dataset.encoders import TEXT_WIDTH, latent_frames

MIB = 1 << 20

DIM = 5120
"""Width of the model."""
FFN_DIM = 13824
"""Width inside a feed-forward layer."""
BLOCKS = 40
"""Transformer blocks."""
BLOCK_PARAMETERS = 8 * DIM * DIM + 2 * DIM * FFN_DIM
"""Of one block: four projections of the self- and four of the cross-attention, two of the feed-forward layer."""
OTHER_PARAMETERS = (TEXT_WIDTH * DIM + DIM * DIM) + (256 * DIM + DIM * DIM) + 6 * DIM * DIM
"""Outside the blocks: embedding of the text and of the time (256 wide), projection of the time."""
FP16_BYTES = 2
FP8_BYTES = 1

PATCH = (1, 16, 16)
"""Frames of latent, lines and columns of pixels that become one token: VAE stride 8 times patch size 2."""

KEPT_A_TOKEN = 2 * BLOCKS * DIM
"""Bytes of the blocks' inputs that gradient checkpointing keeps: fp16, one a block."""
TIME_A_TOKEN = 4 * 6 * DIM
"""Bytes of the time embedding, which WAN2.2 has for every token: six vectors of float32."""
FORWARD_A_TOKEN = 105 * DIM
"""Bytes of the tensors that `WanAttentionBlock._forward` keeps for the backward pass of one block: modulation in
float32, normed inputs in float32, q, k, v with their norms, attention, feed-forward layer."""
BLOCK_A_TOKEN = FORWARD_A_TOKEN * 4 // 3
"""Bytes at the peak of one block's backward pass: those, and a third on top for gradients."""

LORA_LAYERS = ((DIM, DIM),) * 8 + ((DIM, FFN_DIM), (FFN_DIM, DIM))
"""Inputs and outputs of the layers of a block that get a LoRA (the trainer's ``networks/lora_wan.py``)."""
BYTES_A_LORA_PARAMETER = 16
"""float32 for the weight, its gradient and AdamW's two moments."""

CONTEXT_BYTES = 1536 * MIB
"""CUDA context, cuBLAS and cuDNN workspaces, and what the allocator holds in pieces too small to be of use."""


@dataclass(frozen=True, slots=True)
class BatchShape:
    """The largest batch of a training."""

    width: int
    """Pixels."""
    height: int
    frames: int = 1
    """Pixel frames: 1 for images, else 4n+1."""
    batch_size: int = 1

    @property
    def tokens(self) -> int:
        """Tokens that the model works on at once."""
        return self.batch_size * latent_frames(self.frames) * (self.height // PATCH[1]) * (self.width // PATCH[2])


@dataclass(frozen=True, slots=True)
class Need:
    """What a training takes, in MiB."""

    device_mib: int
    """At its peak, while loading or while training, whichever is more."""
    host_mib: int
    """What swapped blocks and activations take of the machine's memory; loading takes the size of the weights on top,
    for a while."""
    moved_mib: int
    """What goes each way between device and machine at every step: each swapped block comes once for the forward and
    once for the backward pass, and another goes."""


def need(
    shape: BatchShape,
    *,
    is_fp8: bool,
    blocks_to_swap: int,
    network_dim: int,
    offloads_inputs: bool = False,
    is_checkpointed: bool = True,
) -> Need:
    """Estimate what one expert's training takes.

    Args:
        shape: the largest batch.
        is_fp8: whether the weights are cast to fp8 (``fp8_base``).
        blocks_to_swap: blocks kept in the machine's memory, 0 to 39.
        network_dim: rank of the LoRA.
        offloads_inputs: whether what gradient checkpointing keeps lies in the machine's memory
            (``gradient_checkpointing_cpu_offload``).
        is_checkpointed: whether there is gradient checkpointing; without it every block keeps its tensors.

    With no block to swap the trainer loads the weights onto the device as they are in the file and casts them there:
    for a moment all of them lie there in fp16.
    """
    bytes_each = FP8_BYTES if is_fp8 else FP16_BYTES
    resident = ((BLOCKS - blocks_to_swap) * BLOCK_PARAMETERS + OTHER_PARAMETERS) * bytes_each
    lora = lora_parameters(network_dim) * BYTES_A_LORA_PARAMETER
    kept = shape.tokens * (KEPT_A_TOKEN if is_checkpointed else BLOCKS * FORWARD_A_TOKEN)
    offloads_inputs = offloads_inputs and is_checkpointed
    activations = shape.tokens * (TIME_A_TOKEN + BLOCK_A_TOKEN) + (0 if offloads_inputs else kept)
    training = resident + lora + activations + CONTEXT_BYTES
    loading = 0 if blocks_to_swap else weight_bytes() + CONTEXT_BYTES
    swapped = blocks_to_swap * BLOCK_PARAMETERS * bytes_each
    offloaded = kept if offloads_inputs else 0
    return Need(_mib(max(training, loading)), _mib(swapped + offloaded), _mib(2 * swapped + offloaded))


def weight_bytes() -> int:
    """Size of one expert's weights in fp16: what the file has."""
    return (BLOCKS * BLOCK_PARAMETERS + OTHER_PARAMETERS) * FP16_BYTES


def lora_parameters(network_dim: int) -> int:
    """Parameters of a LoRA of that rank: for each layer one matrix down to the rank and one up again."""
    return BLOCKS * sum(network_dim * (inputs + outputs) for inputs, outputs in LORA_LAYERS)


def _mib(count: int) -> int:
    return -(-count // MIB)
