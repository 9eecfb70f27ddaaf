# Clients, transfer and cryptography. The far end is Python's http.server or the program itself, on loopback.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

# The server of files for clients stays on the system's allocator.
file_server() {
    port=$(free_port)
    python3 -m http.server --bind 127.0.0.1 --directory "$MATERIAL" "$port" > /dev/null 2>&1 &
    SERVERS+=($!)
    wait_until 10 port_open "$port"
}

program curl packages="curl python3" version="curl --version" \
    what="52 transfers: HTTP one by one and in parallel, a range of a file:// URL, a refused POST"
run_curl() {
    local port
    file_server
    mkdir got
    under curl -sS --fail -o 'got/#1-#2.txt' "http://127.0.0.1:$port/tree/d[0-9]/f{3,6,9}.txt"
    under curl -sS --parallel --parallel-max 10 --fail -o 'got/p#1.txt' "http://127.0.0.1:$port/tree/d[0-19]/f3.txt"
    under curl -sS --no-buffer -r 1000-90000 -o got/range "file://$MATERIAL/words.txt"
    under curl -sS -o got/refused -w '%{http_code} %{size_upload}\n' -d "@$MATERIAL/page.md" "http://127.0.0.1:$port/x"
    sha256sum got/*
}

program wget packages="wget python3" version="wget --version" what="recursive download of a tree of 400 files"
run_wget() {
    local port
    file_server
    under wget --quiet --recursive --no-parent --no-host-directories --reject 'index.html*' "http://127.0.0.1:$port/tree/"
    find tree -type f | sort | xargs sha256sum
}

program openssl packages="openssl" version="openssl version" \
    what="ciphers and digests of 9 MB, CA and certificates, verify, CMS, PKCS#12, TLS 1.2 and 1.3 handshakes"
run_openssl() {
    local text=$MATERIAL/words.txt name port
    for name in sha256 sha3-512 blake2b512; do under openssl dgst "-$name" < "$text"; done
    for name in aes-256-cbc aes-128-ctr camellia-256-cbc chacha20; do
        under openssl enc "-$name" -pbkdf2 -iter 1000 -S 0102030405060708 -k secret -in "$text" -out cipher
        under openssl enc -d "-$name" -pbkdf2 -iter 1000 -S 0102030405060708 -k secret -in cipher | cmp - "$text"
        sha256sum < cipher
    done
    under openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=ca 2> /dev/null
    under openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out csr -subj /CN=localhost 2> /dev/null
    under openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -out cert 2> /dev/null
    under openssl verify -CAfile ca.pem cert
    under openssl cms -sign -nodetach -in "$MATERIAL/page.md" -binary -signer cert -inkey key -outform DER -out signed
    under openssl cms -verify -in signed -binary -inform DER -CAfile ca.pem -purpose any 2> /dev/null | sha256sum
    under openssl pkcs12 -export -in cert -inkey key -passout pass:x -out p12
    under openssl pkcs12 -in p12 -passin pass:x -noenc | grep -c BEGIN
    port=$(free_port)
    (cd "$MATERIAL" && exec env "${PRELOAD[@]}" openssl s_server -quiet -accept "127.0.0.1:$port" \
        -cert "$OLDPWD/cert" -key "$OLDPWD/key" -WWW > /dev/null 2>&1) &
    SERVERS+=($!)
    wait_until 10 port_open "$port"
    for name in tls1_2 tls1_3; do
        printf 'GET /page.html HTTP/1.0\r\n\r\n' | under openssl s_client -quiet -connect "127.0.0.1:$port" "-$name" \
            -CAfile ca.pem -verify_return_error -ign_eof 2> /dev/null | sed '1,/^\r$/d' | sha256sum
    done
}

program gnupg packages="gnupg" version="gpg --version" \
    what="key pair made, detached and inline signatures, public-key and symmetric encryption round trips (gpg and gpg-agent)"
run_gnupg() {
    export GNUPGHOME=$PWD/keys
    mkdir -m 700 keys
    gpg() { under gpg --batch --quiet --yes --trust-model always --passphrase secret --pinentry-mode loopback "$@"; }
    gpg --quick-generate-key tester rsa2048 default 1d 2> /dev/null
    gpg --quick-add-key "$(gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }')" rsa2048 encr 1d
    gpg --detach-sign -u tester -o signature "$MATERIAL/words.txt"
    gpg --verify signature "$MATERIAL/words.txt" 2>&1 | grep -o 'Good signature.*'
    gpg -r tester -e -o secret "$MATERIAL/words.txt"
    gpg -d secret | sha256sum
    gpg --symmetric --cipher-algo AES256 -o locked "$MATERIAL/records.json"
    gpg -d locked | sha256sum
    gpg --clearsign -u tester -o - "$MATERIAL/page.md" | gpg --verify 2>&1 | grep -c 'Good signature'
    gpgconf --kill all
}

program rsync packages="rsync" version="rsync --version" what="copy, delta update, deletion, batch file, checksum compare"
run_rsync() {
    under rsync -a "$MATERIAL/tree/" copy/
    cp -r copy changed
    find changed -name '*3.txt' -exec sh -c 'echo more >> "$1"' _ {} \;
    rm -r changed/d5
    under rsync -a --no-whole-file --checksum --delete --write-batch=batch -e false changed/ copy/
    diff -r changed copy && echo "identical"
    under rsync -a --delete --read-batch=batch copy/ 2>&1 | sed -n 1p
    under rsync -rcni --delete "$MATERIAL/tree/" copy/ | sort
}
