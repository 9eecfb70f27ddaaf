"""JSON, CSV and regular expressions over text: strings of every length, lists and dictionaries of them."""
import csv
import hashlib
import io
import json
import re
import sys
from collections import Counter

folder, scale = sys.argv[1], int(sys.argv[2])
digest = hashlib.sha256()

with open(f"{folder}/words.txt") as f:
    lines = f.read().splitlines()[: 15000 * scale]
words = Counter(word for line in lines for word in re.findall(r"\w+", line))
digest.update(repr(words.most_common(500)).encode())

with open(f"{folder}/records.json") as f:
    records = json.load(f)[: 5000 * scale]
for record in records:
    record["name"] = re.sub("([aeiou])n", r"<\1>", record["name"]).title()
    record["index"] = {tag: len(tag) for tag in record["tags"]}
text = json.dumps(sorted(records, key=lambda r: r["name"]), indent=1)
digest.update(text.encode())

table = io.StringIO()
with open(f"{folder}/sales.csv") as f:
    rows = list(csv.DictReader(f))[: 8000 * scale]
writer = csv.DictWriter(table, fieldnames=rows[0])
writer.writeheader()
writer.writerows({**row, "product": row["product"][::-1]} for row in rows)
digest.update(table.getvalue().encode())

pages = ["\n".join(lines[i : i + 40]).replace("an", "AN") for i in range(0, len(lines), 3)]
digest.update("".join(sorted(pages)[::50]).encode())
print("text", len(words), len(text), len(pages), digest.hexdigest())
