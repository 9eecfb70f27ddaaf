# Word counts, substitutions, nested hashes and arrays, sorting and string building over a text.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
my (%count, %by_length, %tree, @lines);
open my $in, '<', $ARGV[0] or die;
while (my $line = <$in>) {
    last if $. > $ARGV[1];
    chomp $line;
    $line =~ s/\b(\w)(\w*)an\b/\u$1$2<an>/g;
    push @lines, $line;
    for my $word (split /\W+/, lc $line) {
        $count{$word}++;
        push @{ $by_length{ length $word } }, $word if $count{$word} % 4 == 1;
        $tree{ substr $word, 0, 1 }{ substr $word, 0, 3 }{$word} .= '.' if length $word > 3;
    }
}
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print scalar(@top), ' ', join(',', map { "$_=$count{$_}" } @top[0 .. 4]), "\n";
my $report = '';
for my $first (sort keys %tree) {
    for my $prefix (sort keys %{ $tree{$first} }) {
        my $words = $tree{$first}{$prefix};
        $report .= sprintf "%s %d %d\n", $prefix, scalar keys %$words, length join '', values %$words;
    }
}
print sha256_hex($report), "\n";
my @sorted = sort { length $a <=> length $b or $a cmp $b } @lines;
my @fields = map { [ split / / ] } @sorted;
my @turned = map { join ' ', reverse @$_ } @fields;
print sha256_hex(join "\n", @turned), "\n";
my @objects;
for my $i (1 .. 300_000) {
    my $object = { id => $i, name => "object $i", list => [ 1 .. $i % 5 ], next => $objects[ $i % 3000 ] };
    delete $object->{next}{next} if $object->{next};
    $objects[ $i % 3000 ] = $object;
}
print scalar(grep { $_->{next} && $_->{next}{id} } @objects), "\n";
