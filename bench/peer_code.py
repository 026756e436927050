#!/usr/bin/env python3
"""What SMDA and MCRIT make of two executable files: peer_code.py FILE OTHER

Writes JSON: processor time of SMDA for each file, of MCRIT for the hashes of OTHER's functions and for asking whose
functions FILE has, and the most memory. MCRIT runs as its own server does, with its default configuration and storage in
memory, in this one process."""
import json
import logging
import os
import resource
import sys
import time

logging.disable(logging.CRITICAL)
os.environ["TQDM_DISABLE"] = "1"

from mcrit.config.McritConfig import McritConfig
from mcrit.config.MinHashConfig import MinHashConfig
from mcrit.config.QueueConfig import QueueConfig
from mcrit.config.ShinglerConfig import ShinglerConfig
from mcrit.config.StorageConfig import StorageConfig
from mcrit.matchers.MatcherQuery import MatcherQuery
from mcrit.queue.QueueFactory import QueueFactory
from mcrit.storage.StorageFactory import StorageFactory
from mcrit.Worker import Worker
from smda.Disassembler import Disassembler


def timed(function, *arguments):
    start = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - start


def make_worker():
    config = McritConfig()
    config.MINHASH_CONFIG = MinHashConfig(MINHASH_POOL_INDEXING=False, MINHASH_POOL_MATCHING=False)
    config.SHINGLER_CONFIG = ShinglerConfig()
    config.STORAGE_CONFIG = StorageConfig(STORAGE_METHOD=StorageFactory.STORAGE_METHOD_MEMORY)
    config.QUEUE_CONFIG = QueueConfig(QUEUE_METHOD=QueueFactory.QUEUE_METHOD_FAKE)
    storage = StorageFactory.getStorage(config)
    return Worker(queue=QueueFactory().getQueue(config, storage=storage), config=config, storage=storage)


def index(worker, report):
    report.family = "other"
    worker.updateMinHashesForSample(worker._storage.addSmdaReport(report).sample_id)


def main():
    (report, smda_s), (other, smda_other_s) = (timed(Disassembler().disassembleFile, path) for path in sys.argv[1:3])
    smda_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    worker = make_worker()
    _, index_s = timed(index, worker, other)
    _, query_s = timed(MatcherQuery(worker).getMatchesForSmdaReport, report)
    print(json.dumps({
        "smda_s": smda_s, "smda_other_s": smda_other_s, "index_s": index_s, "query_s": query_s,
        "functions": report.num_functions, "other_functions": other.num_functions, "smda_mib": smda_rss / 1024,
        "most_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


main()
