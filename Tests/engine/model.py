"""Writes a llama model of random weights, which generates tokens as fast as a small real one: `model.py FILE`."""
import sys

import gguf
import numpy

WIDTH, LAYERS, HIDDEN, HEAD = 512, 3, 1024, 64
CONTEXT = 8192
WORDS = ["\u2581", "\u2581the", "\u2581queue", "\u2581pony", "\u2581hay", "\u2581gate", "ing", ".", ",", "\u00e9",
         *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]
TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:"


def vocabulary():
    """The tokens a SentencePiece vocabulary needs, the bytes, and some words: (text, score, type)."""
    kinds = gguf.TokenType
    yield "<unk>", 0.0, kinds.UNKNOWN
    yield "<s>", 0.0, kinds.CONTROL
    yield "</s>", 0.0, kinds.CONTROL
    for byte in range(256):
        yield f"<0x{byte:02X}>", 0.0, kinds.BYTE
    for rank, word in enumerate(WORDS, 1):
        yield word, float(-rank), kinds.NORMAL


def write(path):
    tokens, scores, kinds = zip(*vocabulary())
    rng = numpy.random.default_rng(11434)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_file_type(0)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(WIDTH // HEAD)
    writer.add_head_count_kv(WIDTH // HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(list(tokens))
    writer.add_token_scores(list(scores))
    writer.add_token_types(list(kinds))
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)

    def random(rows, columns, scale):
        return (rng.standard_normal((rows, columns)) * scale).astype(numpy.float32)

    # Rows of zeros for all that is no word: the end of the text hardly ever wins, so that `max_tokens` decides.
    output = random(len(tokens), WIDTH, 4 / WIDTH**0.5)
    output[: len(tokens) - len(WORDS)] = 0
    writer.add_tensor("token_embd.weight", random(len(tokens), WIDTH, 1))
    writer.add_tensor("output_norm.weight", numpy.ones(WIDTH, numpy.float32))
    writer.add_tensor("output.weight", output)
    shapes = {"attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH),
              "ffn_gate": (HIDDEN, WIDTH), "ffn_up": (HIDDEN, WIDTH), "ffn_down": (WIDTH, HIDDEN)}
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", numpy.ones(WIDTH, numpy.float32))
        for name, (rows, columns) in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", random(rows, columns, columns**-0.5))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
