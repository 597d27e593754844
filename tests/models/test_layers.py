import keras
import numpy as np
import pytest

from lib.models.bert import EncoderBlock
from lib.models.layers import PositionEmbedding, RotaryAttention, SparseDense, WordDropout, turn
from lib.models.pooling import AttentionPooling1D, DynamicKMaxPooling1D, MaskedMaxPooling1D

IDS = np.array([[3, 4, 5, 0], [6, 0, 0, 0]], "int32")
MASK = IDS != 0
LENGTHS = MASK.sum(axis=1).astype("int32")
VECTORS = np.random.default_rng(0).normal(size=(2, 4, 8)).astype("float32")
VALUES = np.array([[1, 0.5, 2, 0], [3, 0, 0, 0]], "float32")
CASES = {  # a layer's arguments, inputs and the shape of its output
    "WordDropout": (WordDropout, {"rate": 0.5}, [IDS], (2, 4)),
    "MaskedMaxPooling1D": (MaskedMaxPooling1D, {}, [VECTORS, MASK], (2, 8)),
    "DynamicKMaxPooling1D, last": (
        DynamicKMaxPooling1D,
        {"level": 2, "levels": 2, "top": 2},
        [VECTORS, MASK, LENGTHS],
        (2, 2, 8),
    ),
    "DynamicKMaxPooling1D, first": (
        DynamicKMaxPooling1D,
        {"level": 1, "levels": 2, "top": 1},
        [VECTORS, MASK, LENGTHS],
        (2, 2, 8),
    ),
    "AttentionPooling1D": (AttentionPooling1D, {}, [VECTORS, MASK], (2, 8)),
    "PositionEmbedding": (PositionEmbedding, {"max_length": 9}, [VECTORS], (2, 4, 8)),
    "EncoderBlock": (
        EncoderBlock,
        {"heads": 2, "feed_forward": 16, "dropout": 0.1},
        [VECTORS, MASK],
        (2, 4, 8),
    ),
    "RotaryAttention, all": (RotaryAttention, {"heads": 2}, [VECTORS, MASK], (2, 4, 8)),
    "RotaryAttention, near": (
        RotaryAttention,
        {"heads": 4, "rotary": False, "window": 1, "use_bias": True},
        [VECTORS, MASK],
        (2, 4, 8),
    ),
    "SparseDense": (SparseDense, {"features": 8, "units": 5}, [IDS, VALUES], (2, 5)),
}
POLICIES = ["float32", "mixed_float16", "mixed_bfloat16"]


def first(output):
    return output[0] if isinstance(output, tuple | list) else output


def connect(kind, arguments, inputs, policy="float32"):
    """The layer, its symbolic inputs of any length, and its (first) output."""
    tensors = [keras.Input((None, *x.shape[2:])[: x.ndim - 1], dtype=str(x.dtype)) for x in inputs]
    keras.utils.set_random_seed(0)
    layer = kind(**arguments, dtype=policy)
    return layer, tensors, first(layer(*tensors))


def longer(x):
    """The same texts with three more steps of padding."""
    return np.pad(x, [(0, 0), (0, 3)] + [(0, 0)] * (x.ndim - 2)) if x.ndim > 1 else x


@pytest.mark.parametrize(("kind", "arguments", "inputs", "shape"), CASES.values(), ids=CASES)
class TestContract:
    """What every layer owes its users."""

    @pytest.mark.parametrize("policy", POLICIES)
    def test_shapes_and_dtypes_are_announced(self, kind, arguments, inputs, shape, policy):
        layer, _, output = connect(kind, arguments, inputs, policy)
        assert len(output.shape) == len(shape)
        assert all(n in (None, m) for n, m in zip(output.shape, shape, strict=True))
        result = first(layer(*inputs))
        assert result.shape == shape
        assert result.dtype == output.dtype
        full = first(connect(kind, arguments, inputs)[0](*inputs))
        assert output.dtype == (layer.compute_dtype if "float" in full.dtype.name else full.dtype)
        assert {weight.dtype for weight in layer.weights} <= {"float32"}

    @pytest.mark.parametrize("policy", POLICIES[1:])
    def test_half_precision_is_near(self, kind, arguments, inputs, shape, policy):
        full, half = (connect(kind, arguments, inputs, p)[0] for p in ("float32", policy))
        half.set_weights(full.get_weights())
        expected, result = (np.asarray(first(x(*inputs))).astype("float32") for x in (full, half))
        assert np.abs(expected - result).max() < 0.05

    def test_config_and_file_give_it_back(self, kind, arguments, inputs, shape, tmp_path):
        layer, tensors, output = connect(kind, arguments, inputs)
        again = kind.from_config(layer.get_config())
        assert again.get_config() == layer.get_config()
        assert layer.get_config().items() >= arguments.items()
        model = keras.Model(tensors, output)
        before = model.predict_on_batch(inputs)
        model.save(tmp_path / "layer.keras")
        again = keras.models.load_model(tmp_path / "layer.keras")
        assert np.allclose(again.predict_on_batch(inputs), before, atol=1e-6)

    def test_padding_changes_nothing(self, kind, arguments, inputs, shape):
        _, tensors, output = connect(kind, arguments, inputs)
        model = keras.Model(tensors, output)
        before = model.predict_on_batch(inputs)
        after = model.predict_on_batch([longer(x) for x in inputs])
        after = after[:, : before.shape[1]]  # of an output for each step, or k of the longest text
        if before.shape[:2] == MASK.shape:  # an output for each step: that of padding means nothing
            before, after = before[MASK], after[MASK]
        assert np.allclose(after, before, atol=1e-6)

    def test_it_can_be_trained(self, kind, arguments, inputs, shape):
        layer, tensors, output = connect(kind, arguments, inputs)
        features = output
        if output.dtype != "float32":
            features = keras.layers.Embedding(10, 2)(output)
        if len(features.shape) == 3:
            features = keras.layers.GlobalAveragePooling1D()(features)
        trained = keras.Model(tensors, keras.layers.Dense(1)(features))
        trained.compile("sgd", "mse")
        weights = [w.copy() for w in trained.get_weights()]
        assert np.isfinite(trained.train_on_batch(inputs, np.ones((2, 1))))
        pairs = zip(weights, trained.get_weights(), strict=True)
        changed = [not np.array_equal(*pair) for pair in pairs]
        assert all(changed[: len(layer.trainable_weights)])
        assert changed[-2]


def test_word_dropout_replaces_words_in_training_only():
    keras.utils.set_random_seed(0)
    layer = WordDropout(0.5)
    ids = np.tile(np.array([[7, 8, 9, 0]], "int32"), (500, 1))
    assert np.array_equal(layer(ids, training=False), ids)
    dropped = np.asarray(layer(ids, training=True))
    assert (dropped[:, 3] == 0).all()
    assert set(np.unique(dropped[:, :3])) == {1, 7, 8, 9}
    assert (dropped[:, :3] == 1).mean() == pytest.approx(0.5, abs=0.05)


def masks(seed):
    """What two equal layers of each kind do to the same input in one training step."""
    keras.utils.set_random_seed(seed)
    ids = keras.Input((None,), dtype="int32")
    vectors = keras.Input((None, 8))
    outputs = [WordDropout(0.5)(ids), WordDropout(0.5)(ids)]
    outputs += [keras.layers.Dropout(0.5)(vectors), keras.layers.Dropout(0.5)(vectors)]
    network = keras.Model([ids, vectors], outputs)
    inputs = [np.full((2, 50), 7, "int32"), np.ones((2, 50, 8), "float32")]
    return [np.asarray(x) for x in network(inputs, training=True)]


def test_equal_layers_draw_different_masks_and_a_seed_repeats_them():
    """The same integer seed in every layer gave equal layers equal masks."""
    words, other_words, vectors, other_vectors = drawn = masks(1)
    assert 0.3 < (words != other_words).mean() < 0.7
    assert 0.3 < (vectors != other_vectors).mean() < 0.7
    for one, same, other in zip(drawn, masks(1), masks(2), strict=True):
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)


def test_layers_take_no_seed():
    with pytest.raises((TypeError, ValueError), match="seed"):
        WordDropout(0.5, seed=0)
    with pytest.raises((TypeError, ValueError), match="seed"):
        EncoderBlock(2, 4, seed=0)


@pytest.mark.parametrize("kind", sorted({case[0] for case in CASES.values()}, key=str))
def test_saved_files_name_the_layer_as_before(kind):
    assert keras.saving.get_registered_name(kind) == f"lib>{kind.__name__}"


def test_sparse_dense_is_a_dense_layer_on_the_bag():
    layer = SparseDense(8, 5)
    layer.build((2, 4), (2, 4))
    layer.bias.assign(np.arange(5))
    bag = np.zeros((2, 9), "float32")
    for row in range(2):
        np.add.at(bag[row], IDS[row], VALUES[row])
    kernel, bias = layer.get_weights()
    assert np.allclose(layer(IDS, VALUES), bag @ kernel + bias, atol=1e-6)


def test_position_embedding_adds_a_vector_per_position():
    layer = PositionEmbedding(5)
    added = np.asarray(layer(VECTORS)) - VECTORS
    assert np.allclose(added[0], added[1], atol=1e-6)
    assert np.allclose(added[0], layer.get_weights()[0][:4], atol=1e-6)


def test_rotary_attention_is_attention_on_turned_queries_and_keys():
    """By complex numbers: a pair of features is turned by position times its rate."""
    keras.utils.set_random_seed(0)
    layer = RotaryAttention(2, window=2)
    result = np.asarray(layer(VECTORS, mask=MASK))
    project, output = (w.numpy() for w in layer.weights)
    query, key, value = np.split(VECTORS @ project, 3, axis=-1)
    rate = 10_000.0 ** -np.array([0, 0.5])
    spin = np.exp(1j * np.arange(4)[:, None] * rate)
    for text, words in enumerate(MASK.sum(axis=1)):
        heads = []
        for head in (slice(0, 4), slice(4, 8)):
            q, k = (
                (x[text, :, head][:, :2] + 1j * x[text, :, head][:, 2:]) * spin
                for x in (query, key)
            )
            scores = (q[:, None] * k[None].conj()).real.sum(axis=-1) / 2
            position = np.arange(4)
            unseen = (np.abs(position[:, None] - position) > 2) | (position >= words)
            scores[np.broadcast_to(unseen, scores.shape)] = -1e9
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            weights /= weights.sum(axis=1, keepdims=True)
            shown = np.asarray(layer.attention_weights(VECTORS, mask=MASK))[text, len(heads)]
            assert np.allclose(shown[:words], weights[:words], atol=1e-5)
            heads.append(weights @ value[text, :, head])
        expected = np.concatenate(heads, axis=-1) @ output
        assert np.allclose(result[text, :words], expected[:words], atol=1e-5)


def test_a_turned_product_knows_the_distance_only():
    x = np.random.default_rng(0).normal(size=(1, 1, 1, 6)).astype("float32")
    same = np.asarray(turn(np.repeat(x, 9, axis=1)))[0, :, 0]
    products = same @ same.T
    for distance in range(9):
        along = np.diagonal(products, distance)
        assert np.allclose(along, along[0], atol=1e-4)


def test_heads_must_share_the_features_in_pairs():
    with pytest.raises(ValueError, match="8 features can't be shared by 3 heads"):
        RotaryAttention(3)(VECTORS)
