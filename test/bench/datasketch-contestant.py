"""Near-duplicates by datasketch: reads {"threshold", "texts": [[id, text]]} from a file, prints the pairs it finds.

Shingles of three words, as epochlog's; 128 permutations and the bands that datasketch chooses for the threshold.
"""

import json
import re
import resource
import sys
import time

from datasketch import MinHash, MinHashLSH

WORD = re.compile(r"\w+")


def shingles(text):
    words = WORD.findall(text.lower())
    return {" ".join(words[i : i + 3]).encode() for i in range(max(1, len(words) - 2))}


def main():
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    started, cpu = time.perf_counter(), time.process_time()
    lsh = MinHashLSH(threshold=asked["threshold"], num_perm=128)
    pairs = []
    for name, text in asked["texts"]:
        sketch = MinHash(num_perm=128)
        sketch.update_batch(shingles(text))
        near = lsh.query(sketch)
        pairs.extend([name, other] for other in near)
        if not near:
            lsh.insert(name, sketch)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    json.dump(
        {
            "seconds": time.perf_counter() - started,
            "cpuSeconds": time.process_time() - cpu,
            "rssMb": usage.ru_maxrss / 1024,
            "pairs": pairs,
        },
        sys.stdout,
    )


main()
