# A cache and a list that is thinned out now and then: work for `dam top` and `dam map` to show.
import random, time
random.seed(1)
kept, cache = [], {}
while True:
    for _ in range(3000):
        cache[random.randrange(60000)] = bytearray(random.choice((40, 90, 200, 700, 3000, 20000)))
        kept.append("x" * random.randrange(10, 400))
    if len(kept) > 150000:
        kept = kept[::3]
    time.sleep(0.01)
