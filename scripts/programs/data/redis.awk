# Commands for redis-cli --pipe: every data type, values from a byte to 100 kB, overwrites and deletes.
function text(n,    s) { s = blanks; while (length(s) < n) s = s s; return substr(s, 1, n) }
BEGIN {
    blanks = "abcdefghijklmnopqrstuvwxyz"
    for (i = 1; i <= 20000; i++) {
        k = (i * 7919) % 4001
        emit("SET", "s:" k, text(i % 100 == 0 ? 1000 + i * 5 : i % 300 + 1))
        emit("APPEND", "s:" (k * 3) % 4001, "tail" i)
        if (i % 2) emit("HSET", "h:" k % 200, "field" i % 90, text(i % 120 + 1))
        else emit("RPUSH", "l:" k % 100, text(i % 80 + 1))
        if (i % 3 == 0) emit("ZADD", "z:" k % 50, i % 1000, "member" i % 700)
        if (i % 5 == 0) emit("SADD", "set:" k % 60, i)
        if (i % 7 == 0) emit("DEL", "s:" (k * 11) % 4001)
        if (i % 11 == 0) emit("LPOP", "l:" k % 100)
        if (i % 50 == 0) emit("PFADD", "p:" k % 9, i)
        if (i % 20 == 0) emit("SETRANGE", "r:" k % 30, i % 5000, "range")
    }
}
function emit(a, b, c, d) {
    printf "*%d\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", d != "" ? 4 : c != "" ? 3 : 2, length(a), a, length(b), b
    if (c != "") printf "$%d\r\n%s\r\n", length(c), c
    if (d != "") printf "$%d\r\n%s\r\n", length(d), d
}
