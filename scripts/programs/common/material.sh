#!/usr/bin/env bash
# Makes the input files all programs share, in the directory given. Seeded, so that two machines agree too.
set -euo pipefail
mkdir -p "$1"
cd "$1"
python3 - << 'EOF'
import json, os, random
r = random.Random(20240229)
syllables = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
words = ["".join(r.choices(syllables, k=r.randint(1, 4))) for _ in range(8000)]

def sentence(low, high):
    return " ".join(r.choices(words, k=r.randint(low, high)))

with open("words.txt", "w") as f:                      # about 8 MB of text
    for _ in range(120000):
        f.write(sentence(6, 16) + "\n")
with open("records.json", "w") as f:
    json.dump([{"id": i, "name": sentence(1, 3), "score": r.randint(0, 10**6) / 100, "tags": r.sample(words, 5),
                "nested": {"a": [i % 7, i % 11], "b": None, "c": i % 2 == 0}} for i in range(20000)], f)
with open("sales.csv", "w") as f:
    f.write("id,region,product,quantity,price\n")
    for i in range(20000):
        f.write(f"{i},{r.choice('NESW')},{r.choice(words)},{r.randint(1, 99)},{r.randint(100, 99999) / 100}\n")
for d in range(20):
    os.makedirs(f"tree/d{d}/sub")
    for n in range(20):
        with open(f"tree/d{d}/{'sub/' if n % 3 else ''}f{n}.{'bin' if n % 5 == 0 else 'txt'}", "wb") as f:
            f.write(r.randbytes(r.randint(0, 60000)) if n % 5 == 0 else
                    "\n".join(sentence(2, 12) for _ in range(r.randint(0, 900))).encode())
with open("page.html", "w") as f:                      # a document for browsers, converters and parsers
    f.write("<!DOCTYPE html><html><head><meta charset='utf-8'/><title>Page</title></head><body>\n")
    for i in range(150):
        f.write(f"<h2 id='h{i}'>{sentence(2, 5)}</h2><p>{sentence(30, 80)} <b>{r.choice(words)}</b></p>\n<table>")
        f.writelines(f"<tr><td>{r.choice(words)}</td><td>{r.randint(1, 999)}</td></tr>" for _ in range(5))
        f.write("</table>\n")
    f.write("</body></html>\n")
with open("page.md", "w") as f:
    for i in range(200):
        f.write(f"# {sentence(2, 5)}\n\n{sentence(30, 90)} *{r.choice(words)}* `{r.choice(words)}`\n\n")
        f.writelines(f"- {sentence(2, 9)}\n" for _ in range(6))
        f.write("\n| a | b |\n|---|---|\n" + "".join(f"| {r.choice(words)} | {i} |\n" for _ in range(4)) + "\n")
EOF
find tree -exec touch -d @1700000000 {} +
chmod -R a+rX .
