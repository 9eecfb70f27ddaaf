// Node: JSON, Map, Buffer, zlib, crypto, streams, worker threads and a child process.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Writable } from "node:stream";
import { Worker } from "node:worker_threads";
import zlib from "node:zlib";

const sha = (data) => createHash("sha256").update(data).digest("hex").slice(0, 24);
const path = process.argv[2];
const records = JSON.parse(readFileSync(path, "utf8"));
const byTag = new Map();
for (const r of records) {
    for (const tag of r.tags) byTag.set(tag, [...(byTag.get(tag) ?? []).slice(-20), { ...r.nested, id: r.id }]);
}
console.log("tags", byTag.size, sha(JSON.stringify([...byTag].sort())));
const buffers = Array.from({ length: 4000 }, (_, i) => Buffer.alloc((i * 37) % 30000, i % 256));
console.log("buffers", sha(Buffer.concat(buffers)));
for (let i = 0; i < buffers.length; i += 2) buffers[i] = null;
const packed = zlib.brotliCompressSync(readFileSync(path), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } });
console.log("brotli", packed.length, sha(zlib.brotliDecompressSync(packed)));

let bytes = 0;
const hash = createHash("sha512");
await pipeline(createReadStream(path), zlib.createGzip({ level: 4 }), zlib.createGunzip(), new Writable({
    write(chunk, _, done) { bytes += chunk.length; hash.update(chunk); done(); },
}));
console.log("stream", bytes, hash.digest("hex").slice(0, 24));

const source = `const { parentPort, workerData } = require("node:worker_threads");
let total = 0;
for (let i = 0; i < 300; i++) {
    const copy = structuredClone({ list: Array.from({ length: 500 }, (_, k) => "item" + k * workerData) });
    total += copy.list.join("").length + Buffer.allocUnsafe(i * 100).fill(1).length;
}
parentPort.postMessage(total);`;
const totals = await Promise.all([1, 2, 3, 4].map((n) => new Promise((resolve, reject) => {
    const worker = new Worker(source, { eval: true, workerData: n });
    worker.on("message", resolve).on("error", reject);
})));
console.log("workers", totals.join(" "));
const text = "await Promise.all([...Array(200)].map((_, i) => new Promise((r) => setTimeout(r, i % 5))));" +
    "console.log('child', [...Array(1e5).keys()].map(String).join('').length)";
process.stdout.write(execFileSync(process.execPath, ["--input-type=module", "-e", text]));
