<?php
// Words of a text through PHP's arrays, preg, JSON, generators and objects.
ini_set('memory_limit', '1G');
$count = [];
$index = [];
foreach (file($argv[1], FILE_IGNORE_NEW_LINES) as $number => $line) {
    $words = explode(' ', $line);
    foreach ($words as $word) {
        $count[$word] = ($count[$word] ?? 0) + 1;
    }
    if ($number < 20000) {
        $index[$words[0]][] = $words;
    }
}
uksort($count, fn($a, $b) => [$count[$b], $a] <=> [$count[$a], $b]);
foreach (array_slice($count, 0, 15) as $word => $n) {
    echo "$word $n\n";
}
$json = json_encode($index);
echo 'json ', strlen($json), ' ', md5($json), ' ', json_decode($json, true) == $index ? 'same' : 'differs', "\n";
echo 'serialize ', md5(serialize(unserialize(serialize($index)))), "\n";
echo 'preg ', md5(preg_replace_callback('/(\w+),"(\w)/', fn($m) => strrev($m[1]) . strtoupper($m[2]), $json)), "\n";

class Node
{
    public ?Node $next = null;
    public function __construct(public string $text) {}
}
function chain(int $length): Generator
{
    $last = null;
    for ($i = 0; $i < $length; $i++) {
        $node = new Node(str_repeat(chr(97 + $i % 26), $i % 200));
        $node->next = $i % 1000 ? $last : null;
        $last = $node;
        yield $i => $node;
    }
}
$total = 0;
foreach (chain(60000) as $i => $node) {
    $total += strlen($node->text) * ($node->next ? 2 : 1);
}
echo "chain $total\n";
$a = range(1, 200000);
mt_srand(3);
shuffle($a);
sort($a);
echo 'sorted ', md5(implode(',', $a)), ' ', count(array_chunk($a, 7)), "\n";
$big = str_repeat('0123456789', 400000);
echo 'big ', md5(strrev($big) . substr_replace($big, 'x', 5, 100000)), "\n";
