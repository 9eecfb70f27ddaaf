# Commands for redis-cli --pipe: with part=insert a data set of strings, hashes, lists, sets and sorted sets; with
# part=delete nine of ten of its keys are deleted, scattered over all of it.
function text(n) { return substr(blanks, 1, n) }
function emit(a, b, c, d) {
    printf "*%d\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", d != "" ? 4 : c != "" ? 3 : 2, length(a), a, length(b), b
    if (c != "") printf "$%d\r\n%s\r\n", length(c), c
    if (d != "") printf "$%d\r\n%s\r\n", length(d), d
}
BEGIN {
    blanks = "abcdefghijklmnopqrstuvwxyz"
    while (length(blanks) < 4000) blanks = blanks blanks
    for (i = 1; i <= 120000; i++) {
        k = (i * 7919) % 120011
        if (part == "delete") {
            if (k % 10) { emit("DEL", "s:" k); if (i <= 3000) { emit("DEL", "h:" i); emit("DEL", "l:" i); emit("DEL", "z:" i); emit("DEL", "set:" i) } }
            continue
        }
        emit("SET", "s:" k, text(i % 50 == 0 ? 1000 + i % 3000 : i % 300 + 8))
        emit("HSET", "h:" k % 3300, "field" i % 90, text(i % 120 + 1))
        emit("RPUSH", "l:" k % 3300, text(i % 80 + 1))
        emit("ZADD", "z:" k % 3300, i % 1000, "member" i % 700)
        emit("SADD", "set:" k % 3300, "m" i)
    }
}
