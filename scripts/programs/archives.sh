# Archives, compressors and sorting: what they write is compared byte for byte and unpacked again.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

program tar packages="tar gzip" version="tar --version" what="a tree of 400 files packed as GNU and as sparse POSIX archive, listed, compared, unpacked"
run_tar() {
    local fixed=(--sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner)
    under tar -C "$MATERIAL" "${fixed[@]}" -cf tree.tar tree
    under tar -C "$MATERIAL" "${fixed[@]}" --format=posix --sparse -czf tree.tgz tree words.txt
    sha256sum < tree.tar
    gzip -dc tree.tgz | wc -c
    under tar -tvf tree.tar | sha256sum
    under tar --diff -C "$MATERIAL" -f tree.tar && echo "no difference"
    mkdir new
    under tar -C new -xzf tree.tgz --transform='s/sub/below/'
    (cd new && find . -type f -exec sha256sum {} + | sort | sha256sum)
}

program xz packages="xz-utils" version="xz --version" what="multi-threaded compression in blocks, extreme preset, test, decompression"
run_xz() {
    under xz -T 2 --block-size=2MiB -3 -k -c "$MATERIAL/words.txt" > words.xz
    under xz -6e -c "$MATERIAL/records.json" > records.xz
    under xz -t words.xz records.xz
    sha256sum words.xz records.xz
    under xz -T 2 -dc words.xz | cmp - "$MATERIAL/words.txt"
    under xz -dc records.xz | cmp - "$MATERIAL/records.json"
}

program zstd packages="zstd" version="zstd --version" what="levels 1, 9 with two threads and 19, long distance, a trained dictionary, benchmark mode"
run_zstd() {
    under zstd -q -1 -c "$MATERIAL/words.txt" > a.zst
    under zstd -q -9 -T2 --long -c "$MATERIAL/words.txt" > b.zst
    under zstd -q -19 -c "$MATERIAL/sales.csv" > c.zst
    under zstd -q --train -r "$MATERIAL/tree" --maxdict=30000 -o dictionary 2>&1 | grep -v rror || true
    under zstd -q -D dictionary -c "$MATERIAL/page.md" > d.zst
    sha256sum ./*.zst dictionary
    under zstd -dc a.zst b.zst | cmp - <(cat "$MATERIAL/words.txt" "$MATERIAL/words.txt")
    under zstd -D dictionary -dc d.zst | cmp - "$MATERIAL/page.md"
    under zstd -q -b3 -i1 "$MATERIAL/records.json" >&2
}

program bzip2 packages="bzip2" version="bzip2 --help" what="compression, test, decompression, recovery of blocks"
run_bzip2() {
    under bzip2 -c "$MATERIAL/words.txt" > words.bz2
    under bzip2 -t words.bz2
    sha256sum < words.bz2
    under bzip2 -dc words.bz2 | cmp - "$MATERIAL/words.txt"
    under bzip2recover words.bz2 2>&1 | tail -1
}

program 7z packages="p7zip-full" version="7z i" binary='(/usr/lib/p7zip/)?7z' what="LZMA2, PPMd and encrypted archives with two threads; tested and unpacked"
run_7z() {
    local method
    for method in "-m0=LZMA2 -mx=3" "-m0=PPMd" "-psecret -mhe=on -mx=1"; do
        # shellcheck disable=SC2086 # several switches
        (cd "$MATERIAL" && under 7z a -bd -mmt=2 -mtm- $method "$OLDPWD/a.7z" tree records.json) > /dev/null
        under 7z t -bd -psecret a.7z | grep -E '^(Everything|Files|Size|Folders)'
        under 7z x -bd -psecret -onew a.7z > /dev/null
        diff -r "$MATERIAL/tree" new/tree && echo "same tree"
        rm -r new a.7z
    done
}

program sort packages="coreutils" version="sort --version" what="sort, uniq, join, comm, shuf and split of 9 MB: keys, parallel, small buffer, merge"
run_sort() {
    tr ' ' '\n' < "$MATERIAL/words.txt" > words
    under sort --parallel=2 words | under uniq -c | under sort -k1,1nr -k2 > counts
    sha256sum < counts
    under sort --buffer-size=200K --compress-program=gzip -r words | sha256sum
    under sort -t, -k3,3 -k4,4n -k1,1nr "$MATERIAL/sales.csv" | sha256sum
    under split -n l/6 words part.
    for part in part.*; do under sort -o "$part" "$part"; done
    under sort -m part.* | sha256sum
    under join -j 2 <(head -4000 counts | sort -k2) <(tail -4000 counts | sort -k2) | wc -l
    under shuf --random-source="$MATERIAL/words.txt" words | sha256sum
}
