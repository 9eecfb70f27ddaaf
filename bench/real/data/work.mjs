// JSON, maps, buffers of many sizes, compression and hashes, and two worker threads that do the same.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createHash } from 'node:crypto';
import { gzipSync, gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';

let seed = 7;
const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >>> 8) % n; };

function buffers(rounds) {
    const live = new Array(3000).fill(null);
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
        const size = i % 50 === 0 ? 20000 + random(80000) : 4097 + random(3000);
        const buffer = Buffer.allocUnsafeSlow(size);
        buffer.writeUInt32LE(i, 0);
        buffer[size - 1] = i & 255;
        const at = random(live.length);
        if (live[at]) sum = (sum + live[at].readUInt32LE(0) + live[at][live[at].length - 1]) % 1000000007;
        live[at] = buffer;
    }
    return sum;
}

function records(n) {
    const list = [];
    for (let i = 0; i < n; i++) list.push({ id: i, name: 'name ' + random(1e6), tags: ['a' + i % 7, 'b' + i % 11], n: { v: random(100) } });
    const back = JSON.parse(JSON.stringify(list));
    const groups = new Map();
    for (const r of back) groups.set(r.n.v, (groups.get(r.n.v) ?? []).concat(r.id));
    return [...groups].map(([k, v]) => k * v.length).reduce((a, b) => a + b, 0);
}

function streams(n) {
    const hash = createHash('sha256');
    let bytes = 0;
    for (let i = 0; i < n; i++) {
        const text = Buffer.from(('packet ' + i + ' ').repeat(200 + random(300)));
        const small = gzipSync(text, { level: 1 });
        bytes += small.length - small.length + gunzipSync(small).length;
        hash.update(text);
    }
    return hash.digest('hex').slice(0, 16) + ' ' + bytes;
}

const work = (n) => [buffers(60000 * n), records(40000 * n), streams(700 * n)].join(' ');

if (isMainThread) {
    console.log('main', work(2));
    const results = await Promise.all([1, 2].map((id) => new Promise((resolve, reject) => {
        new Worker(fileURLToPath(import.meta.url), { workerData: id }).on('message', resolve).on('error', reject);
    })));
    console.log(results.join('\n'));
} else {
    seed = workerData;
    parentPort.postMessage('worker ' + workerData + ' ' + work(1));
}
