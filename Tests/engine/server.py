"""llama.cpp's HTTP server on a free port, which it prints: `server.py MODEL SLOTS [embedding]`."""
import os
import signal
import sys
import threading

import xllamacpp


def main(model, slots, *kinds):
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {"tiny"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = int(slots)
    parameters.n_ctx = 8192
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.n_threads_http = 32
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = True
    parameters.warmup = False
    parameters.fit_params = False
    if "embedding" in kinds:
        parameters.embedding = True
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(parameters)
    print("listens on", server.listening_address, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    threading.Event().wait()


main(*sys.argv[1:])
