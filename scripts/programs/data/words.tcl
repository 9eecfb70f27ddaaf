# Words of a text through Tcl's dictionaries, lists, strings and child interpreters.
set in [open [lindex $argv 0]]
set lines [lrange [split [read $in] "\n"] 0 30000]
close $in
set count [dict create]
foreach line $lines {
    foreach word [split $line] { dict incr count $word }
}
set pairs {}
dict for {word n} $count { lappend pairs [list $word $n] }
set pairs [lsort -integer -decreasing -index 1 [lsort -index 0 $pairs]]
foreach pair [lrange $pairs 0 14] { puts $pair }
puts "swapped [zlib crc32 [regsub -all {(\w+) (\w+)} [join $lines "\n"] {\2 \1}]]"
puts "packed [string equal [zlib decompress [zlib compress [join $lines]]] [join $lines]]"
for {set i 0} {$i < 20} {incr i} {
    set child [interp create]
    puts "child $i [$child eval [list set lines [lrange $lines 0 [expr {$i * 40}]]]; $child eval {
        set total 0
        foreach line $lines { incr total [string length [string map {a AA e {}} $line]] }
        set total
    }]"
    interp delete $child
}
proc tree {depth} {
    expr {$depth ? [list [tree [expr {$depth - 1}]] $depth [tree [expr {$depth - 1}]]] : {}}
}
puts "tree [string length [tree 14]]"
