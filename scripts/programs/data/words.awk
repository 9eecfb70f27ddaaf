# Counts, nested arrays, sorting and substitution in gawk.
{
    for (i = 1; i <= NF; i++) {
        count[$i]++
        if (NR % 40 == 0) place[substr($i, 1, 2)][NR][i] = $i
    }
    if (NR <= 20000) text = text gensub(/(\w+) (\w+)/, "\\2 \\1", 1) "\n"
}
END {
    PROCINFO["sorted_in"] = "@val_num_desc"
    n = asorti(count, names, "@ind_str_asc")
    print n, names[1], names[n]
    for (word in count) best[++m] = count[word]
    print m, best[1], best[m]
    PROCINFO["sorted_in"] = "@ind_str_asc"
    for (prefix in place) {
        total = 0
        for (line in place[prefix]) for (i in place[prefix][line]) total += length(place[prefix][line][i]) * i
        print prefix, length(place[prefix]), total
    }
    print length(text), substr(text, 100000, 60)
    parts = split(text, pieces, /[ \n]/)
    delete pieces
    print parts, toupper(substr(text, 1, 40))
}
