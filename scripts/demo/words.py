"""Word statistics with dictionaries, lists, JSON and threads: what Python programs do all day."""
import collections
import hashlib
import json
import re
import sys
import threading

lines = open(sys.argv[1]).read().splitlines()
parts = [lines[n::4] for n in range(4)]
counts = [collections.Counter() for _ in parts]


def count(part, counter):
    for line in part:
        counter.update(line.split())


threads = [threading.Thread(target=count, args=pair) for pair in zip(parts, counts)]
[t.start() for t in threads]
[t.join() for t in threads]
total = sum(counts, collections.Counter())
index = collections.defaultdict(list)
for number, line in enumerate(lines[:40000]):
    for word in set(re.findall(r"\b[a-z]{5,}", line)):
        index[word].append({"line": number, "text": line})
text = json.dumps({word: places[:50] for word, places in sorted(index.items())})
print(total.most_common(20))
print(len(index), json.loads(text) == {w: p[:50] for w, p in index.items()}, hashlib.sha256(text.encode()).hexdigest())
