# A fast-import stream: 400 commits that change a few lines of 40 files each.
NR <= 4000 { line[NR] = $0 }
END {
    for (c = 1; c <= 400; c++) {
        printf "commit refs/heads/main\ncommitter a <a@b> %d +0000\ndata <<X\ncommit %d\nX\n\n", 1700000000 + c * 60, c
        for (k = 1; k <= 4; k++) {
            f = (c * k * 7) % 40
            text = ""
            size[f] += 3
            for (i = 1; i <= size[f]; i++) text = text line[(f * 97 + i + (i % 5 == k ? c : 0)) % 4000 + 1] "\n"
            printf "M 100644 inline file%d.txt\ndata %d\n%s\n", f, length(text), text
        }
    }
    print "done"
}
