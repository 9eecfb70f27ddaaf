# Words of a text through Perl's hashes, regular expressions, Storable, forks and interpreter threads.
use strict;
use warnings;
use threads;
use Digest::MD5 qw(md5_hex);
use Storable qw(freeze thaw dclone);
use Data::Dumper;
$Data::Dumper::Sortkeys = 1;

open my $in, '<', $ARGV[0] or die $!;
my (%count, %follow, @lines);
while (my $line = <$in>) {
    chomp $line;
    my @words = split ' ', $line;
    $count{$_}++ for @words;
    push @{ $follow{$words[$_]}{$words[$_ + 1]} }, $. for 0 .. 3;
    push @lines, $line if $. % 50 == 0;
}
print "$_ $count{$_}\n" for (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 19];

my $copy = thaw(freeze(dclone(\%follow)));
my $dump = Data::Dumper->new([ { map { $_ => $copy->{$_} } (sort keys %$copy)[0 .. 200] } ])->Indent(1)->Dump;
print "dump ", length($dump), " ", md5_hex($dump), "\n";

undef $copy;
%follow = ();                          # threads below copy whatever still lives
my $text = join "\n", @lines;
(my $swapped = $text) =~ s/(\w+) (\w+)/\u$2 $1/g;
print "swapped ", md5_hex($swapped), "\n";
my %by_shape;
$by_shape{ $1 =~ tr/aeiou//cdr }++ while $text =~ /\b([a-z]{3,9})\b/g;
print "shapes ", scalar(keys %by_shape), "\n";
print "long ", length($text x 60), " ", md5_hex(reverse($text) x 3), "\n";

for my $child (1 .. 4) {
    my $pid = open(my $pipe, '-|') // die $!;
    if (!$pid) { print md5_hex(join ',', map { $_ * $child } 1 .. 50000), "\n"; exit 0 }
    print "child $child ", <$pipe>;
    close $pipe or die "child failed: $?";
}
my @threads = map { my $n = $_; threads->create(sub {
    my %h = map { ("key$_" => "x" x ($_ % 300)) } 1 .. 8000;
    delete $h{"key$_"} for grep { $_ % 3 == $n % 3 } 1 .. 8000;
    return scalar(keys %h);
}) } 1 .. 4;
print "thread ", $_->join, "\n" for @threads;
